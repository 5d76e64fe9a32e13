"""What native cards say, in the quick way and in the long one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.fits.cards import parse_card, read_card
from pytest_fitsproc.fitschan import AstObject, FitsChan, Item
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.native.entries import Entry, common_entries, entry_of
from pytest_fitsproc.fitschan.objects import ItemKind

COMMON: list[tuple[str, Entry]] = [
    ("ID_A    = '        '           / An object", ("ID", ItemKind.STRING, "        ", "An object")),
    ("X_A     = ''", ("X", ItemKind.STRING, "", "")),
    ("SREF1__ = 'a / b'/c / dX ", ("SREF1", ItemKind.STRING, "a / b", "c / dX")),
    ("NFRAMEZZ=                  +12 / nX", ("NFRAME", ItemKind.INT, 12, "nX")),
    ("A-B_CD  = -1", ("A-B_", ItemKind.INT, -1, "")),
    ("NAXES_A = 123456789012345678", ("NAXES", ItemKind.INT, 123456789012345678, "")),
    ("EPOCH_A =  -1.5E+3 /  tX", ("EPOCH", ItemKind.DOUBLE, -1500.0, "tX")),
    ("EPOCH_A = 2000.", ("EPOCH", ItemKind.DOUBLE, 2000.0, "")),
]
UNCOMMON = [
    "COMMENT = 5",
    "HISTORY = 'a'",
    "_A      = 5",
    "NAXES_1 = 5",
    "naxes_a = 5",
    "NAXES_A =5",
    "NAXES_A   5",
    "NAX  _A = 5",
    "NAXES_A = 1234567890123456789",
    "NAXES_A = 5 6",
    "NAXES_A = 'it''s'",
    "NAXES_A = 'a' b",
    "NAXES_A = T",
    "NAXES_A = 1.5D3",
    "NAXES_A = 5 / \xe4",
    "NAXES_A = '\xe4'",
    "NAXE_A = 5",
]

KEYWORDS = ["NAXES_A", "ID__", "A", "_A", "COMMENT", "HISTORY", "", "BEGAST_Z", "n_A", "A B_A", "A1-_AB"]
VALUES = [
    "1",
    "+1",
    "1.",
    "-.5",
    "1.5E-3",
    "1E5",
    "1234567890",
    "9" * 20,
    "1" * 18 + ".5",
    "'a '",
    "''",
    "'it''s'",
    "'a",
    "T",
    "",
]
RESTS = ["", " ", " /", "/", " / c ", " /   c", "c", " / \t", " / \n", "\0", " / \xe4 ", " 2", "/ \x7f"]
PIECES = st.tuples(*map(st.sampled_from, (KEYWORDS, ["= ", "=", "  ", "=   ", "= \t"], VALUES, RESTS)))


@pytest.mark.parametrize(("card", "entry"), COMMON)
def test_common_cards_are_read_together(card: str, entry: Entry) -> None:
    raw = card.ljust(80).encode()
    assert list(common_entries([raw, raw])) == [entry, entry]
    assert entry_of(read_card(raw)) == entry


@pytest.mark.parametrize("card", UNCOMMON)
def test_other_cards_are_left_to_the_long_way(card: str) -> None:
    assert list(common_entries([card.ljust(80).encode("latin-1")])) == [None]


@given(PIECES)
@settings(max_examples=300, deadline=None)
def test_both_ways_say_the_same(pieces: tuple[str, str, str, str]) -> None:
    keyword, indicator, value, rest = pieces
    raw = f"{keyword:8}{indicator}{value}{rest}".ljust(80).encode("latin-1")
    for entry in common_entries([raw]):
        assert entry is None or entry == entry_of(read_card(raw))


def test_cards_that_were_read_already_and_line_feeds_are_left_to_the_long_way() -> None:
    raw = COMMON[0][0].ljust(80).encode()
    assert list(common_entries([raw, read_card(raw), raw])) == [COMMON[0][1], None, COMMON[0][1]]
    assert list(common_entries([raw, raw[:-1] + b"\n"])) == [None, None]


def test_a_comment_says_nothing() -> None:
    assert entry_of(parse_card("COMMENT AST ++ AST")) is None


@pytest.mark.parametrize("card", ["NAXES_A = T", "_A      = 'a'", "NAXES_1 = 5", "CONTINUE  'a'"])
def test_a_card_that_is_no_part_of_an_object_is_an_error(card: str) -> None:
    with pytest.raises(FitsChanError, match="this card is no part of an object") as error:
        entry_of(parse_card(card))
    assert error.value.code == "BADIN"


@pytest.mark.parametrize("n_items", range(115, 135))
def test_a_string_goes_on_wherever_its_cards_are(n_items: int) -> None:
    axes = [Item(f"Dir{number}", ItemKind.INT, number) for number in range(n_items)]
    tree = AstObject("Frame", (*axes, Item("Title", ItemKind.STRING, "word " * 60 + "end")))
    chan = FitsChan()
    chan.write(tree)
    assert FitsChan.from_bytes(chan.to_bytes()).read() == tree
