"""Where END comes, and blank cards before it."""

from __future__ import annotations

import pytest

from pytest_fitsproc.fits.blocks import END_CARD, end_offset, split_cards
from pytest_fitsproc.fits.layout import lay_out, with_card, without_last_blanks

CARD, BLANK = b"KEY     =                    1".ljust(80), b" " * 80


@pytest.mark.parametrize(
    ("cards", "blanks", "old_blocks", "spare", "blocks", "place_of_end"),
    [
        (10, 0, 1, 0, 1, 10),
        (35, 0, 1, 0, 1, 35),
        (36, 0, 1, 0, 2, 36),
        (36, 0, 1, 2, 4, 3 * 36),
        (36, 0, 2, 2, 2, 36),
        # Fewer cards than before: END stays in the last block.
        (10, 0, 3, 0, 3, 2 * 36),
        # Blank cards stay as long as there is room for them, and give way when there is none.
        (10, 5, 1, 0, 1, 15),
        (34, 5, 1, 0, 1, 35),
        (36, 40, 1, 0, 2, 71),
        (0, 0, 1, 0, 1, 0),
    ],
)
def test_end_comes_in_the_last_block(
    cards: int, blanks: int, old_blocks: int, spare: int, blocks: int, place_of_end: int
) -> None:
    header = lay_out(CARD * cards + BLANK * blanks, old_blocks, spare)
    assert len(header) == blocks * 2880
    assert end_offset(header) == place_of_end * 80
    assert split_cards(header)[: cards + 1].count(CARD) == cards
    assert not header[(place_of_end + 1) * 80 :].strip()
    assert header.count(END_CARD) == 1


def test_another_card_comes_before_the_blanks_and_takes_the_place_of_one() -> None:
    assert with_card(CARD + BLANK + CARD + BLANK * 2, CARD) == CARD + BLANK + CARD * 2 + BLANK
    assert with_card(CARD, CARD) == CARD * 2
    assert with_card(BLANK, CARD) == with_card(b"", CARD) == CARD


def test_blank_cards_at_the_end_are_whole_ones() -> None:
    ends_in_blanks = b"KEY     = 'text'".ljust(80)
    assert without_last_blanks(BLANK + ends_in_blanks + BLANK * 2) == BLANK + ends_in_blanks
    assert without_last_blanks(CARD) == CARD
    assert without_last_blanks(BLANK) == without_last_blanks(b"") == b""
