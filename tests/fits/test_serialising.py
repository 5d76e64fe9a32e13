"""An edited header back as bytes."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable

import pytest
from astropy.io.fits import Card, Header, VerifyError
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_fitsproc.fits.blocks import end_offset, split_cards
from pytest_fitsproc.fits.checksum import ChecksumMode
from pytest_fitsproc.fits.header import lazy_header
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.serialising import Serialising, UnformattedCardError, assemble, serialise

LINES = [
    b"SIMPLE  =                    T / conforms to FITS standard",
    b"BITPIX  =                   16",
    b"NAXIS   =                    0",
    b"EXPTIME =   1.50E+01 / [s] free format, and zeros",
    b"OBJECT  = 'M 31'",
    b"FILTER  ='B'",
    b"exposure= 3",
    b"RA      = 00:42:44.3 / not a string",
    b"GAIN= 2.0",
    b"EPOCH   = 1.5.3 garbage'",
    "OBSERVER= 'Müller'".encode("latin-1"),
    "COMMENT Größe in µm".encode(),
    b"COMMENT the same",
    b"COMMENT the same",
    b"HISTORY HISTORY RECIPE".ljust(77) + b"END",
    b"",
    b"NOVALUE =",
    b"NOVALIND 12",
    b"HIERARCH ESO DET CHIP1 = 5 / long",
    b"LONGSTR = 'a text that goes on and&' / first comment",
    b"CONTINUE  'on and&'",
    b"CONTINUE  ' on' / second comment",
    b"KEY1    = 1",
    b"KEY1    = 1",
    b"REJECT  = -0.0",
    b"NUL     = 'a\0b'",
    b"TABBED  =\t'x'",
]
OBSERVER = b"OBSERVER= 'M       '"
LONGSTR = b"LONGSTR = 'short   '           / first comment second comment"
CARDS, BLANK = [line.ljust(80) for line in LINES], b" " * 80
RAW = lay_out(b"".join(CARDS), 1)
SOUND = lay_out(b"".join([CARDS[number] for number in (0, 1, 2, 3, 4, 11, 19, 20, 21, 24)]), 1)


def data_sum() -> int:
    """Stand for data that must not be read."""
    raise AssertionError("the data were read")


def edited(edit: Callable[[Header], object], raw: bytes = RAW, **how: object) -> list[bytes]:
    """Return the cards after an edit, without END and padding."""
    header = lazy_header(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edit(header)
        new = serialise(header, raw, data_sum, Serialising(**how))  # type: ignore[arg-type]
    return list(split_cards(new[: end_offset(new)]))


LOOKS: list[Callable[[Header], object]] = [
    lambda header: None,
    lambda header: header["EXPTIME"],
    lambda header: list(header),
    lambda header: header.copy(),
    lambda header: header.cards["OBJECT"],
    lambda header: [header.comments[key] for key in ("EXPTIME", "OBJECT", "RA")],
    lambda header: [card.keyword for card in header.cards],
    lambda header: header["COMMENT"],
    lambda header: header.set("EXPTIME", 15.0),
    lambda header: header.__setitem__("KEY1", 1),
]


@pytest.mark.parametrize("look", LOOKS)
def test_header_that_was_only_looked_at_keeps_every_byte(look: Callable[[Header], object]) -> None:
    header = lazy_header(RAW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        look(header)
    assert serialise(header, RAW, data_sum) == RAW


@pytest.mark.parametrize("raw", [RAW, SOUND], ids=["odd", "sound"])
@pytest.mark.parametrize("value", [7, 15.0, "text", "x" * 200, None, True])
def test_values_set_in_a_lazy_header_are_written_as_those_of_any_other(raw: bytes, value: object) -> None:
    def written(header_of: Callable[[bytes], Header]) -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = header_of(raw)
            for key in ("EXPTIME", "OBJECT", "LONGSTR", "EXPTIME"):
                header[key] = value
            return serialise(header, raw, data_sum)

    assert written(lazy_header) == written(Header.fromstring)


def test_a_value_set_in_a_lazy_header_needs_no_other_card() -> None:
    header = lazy_header(SOUND)
    header["EXPTIME"] = 16.0
    assert b"EXPTIME =                 16.0 / [s] free" in serialise(header, SOUND, data_sum)
    assert "_cards" not in vars(header)


def test_a_lazy_header_of_another_file_is_written_whole() -> None:
    other = SOUND.replace(b"M 31", b"M 33")
    header = lazy_header(other)
    assert serialise(header, SOUND, data_sum) == other


def test_header_that_was_printed_keeps_malformed_cards() -> None:
    """Astropy repairs a card when it is printed; one that nobody touched is not rewritten for that."""
    printable = lay_out(b"".join([card for card in CARDS if not card.startswith((b"NUL", b"OBSERVER"))]), 1)
    for look in (repr, str, Header.tostring):
        header = lazy_header(printable)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            look(header)
        assert serialise(header, printable, data_sum) == printable


def test_what_followed_end_stays_in_an_unchanged_header() -> None:
    raw = RAW[:-10] + bytes(10)
    assert serialise(lazy_header(raw), raw, data_sum) == raw
    assert assemble(b"".join(CARDS), raw, data_sum) == raw


@pytest.mark.parametrize(
    ("edit", "gone", "come"),
    [
        (
            lambda header: header.set("EXPTIME", 16.0),
            [3],
            [b"EXPTIME =                 16.0 / [s] free format, and zeros"],
        ),
        (lambda header: header.set("OBJECT", "M 32", "new"), [4], [b"OBJECT  = 'M 32    '           / new"]),
        (
            lambda header: header.set("GAIN", comment="e"),
            [8],
            [b"GAIN    =                  2.0 / e"],
        ),
        (lambda header: header.set("EXPOSURE", 4), [6], [b"EXPOSURE=                    4"]),
        (lambda header: header.set("NOVALUE", 7), [16], [b"NOVALUE =                    7"]),
        (lambda header: header.remove("OBJECT"), [4], []),
        (lambda header: header.remove("LONGSTR"), [19, 20, 21], []),
        (lambda header: header.__delitem__(7), [7], []),
        (lambda header: (header.remove("OBSERVER"), header.append(("OBSERVER", "M"))), [10], [OBSERVER]),
        (lambda header: header.append(("NEW", True, "yes")), [], [b"NEW     =                    T / yes"]),
        (lambda header: header.add_history("edited"), [], [b"HISTORY edited"]),
        (lambda header: header.set("LONGSTR", "short"), [19, 20, 21], [LONGSTR]),
        (lambda header: header.rename_keyword("GAIN", "EGAIN"), [8], [b"EGAIN   =                  2.0"]),
    ],
)
def test_other_cards_keep_their_bytes_and_order(
    edit: Callable[[Header], object], gone: list[int], come: list[bytes]
) -> None:
    cards = edited(edit)
    come = [card.ljust(80) for card in come]
    assert [card for card in cards if card.rstrip() and card not in come] == [
        card for number, card in enumerate(CARDS) if number not in gone and card.rstrip()
    ]
    assert [card for card in cards if card in come] == [card for card in come if card.rstrip()][: len(come)]


def test_long_string_gets_continue_cards() -> None:
    cards = edited(lambda header: header.set("OBJECT", "word " * 30 + "end"))
    place = next(number for number, card in enumerate(cards) if card.startswith(b"OBJECT"))
    assert [card[:8] for card in cards[place : place + 3]] == [b"OBJECT  ", b"CONTINUE", b"CONTINUE"]
    assert [*cards[:place], *cards[place + 3 :]] == [*CARDS[:4], *CARDS[5:]]


def test_only_one_of_equal_cards_is_edited() -> None:
    def edit(header: Header) -> None:
        header["KEY1", 1] = 2

    cards = edited(edit)
    assert [card for card in cards if card.startswith(b"KEY1")] == [
        CARDS[22],
        b"KEY1    =                    2".ljust(80),
    ]


def test_copies_of_cards_keep_their_bytes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = lazy_header(RAW).copy()
        header["NEW"] = 1
        new = serialise(header, RAW, data_sum)
        assert set(CARDS) - {BLANK} <= set(split_cards(new))
        assert serialise(copy.deepcopy(lazy_header(RAW)), RAW, data_sum) == RAW


def test_header_that_is_not_of_the_file_is_written_as_astropy_has_it() -> None:
    header = Header([Card("SIMPLE", True), Card("BITPIX", 16), Card("NAXIS", 0), Card("OBJECT", "M 33")])
    new = serialise(header, RAW, data_sum)
    assert split_cards(new[: 4 * 80]) == tuple(str(card).encode() for card in header.cards)


def test_blank_cards_before_end_make_room() -> None:
    raw = lay_out(b"".join([*CARDS[:3], *[CARDS[22]] * 30, BLANK, BLANK]), 1)
    assert end_offset(raw) == 35 * 80
    one, two, three = (
        serialise(_with_keys(raw, count), raw, data_sum, Serialising(spare_blocks=1)) for count in (1, 2, 3)
    )
    assert end_offset(one) == end_offset(two) == end_offset(raw)
    assert len(three) == 3 * len(raw)


def _with_keys(raw: bytes, count: int) -> Header:
    header = lazy_header(raw)
    for number in range(count):
        header[f"NEW{number}"] = number
    return header


def test_warning_of_a_cut_comment_reaches_the_caller() -> None:
    header = lazy_header(RAW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header["EXPTIME"] = (1.0, "x" * 70)
    with pytest.warns(UserWarning, match="comment will be truncated"):
        serialise(header, RAW, data_sum)


def test_card_that_can_not_be_formatted_is_named() -> None:
    header = lazy_header(RAW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header.cards["OBSERVER"].comment = "a comment"
        with pytest.raises(UnformattedCardError, match="the card OBSERVER can't be written"):
            serialise(header, RAW, data_sum)


def test_cards_can_be_assembled_without_astropy() -> None:
    new = assemble(b"".join([*CARDS[:3], CARDS[4]]), RAW, data_sum)
    assert new == lay_out(b"".join([*CARDS[:3], CARDS[4]]), 1)


fields = st.one_of(
    st.text(alphabet=st.characters(codec="latin-1"), max_size=72),
    st.integers().map(lambda number: f"= {number:>20} / integer"),
    st.floats(allow_nan=False).map(lambda number: f"= {number!r:>20} / float"),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60).map(
        lambda text: f"= '{text}'"
    ),
)
keywords = st.sampled_from(
    ["KEY", "lower", "COMMENT", "HISTORY", "", "CONTINUE", "HIERARCH A B", "END", "BAD KEY"]
)
any_cards = st.lists(
    st.tuples(keywords, fields).map(lambda parts: f"{parts[0]:8}{parts[1]}"[:80].ljust(80).encode("latin-1")),
    max_size=40,
)


@given(any_cards)
def test_any_header_that_astropy_reads_keeps_its_cards_beside_a_new_one(cards: list[bytes]) -> None:
    cards = [CARDS[0], *(card for card in cards if card.rstrip() != b"END")]
    raw = lay_out(b"".join(cards), 1)
    header = lazy_header(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            header["FSPNEW"] = 1
        except (VerifyError, ValueError, TypeError, IndexError, AttributeError):
            assume(False)
        new = serialise(header, raw, data_sum, Serialising(checksum=ChecksumMode.KEEP))
    left = [card for card in split_cards(new[: end_offset(new)]) if not card.startswith(b"FSPNEW")]
    assert [card for card in left if card.strip()] == [card for card in cards if card.strip()]
