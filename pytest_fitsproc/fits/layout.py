"""Where END comes in a header of whole blocks, and what becomes of blank cards before it."""

from __future__ import annotations

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, END_CARD


def lay_out(cards: bytes, old_blocks: int, spare_blocks: int = 0) -> bytes:
    """Return cards as a header that keeps its number of blocks if it can.

    Blank cards before END make up for cards that went, and give way to cards that came. The standard lets
    blank cards stand there for that (FITS standard 4.0, section 4.4.2.4); DaCHS and CFITSIO use them so.

    Parameters
    ----------
    cards : 80 bytes each, without END
    old_blocks : blocks of the header that is replaced
    spare_blocks : blocks that a header gets beyond what it needs when it must grow
    """
    blocks = len(without_last_blanks(cards)) // BLOCK_SIZE + 1
    blocks = old_blocks if blocks <= old_blocks else blocks + spare_blocks
    first_place, last_place = (blocks - 1) * BLOCK_SIZE, blocks * BLOCK_SIZE - CARD_SIZE
    place_of_end = min(max(len(cards), first_place), last_place)
    text = cards[:place_of_end].ljust(place_of_end) + END_CARD
    return text.ljust(blocks * BLOCK_SIZE)


def with_card(cards: bytes, card: bytes) -> bytes:
    """Return the cards and another one behind them, in the place of the first blank card at their end."""
    filled = without_last_blanks(cards)
    return filled + card + cards[len(filled) + CARD_SIZE :]


def without_last_blanks(cards: bytes) -> bytes:
    """Return the cards up to the last that is not blank."""
    return cards[: -(-len(cards.rstrip(b" ")) // CARD_SIZE) * CARD_SIZE]
