"""Where END comes in a header of whole blocks, and what becomes of blank cards before it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, END_CARD

CARDS_IN_BLOCK = BLOCK_SIZE // CARD_SIZE
BLANK_CARD = b" " * CARD_SIZE


def lay_out(cards: Sequence[bytes], old_blocks: int, spare_blocks: int = 0) -> bytes:
    """Return cards as a header that keeps its number of blocks if it can.

    Blank cards before END make up for cards that went, and give way to cards that came. The standard lets
    blank cards stand there for that (FITS standard 4.0, section 4.4.2.4); DaCHS and CFITSIO use them so.

    Parameters
    ----------
    cards : of 80 bytes each, without END
    old_blocks : blocks of the header that is replaced
    spare_blocks : blocks that a header gets beyond what it needs when it must grow
    """
    blocks = _count_to_last(cards) // CARDS_IN_BLOCK + 1
    blocks = old_blocks if blocks <= old_blocks else blocks + spare_blocks
    first_place, last_place = (blocks - 1) * CARDS_IN_BLOCK, blocks * CARDS_IN_BLOCK - 1
    place_of_end = min(max(len(cards), first_place), last_place)
    text = b"".join(cards[:place_of_end]).ljust(place_of_end * CARD_SIZE) + END_CARD
    return text.ljust(blocks * BLOCK_SIZE)


def with_card(cards: list[bytes], card: bytes) -> list[bytes]:
    """Return the cards and another one behind them, in the place of the first blank card at their end."""
    filled = _count_to_last(cards)
    return [*cards[:filled], card, *cards[filled + 1 :]]


def _count_to_last(cards: Sequence[bytes]) -> int:
    """Return the number of cards up to the last that is not blank."""
    count = len(cards)
    while count and cards[count - 1] == BLANK_CARD:
        count -= 1
    return count
