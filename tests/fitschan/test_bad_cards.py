"""What is broken is an error that names the card, and leaves the channel as it was."""

from __future__ import annotations

from types import ModuleType

import pytest

from pytest_fitsproc.fits.cards import CardError
from pytest_fitsproc.fitschan import AstObject, FitsChan, FitsChanError, Item, ItemKind, ObjectCardError
from pytest_fitsproc.fitschan.constructors import unit_map, zoom_map

ZOOM = [
    "BEGAST_A= 'ZoomMap' / Zoom about the origin",
    "NIN_A   = 2 / Number of input coordinates",
    "ISA_A   = 'Mapping' / Mapping between coordinate systems",
    "ZOOM_A  = 3.5 / Zoom factor",
    "ENDAST_A= 'ZoomMap' / End of object definition",
]

# Cards of a ZoomMap with something wrong: AST's code, what the message says, and the number of the card.
BROKEN = [
    (ZOOM[:3], "EOCHN", "the end of the ZoomMap is missing", 3),
    ([*ZOOM[:4], "ENDAST_A= 'UnitMap'"], "BADIN", "the end of a UnitMap is in a ZoomMap", 5),
    (["BEGAST_A= 'Bogus'"], "OCLUK", "the class 'Bogus' is unknown", 1),
    (["BEGAST_A= 'zoommap'"], "OCLUK", "the class 'zoommap' is unknown", 1),
    ([*ZOOM[:3], *ZOOM], "BADIN", "a ZoomMap begins where none is expected", 4),
    ([*ZOOM[:4], "EXTEND  = T", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "U_A     =", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "OBJ9    = 'x'", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "_A      = 1", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "C_A     = 1 2", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "CONTINUE  'def'", ZOOM[4]], "BADIN", "this card is no part of an object", 5),
    ([*ZOOM[:4], "QQ_A    = '  '", ZOOM[4]], "BADIN", "an object should begin for 'qq'", 6),
    ([*ZOOM[:4], "QQ_A    = 'abc&'", ZOOM[4]], "BADIN", "CONTINUE cards are missing", 5),
    ([*ZOOM[:4], "QQ_A    = 'abc&'", "CONTINUE  'd&'", ZOOM[4]], "BADIN", "CONTINUE cards are missing", 6),
    (
        [*ZOOM[:4], "ISA_B   = 'Mapping'", ZOOM[4]],
        "BADIN",
        "a ZoomMap is no Mapping, or it was said before",
        5,
    ),
    ([*ZOOM[:2], "ISA_B   = 'Frame'", *ZOOM[2:]], "BADIN", "a ZoomMap is no Frame", 3),
]


@pytest.mark.parametrize(("cards", "code", "message", "number"), BROKEN)
def test_a_broken_object_is_an_error_that_names_the_card(
    cards: list[str], code: str, message: str, number: int
) -> None:
    chan = FitsChan(source=cards)
    before = list(chan)
    with pytest.raises(ObjectCardError, match=message) as caught:
        chan.read()
    assert (caught.value.code, caught.value.number) == (code, number)
    assert caught.value.text.rstrip() == cards[number - 1].ljust(80).rstrip()
    assert (list(chan), chan.card) == (before, 1)


@pytest.mark.parametrize("length", range(1, 19))
def test_an_object_that_is_cut_off_anywhere_is_an_error(length: int) -> None:
    whole = FitsChan("Comment=0")
    whole.write(AstObject("CmpMap", (Item("MapA", ItemKind.OBJECT, zoom_map(1, 2.0)),) * 1))
    cards = list(whole)[:length]
    if length >= whole.ncard:
        assert FitsChan(source=cards).read() is not None
        return
    with pytest.raises(ObjectCardError, match="is missing"):
        FitsChan(source=cards).read()


def test_with_clean_the_cards_of_a_broken_object_are_removed() -> None:
    cards = ["X       = 1", *ZOOM[:4], "ENDAST_A= 'UnitMap'", "Y       = 1"]
    chan = FitsChan("Clean=1", source=cards)
    with pytest.raises(ObjectCardError):
        chan.read()
    assert ([card[:1] for card in chan], chan.card) == (["X", "Y"], 2)


def test_with_skip_off_other_cards_are_an_error() -> None:
    chan = FitsChan("Skip=0, Encoding=NATIVE", source=["SIMPLE  = T", *ZOOM])
    with pytest.raises(ObjectCardError, match="card 1: an object should begin here: 'SIMPLE  = T'"):
        chan.read()
    assert chan.card == 1


def test_with_skip_off_comments_before_an_object_go_with_it() -> None:
    chan = FitsChan("Skip=0", source=["COMMENT x", "        ", *ZOOM])
    assert chan.read() == zoom_map(2, 3.5)
    assert chan.ncard == 0
    chan.put_cards("COMMENT x")
    assert (chan.read(), chan.card) == (None, 2)


def test_a_strict_channel_refuses_unknown_items() -> None:
    cards = [*ZOOM[:4], "OBJE_A  = 'x'", ZOOM[4]]
    assert FitsChan(source=cards).read() is not None
    with pytest.raises(ObjectCardError, match="a ZoomMap has no item 'obje'") as caught:
        FitsChan("Strict=1", source=cards).read()
    assert caught.value.code == "BADIN"
    assert FitsChan("Strict=1", source=ZOOM).read() == zoom_map(2, 3.5)


@pytest.mark.parametrize("card", ["BEGAST_A= 5", "BEGAST_A= T", "BEGAST  = 'ZoomMap'", "BEGAST1A= 'ZoomMap'"])
def test_only_a_string_with_a_suffix_begins_an_object(card: str) -> None:
    chan = FitsChan("Encoding=NATIVE", source=[card, *ZOOM])
    assert chan.read() == zoom_map(2, 3.5)
    assert (chan.ncard, chan.card) == (1, 2)


