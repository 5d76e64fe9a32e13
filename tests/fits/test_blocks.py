"""Where a header ends, and how bytes fall into cards."""

from __future__ import annotations

from pytest_fitsproc.fits.blocks import (
    CARD_SIZE,
    END_CARD,
    card_offset,
    end_offset,
    padded,
    split_cards,
    with_replaced,
)


def test_sizes_are_rounded_up_to_blocks():
    assert [padded(size) for size in (0, 1, 2880, 2881)] == [0, 2880, 2880, 5760]


def test_end_is_a_whole_card():
    raw = b"SIMPLE  =                    T".ljust(CARD_SIZE) + END_CARD + b" " * 2720
    assert end_offset(raw) == 80
    assert end_offset(raw.replace(b"END", b"ENDX")) == -1


def test_end_in_a_text_before_a_blank_card_ends_nothing():
    history = b"HISTORY RECIPE END".ljust(CARD_SIZE)
    raw = history + b" " * CARD_SIZE + history + END_CARD
    assert end_offset(raw) == 3 * CARD_SIZE


def test_end_is_looked_for_from_a_card_on():
    raw = END_CARD + b" " * CARD_SIZE + END_CARD
    assert end_offset(raw, CARD_SIZE) == 2 * CARD_SIZE


def test_a_card_is_found_by_its_beginning_and_not_by_text_within_another():
    cards = [b"COMMENT CHECKSUM", b"CHECK   = 1", b"A" * 72 + b"CHECKSUM", b"CHECKSUM= 2", b"CHECKSUM= 3"]
    raw = b"".join(card.ljust(CARD_SIZE) for card in cards)
    assert card_offset(raw, b"CHECKSUM") == 3 * CARD_SIZE
    assert card_offset(raw, b"CHECKSUM", 4 * CARD_SIZE) == 4 * CARD_SIZE
    assert card_offset(raw, b"DATASUM ") == -1


def test_an_incomplete_last_card_is_left_out():
    assert split_cards(b"A" * 80 + b"B" * 80 + b"C" * 79) == (b"A" * 80, b"B" * 80)


def test_cards_are_replaced_by_any_number_of_bytes():
    a, b, c = (letter * CARD_SIZE for letter in (b"A", b"B", b"C"))
    assert with_replaced(a + b + c, {2: b"3", 0: b"11"}) == b"11" + b + b"3"
    assert with_replaced(a + b + c, {1: b""}) == a + c
    assert with_replaced(a + b, {}) == a + b
