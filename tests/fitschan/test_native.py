"""The parts of the native encoding, and channels as wholes."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, end_offset, padded
from pytest_fitsproc.fits.cards import Card
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan import AstObject, FitsChan, FitsChanError, IsA, Item, ItemKind, ObjectCardError
from pytest_fitsproc.fitschan.constructors import frame, unit_map, zoom_map
from pytest_fitsproc.fitschan.native import banners, strings
from pytest_fitsproc.fitschan.native.suffixes import SUFFIXES, Suffixes
from pytest_fitsproc.fitschan.templates import compile_template


def test_suffixes_count_through_all_pairs_and_stay_at_the_last() -> None:
    suffixes = Suffixes()
    keywords = [suffixes.keyword("Naxes", ()) for _ in range(730)]
    assert keywords[:3] == ["NAXES_A", "NAXES_B", "NAXES_C"]
    assert keywords[25:28] == ["NAXES_Z", "NAXESA_", "NAXESAA"]
    assert keywords[727:] == ["NAXESZZ", "NAXESZZ", "NAXESZZ"]
    assert len(SUFFIXES) == 729


def test_suffixes_pass_over_keywords_that_are_taken() -> None:
    suffixes = Suffixes()
    assert suffixes.keyword("MaxOrder", {"MAXORD_A", "MAXORD_B"}) == "MAXORD_C"
    copy = suffixes.copy()
    assert (suffixes.keyword("MaxOrder", ()), copy.keyword("MaxOrder", ())) == ("MAXORD_D", "MAXORD_D")
    assert Suffixes({"X": 727}).keyword("X", {"XZZ"}) == "XZZ"


SPLITS = [
    ("short", "c", True, ["short"]),
    ("", "c", True, []),
    ("a" * 90, "Item values", True, ["a" * 51 + "&", "a" * 39]),
    ("a" * 62, "", True, ["a" * 62]),
    ("a" * 63, "", True, ["a" * 63]),
    ("a" * 64, "", True, ["a" * 62 + "&", "aa"]),
    ("a" * 64, "", False, ["a" * 49 + "&", "a" * 15]),
    ("a" * 200, "", True, ["a" * 62 + "&", "a" * 65 + "&", "a" * 65 + "&", "a" * 8]),
    ("'" * 40, "", True, ["'" * 30 + "&", "'" * 10]),
    ("a" * 62 + "'" + "b", "", True, ["a" * 61 + "&", "a'b"]),
    ("a" * 62 + "  ", "", True, ["a" * 62 + "&", '"  "']),
    ("abc", "c" * 90, True, ["a&", "bc"]),
    ("'ab", "c" * 90, True, ["'&", "ab"]),
]


@pytest.mark.parametrize(("value", "comment", "is_set", "chunks"), SPLITS)
def test_long_strings_are_split_where_ast_splits_them(
    value: str, comment: str, is_set: bool, chunks: list[str]
) -> None:
    assert strings.split(value, comment, is_set) == chunks


@pytest.mark.parametrize(
    ("value", "quoted"),
    [("plain", "plain"), ("trail ", '"trail "'), ("	", '"	"'), ('"q"', '""q""'), ('"q', '"q')],
)
def test_quotes_protect_blanks_and_quotes(value: str, quoted: str) -> None:
    assert strings.quote(value) == quoted
    assert strings.unquote(quoted) == value


def test_a_single_double_quote_is_quoted_and_alone_it_stays() -> None:
    assert (strings.quote('"'), strings.unquote('"""')) == ('"""', '"')
    assert strings.unquote('"') == '"'
    assert strings.unquote("") == ""
    assert strings.unquote('""') == ""


def comments(*texts: str) -> list[Card]:
    return [Card("COMMENT", CardType.COMMENT, None, text) for text in texts]


@pytest.mark.parametrize(
    ("cards", "size"),
    [
        (comments("AST +++ AST"), 1),
        (comments("AST x AST", "", "AST ++ AST", "AST ++ AST"), 3),
        (comments("AST x AST"), 0),
        (comments("mine", "AST +++ AST"), 0),
        (comments(" AST +++ AST"), 0),
        (comments("AST X++ AST"), 0),
        (comments("AST +++ AST  "), 0),
        (comments("AST x AST  ", "AST +++ AST"), 0),
        (comments("   ", "AST +++ AST"), 2),
        (comments("AST"), 1),
        (comments("AST "), 0),
        ([Card("A", CardType.INT, 5, "AST ++ AST")], 0),
        ([], 0),
    ],
)
def test_a_banner_reaches_to_its_rule(cards: list[Card], size: int) -> None:
    assert banners.extent(cards, "+") == size


def test_banners_of_frame_sets_say_more() -> None:
    assert [len(banners.header(name)) for name in ("FrameSet", "Plot", "Frame")] == [6, 6, 4]
    assert all(
        len(card.comment) == 72 for card in banners.header("FrameSet")[1:] + banners.footer("FrameSet")
    )


WITH_DEFAULTS = AstObject(
    "ZoomMap",
    (
        IsA("Object", "AST Object"),
        Item("Nin", ItemKind.INT, 1, False, "inputs  "),
        IsA("Mapping", "Mapping between coordinate systems"),
        Item("Zoom", ItemKind.DOUBLE, 2.0),
    ),
)


@pytest.mark.parametrize(
    ("full", "keywords"),
    [
        (-1, ["BEGAST_A", "ZOOM_A", "ENDAST_A"]),
        (0, ["BEGAST_A", "COMMENT", "ISA_A", "", "ZOOM_A", "ENDAST_A"]),
        (1, ["BEGAST_A", "ISA_A", "", "COMMENT", "ISA_B", "", "ZOOM_A", "ENDAST_A"]),
    ],
)
def test_defaults_and_classes_without_items_are_shown_as_full_asks(full: int, keywords: list[str]) -> None:
    chan = FitsChan(f"Comment=0, Full={full}")
    chan.write(WITH_DEFAULTS)
    assert [card[:8].rstrip() for card in chan] == keywords


def test_of_two_classes_in_a_row_the_second_has_no_items_to_close() -> None:
    chan = FitsChan("Comment=0")
    item = Item("Nin", ItemKind.INT, 1)
    chan.write(AstObject("ZoomMap", (item, IsA("Object"), IsA("Mapping"))))
    assert [card[:8].rstrip() for card in chan] == ["BEGAST_A", "NIN_A", "ISA_A", "ENDAST_A"]


def test_a_default_is_a_comment_without_blanks_behind_and_never_beyond_its_card() -> None:
    chan = FitsChan("Full=0")
    for comment in ("c" * 60, "inputs  "):
        chan.write(AstObject("UnitMap", (Item("Nin", ItemKind.INT, 1, False, comment),)))
    shown = {}
    for number in range(1, chan.ncard + 1):
        chan.card = number
        shown[chan.comment[:5]] = chan.comment
    assert shown["NIN_A"] == f"NIN_A   = {1:20} {'/ ' + 'c' * 60:.41}"
    assert shown["NIN_B"] == f"NIN_B   = {1:20} / inputs"


def test_doubles_are_rounded_when_they_are_read_and_ints_are_not() -> None:
    chan = FitsChan("Comment=0")
    chan.write(zoom_map(100000, 1.5))
    chan.card = 4
    assert chan.keyword == "ZOOM_A"
    chan.put_fits("ZOOM_A  = 1.00000000000123", overwrite=True)
    chan.card = 1
    found = chan.read()
    assert found is not None
    assert (found["Zoom"], repr(found["Nin"])) == (1.0, "100000")


@pytest.mark.parametrize(
    ("template", "keyword", "matches"),
    [("A%d  ", "A1", True), (" A%d", "A1", False), (" A%d", " A1", True), ("a%dX", "A1X", True)],
)
def test_a_template_loses_the_blanks_behind_it_only(template: str, keyword: str, matches: bool) -> None:
    assert compile_template(template)(keyword) is matches


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("%x", "Illegal field type or width specifier 'x' found in filter template '%x'"),
        ("%5", "Incomplete field specifier found at end of filter template '%5'"),
    ],
)
def test_a_mistake_in_a_template_is_told_in_full(template: str, reason: str) -> None:
    with pytest.raises(FitsChanError) as caught:
        compile_template(template)("A")
    assert str(caught.value) == reason


def test_a_read_takes_the_keywords_along_and_a_write_passes_over_those_that_are_there() -> None:
    chan = FitsChan("Comment=0", source=["ZOOM_A  = 7"])
    chan.card = 9
    chan.write(zoom_map(1, 2.0))
    assert ("ZOOM_B" in chan, "NIN_A" in chan) == (True, True)
    chan.clear("Card")
    assert repr(chan.read()) == "ZoomMap(Nin=1, Zoom=2.0)"
    assert ("ZOOM_B" in chan, "NIN_A" in chan, chan["ZOOM_A"]) == (False, False, 7)


def test_a_banner_goes_with_its_object_even_from_the_first_card_on() -> None:
    chan = FitsChan()
    chan.write(unit_map(1))
    del chan[0]
    chan.clear("Card")
    assert chan.read() == unit_map(1)
    assert chan.ncard == 0


def test_a_banner_does_not_go_on_from_the_first_card_to_the_last() -> None:
    chan = FitsChan(source=["COMMENT AST x AST", "COMMENT AST + AST"])
    chan.set("Comment=0")
    chan.card = 2
    chan.write(unit_map(1))
    chan.clear("Card")
    assert chan.read() is not None
    assert [card.rstrip() for card in chan] == ["COMMENT AST x AST", "COMMENT AST + AST"]


def test_without_skip_another_card_in_front_of_an_object_is_an_error() -> None:
    chan = FitsChan("Encoding=NATIVE, Skip=0", source=["A       = 1", "BEGAST_A= 'UnitMap'"])
    with pytest.raises(ObjectCardError, match="card 1: an object should begin here") as caught:
        chan.read()
    assert caught.value.code == "BADIN"


def broken(*cards: str) -> str:
    """Return the error of reading cards behind the beginning of an object."""
    chan = FitsChan("Encoding=NATIVE", source=["BEGAST_A= 'UnitMap'", *cards])
    with pytest.raises(ObjectCardError) as caught:
        chan.read()
    return str(caught.value)


def test_what_is_wrong_with_a_card_of_an_object_is_told_with_it() -> None:
    assert broken("NIN_A   = 1") == "card 2: the end of the UnitMap is missing: 'NIN_A   = 1'"
    assert broken("LOG_A   = T") == "card 2: this card is no part of an object: 'LOG_A   = T'"
    reason = "CONTINUE cards are missing behind this card"
    assert reason in broken("ID_A    = 'x&'")
    assert broken("ID_A    = 'x&'", "NIN_A   = 1") == f"card 2: {reason}: \"ID_A    = 'x&'\""


def test_a_string_goes_on_in_cards_whose_blanks_behind_the_ampersand_do_not_count() -> None:
    cards = ["BEGAST_A= 'UnitMap'", "ID_A    = 'maX &  '", "CONTINUE  '  b&   '", "CONTINUE  'c  '"]
    chan = FitsChan(
        source=[*cards, "IDEN_A  = 'maX  '", "FOREIGN = 'own'", "OTHERS  = 5", "ENDAST_A= 'UnitMap'"]
    )
    found = chan.read()
    assert found is not None
    assert [(item.name, item.value) for item in found.items] == [
        ("id", "maX   bc  "),
        ("iden", "maX"),
        ("forei", "own"),
        ("othe", 5),
    ]


@pytest.mark.parametrize("keyword", ["telescop", "A\x1f", "A\x7f"])
def test_a_keyword_in_bytes_is_found_as_it_is_read(keyword: str) -> None:
    chan = FitsChan.from_bytes(f"{keyword:8}= 5".encode().ljust(80))
    assert chan[chan.keyword] == 5
    assert chan.keyword in ("TELESCOP", "A")


def test_a_header_behind_the_cards_of_a_file_is_found_as_those_are(tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("A       = 1\n")
    chan = FitsChan.from_bytes(b"B       = 2".ljust(80), f"SourceFile={file}")
    assert (chan.ncard, chan["A"], chan["B"]) == (2, 1, 2)


def test_a_keyword_may_begin_with_blanks() -> None:
    chan = FitsChan.from_bytes(b"  A     = 5".ljust(80))
    assert (chan.find_fits("A"), chan.ncard) == (None, 1)
    chan.clear("Card")
    assert chan.find_fits("  A") is not None


def test_counters_go_on_after_a_read_and_start_anew_when_the_channel_is_emptied() -> None:
    chan = FitsChan()
    for keyword in ("BEGAST_A", "BEGAST_B"):
        chan.write(unit_map(1))
        assert keyword in chan
        chan.clear("Card")
        chan.read()
    chan.empty()
    chan.write(unit_map(1))
    assert "BEGAST_A" in chan
    chan.put_cards("X       = 1")
    chan.write(unit_map(1))
    assert "BEGAST_A" in chan


def test_a_retained_card_survives_the_read() -> None:
    chan = FitsChan("Comment=0")
    chan.write(zoom_map(1, 2.0))
    chan.clear("Card")
    chan.find_fits("ZOOM%2f", advance=False)
    chan.retain()
    chan.clear("Card")
    assert repr(chan.read()) == "ZoomMap(Nin=1, Zoom=2.0)"
    assert ([card[:8] for card in chan], chan.card) == (["ZOOM_A  "], 2)
    chan.card = 9
    chan.retain()
    assert chan.ncard == 1


def test_a_retained_card_of_a_footer_is_the_current_one_after_the_read() -> None:
    chan = FitsChan("Comment=0")
    chan.write(zoom_map(1, 2.0))
    chan.put_fits("COMMENT AST --- AST")
    chan.card = chan.ncard
    chan.retain()
    chan.clear("Card")
    chan.read()
    assert (chan.ncard, chan.card) == (1, 1)


def test_purging_removes_objects_and_coordinates() -> None:
    keep = ["NAXIS1", "TELESCOP", "MJD-AVG", "CRDER1", "BSCALE", "DELTAV"]
    go = [
        "CRVAL1",
        "CTYPE2B",
        "CD1_1",
        "PC001001",
        "PV2_1",
        "LONPOLE",
        "RADESYS",
        "EQUINOX",
        "MJD-OBS",
        "RESTFRQ",
        "WCSNAMEA",
        "A_0_2",
        "LTV1",
    ]
    chan = FitsChan("Encoding=NATIVE", source=[f"{keyword:8}= 1" for keyword in [*keep, *go]])
    chan.card = 4
    chan.write(frame(2))
    chan.purge_wcs()
    assert [card[:8].rstrip() for card in chan] == [*keep[:3], "", *keep[3:]]
    assert chan.card == 1


def test_find_all_looks_at_all_cards_and_moves_nothing() -> None:
    chan = FitsChan(source=["A1      = 1", "B       = 2", "A2      = 3"])
    chan.card = 3
    assert [card[:2] for card in chan.find_all("A%d")] == ["A1", "A2"]
    assert chan.card == 3


def header_of(*cards: str, padding: bool = True) -> bytes:
    header = b"".join(card.ljust(80).encode() for card in [*cards, "END"])
    return header.ljust(padded(len(header))) if padding else header


@pytest.mark.parametrize("padding", [True, False])
def test_bytes_come_back_and_an_edit_changes_its_card_only(padding: bool) -> None:
    header = header_of("simple  = t / x", "A       = 1.50000 / y", "B       =  'x'", padding=padding)
    chan = FitsChan.from_bytes(header)
    assert chan.to_bytes() == header
    assert list(chan)[1].split() == ["A", "=", "1.5", "/", "y"]
    assert chan.to_bytes() == header
    chan["A"] = 2.5
    edited = chan.to_bytes()
    assert len(edited) == len(header)
    assert edited[80:160] == b"A       =                  2.5 / y".ljust(80)
    assert edited[:80] + edited[160:] == header[:80] + header[160:]


def test_edited_doubles_follow_the_attributes_in_bytes_as_in_cards() -> None:
    chan = FitsChan("FitsDigits=3", source=["A       = 1.23456"])
    assert chan.to_bytes() == b"A       = 1.23456".ljust(80)
    chan["A"] = 6.54321
    assert chan.to_bytes().decode() == next(iter(chan)) == "A       =                 6.54".ljust(80)
    assert chan.to_header()["A"] == 6.54


@pytest.mark.parametrize("n_cards", [34, 35, 36])
def test_new_cards_move_the_end_and_the_padding_follows(n_cards: int) -> None:
    header = header_of(*(f"K{number:<7}= {number}" for number in range(n_cards)))
    chan = FitsChan.from_bytes(header)
    chan["NEW"] = 1
    longer = chan.to_bytes()
    assert (len(longer) % BLOCK_SIZE, end_offset(longer)) == (0, (n_cards + 1) * 80)
    assert longer == longer[: (n_cards + 2) * 80].ljust(len(longer))
    del chan["NEW"]
    assert chan.to_bytes() == header
    chan.empty()
    assert chan.to_bytes() == header_of()


def test_what_stands_behind_the_end_is_kept_as_long_as_the_end_is_in_its_place() -> None:
    header = header_of("A       = 1")[:-5] + b"junk\n"
    chan = FitsChan.from_bytes(header)
    chan["A"] = 2
    assert chan.to_bytes().endswith(b"junk\n")
    assert chan.ncard == 1


def test_every_header_of_the_corpora_comes_back_byte_for_byte(shared: Path) -> None:
    from astropy.utils.exceptions import AstropyWarning

    n_headers = 0
    for path in sorted((shared / "corpus").rglob("*")):
        if not path.is_file():
            continue
        header = path.read_bytes()
        end = end_offset(header)
        if end < 0:
            continue
        n_headers += 1
        header = header[: padded(end + 80)]
        chan = FitsChan.from_bytes(header)
        assert chan.to_bytes() == header, path
        assert len(list(chan)) == chan.ncard == end // 80
        assert chan.to_bytes() == header, path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            again = FitsChan.from_header(chan.to_header())
        assert again.to_bytes() == header[:end], path
    assert n_headers > 150


def test_an_astropy_header_passes_through() -> None:
    from astropy.io.fits import Header

    header = Header([("A", 1.5, "c"), ("LONG", "x" * 100), ("COMMENT", "hi")])
    chan = FitsChan.from_header(header)
    assert chan["A"] == 1.5
    assert chan.to_header() == header
    header["A"] = 2
    assert FitsChan.from_header(header)["A"] == 2


def test_wcs_gives_the_coordinates_of_the_cards() -> None:
    cards = {"CRPIX1": 5.0, "CRPIX2": 6.0, "CRVAL1": 10.0, "CRVAL2": 20.0, "CDELT1": -0.1, "CDELT2": 0.1}
    chan = FitsChan("Encoding=FITS-WCS")
    chan["CTYPE1"], chan["CTYPE2"] = "RA---TAN", "DEC--TAN"
    for keyword, value in cards.items():
        chan[keyword] = value
        chan[f"{keyword}A"] = value * 2
    chan["CTYPE1A"], chan["CTYPE2A"] = "RA---TAN", "DEC--TAN"
    assert [round(float(value), 6) for value in chan.wcs().wcs_pix2world(5, 6, 1)] == [10.0, 20.0]
    assert [round(float(value), 6) for value in chan.wcs(key="A").wcs_pix2world(10, 12, 1)] == [20.0, 40.0]
    assert chan.ncard == 16