def test_of_items_of_one_name_the_first_counts() -> None:
    twice = FitsChan(source=[*ZOOM[:3], "ZOOM_Q  = 9.0 / Zoom factor", *ZOOM[3:]])
    assert twice.read() == zoom_map(2, 9.0)


def test_cards_within_an_object_go_with_it() -> None:
    chan = FitsChan(source=[ZOOM[0], "COMMENT mine", "FOREIGN = 5", *ZOOM[1:], "X       = 1"])
    assert chan.read() is not None
    assert [card[:1] for card in chan] == ["X"]


@pytest.mark.parametrize("depth", [201, 10_000])
def test_nesting_without_end_is_an_error(depth: int) -> None:
    cards = ["BEGAST_A= 'CmpMap'", "MAPA_A  = ' '"] * depth
    with pytest.raises(ObjectCardError, match="nested deeper than 200") as caught:
        FitsChan(source=cards).read()
    assert caught.value.code == "BADIN"
    with pytest.raises(FitsChanError, match="line 401: objects are nested deeper"):
        AstObject.from_text("Begin CmpMap\nMapA =\n" * depth)


def test_an_object_that_is_nested_too_deep_is_not_written() -> None:
    tree = unit_map(1)
    for _ in range(10_000):
        tree = AstObject("CmpMap", (Item("MapA", ItemKind.OBJECT, tree),))
    chan = FitsChan()
    with pytest.raises(FitsChanError, match="CmpMap is nested too deep"):
        chan.write(tree)
    assert chan.ncard == 0
    chan.write(unit_map(1))
    assert "BEGAST_A" in chan


def test_put_cards_of_a_bad_card_names_it_and_changes_nothing() -> None:
    chan = FitsChan(source=["A       = 1"])
    with pytest.raises(CardError, match="card 2: an equals sign stands before column 9: 'C= 5'") as caught:
        chan.put_cards("B       = 1".ljust(80) + "C= 5")
    assert (caught.value.number, chan["A"]) == (2, 1)


def test_the_last_of_concatenated_cards_may_be_short() -> None:
    chan = FitsChan()
    chan.put_cards("A       = 1".ljust(80) + "B       = 2")
    assert (chan.ncard, chan["B"]) == (2, 2)
    assert len(chan.to_bytes()) == 160


def test_a_header_that_ends_within_a_card_is_an_error() -> None:
    with pytest.raises(CardError, match="card 2: the header ends within a card: 'B'") as caught:
        FitsChan.from_bytes(b"A       = 1".ljust(80) + b"B")
    assert caught.value.number == 2


def test_a_header_without_end_keeps_all_its_cards() -> None:
    header = b"A       = 1".ljust(80) * 3
    assert FitsChan.from_bytes(header).to_bytes() == header


def test_strange_bytes_are_carried_along() -> None:
    cards = [
        b"A       = 'a\x00b'",
        b"B\x01      = \xe9",
        b"c       = 1 / \xc3\xa9",
        b"D=E     = 5",
        b"\xff" * 80,
    ]
    header = b"".join(card.ljust(80) for card in cards)
    chan = FitsChan.from_bytes(header)
    shown = list(chan)
    assert [len(card) for card in shown] == [80] * 5
    assert (chan["A"], chan["C"], chan.to_bytes()) == ("a", 1, header)


def test_an_error_of_a_template_moves_nothing() -> None:
    chan = FitsChan(source=["A       = 1", "B       = 2"])
    with pytest.raises(FitsChanError, match="Illegal field type or width specifier 'x'") as caught:
        chan.find_fits("B%x")
    assert (caught.value.code, chan.card) == ("BDFMT", 1)
    with pytest.raises(FitsChanError, match="Incomplete field specifier found at end"):
        chan.find_fits("%")


def test_reading_a_foreign_encoding_without_ast_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "starlink", None)
    chan = FitsChan("Encoding=FITS-WCS", source=["CRVAL1  = 1.0"])
    for ask in (chan.read, lambda: chan.write(unit_map(1)), unit_map(1).to_ast):
        with pytest.raises(FitsChanError, match=r'pip install "pytest-fitsproc\[ast\]"'):
            ask()
    assert chan.ncard == 1


def test_a_header_that_ast_refuses_is_our_error(ast: ModuleType) -> None:
    with pytest.raises(FitsChanError, match=r"AST: .*Bogus") as caught:
        AstObject("Bogus").to_ast()
    assert caught.value.code == "OCLUK"


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_a_quarter_of_a_million_cards_take_no_more_than_their_share() -> None:
    size = 250_000
    header = b"".join(f"K{number:<7}= {number:20d}".ljust(80).encode() for number in range(size))
    chan = FitsChan.from_bytes(header)
    assert f"K{size - 1}" in chan
    chan.put_cards(header)
    while chan.find_fits("K1%0f"):
        pass
    chan.write(zoom_map(2, 3.5))
    chan.clear("Card")
    assert chan.read() == zoom_map(2, 3.5)
    assert sum(1 for _ in chan) == size + 1


def test_a_header_of_nothing_but_its_end_has_no_cards() -> None:
    end = b"END".ljust(80)
    chan = FitsChan.from_bytes(end)
    assert (chan.ncard, chan.to_bytes()) == (0, end)


def test_a_header_that_was_not_padded_is_not_padded_when_it_grows() -> None:
    header = b"A       =                    1".ljust(80) + b"END".ljust(80)
    chan = FitsChan.from_bytes(header)
    chan["B"] = 2
    assert chan.to_bytes() == header[:80] + b"B       =                    2".ljust(80) + header[80:]
