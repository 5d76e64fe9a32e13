"""The grammar of a card: characters, keyword and value (FITS standard 4.0, sections 4.1 and 4.2).

Cards are accepted by one expression; `card_faults` says what is wrong with one that fails it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, split, split_cards

_CHUNK_CARDS = 4

# Possessive throughout: a card matches in one way or none, in time linear in its 80 bytes.
TEXT = rb"[ -~]*+"
STRING = rb"'[ -&(-~]*+(?:''[ -&(-~]*+)*+'"
REAL = rb"[+-]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[ED][+-]?[0-9]++)?+"
COMPLEX = rb"\( *+" + REAL + rb" *+, *+" + REAL + rb" *+\)"
COMMENT = rb" *+(?:/" + TEXT + rb")?+"
VALUE = rb" *+(?:" + STRING + rb"|" + REAL + rb"|[TF]|" + COMPLEX + rb")?+" + COMMENT

# An alternative either takes the whole line or none of the later ones can: nothing is tried twice.
LINE = (
    rb"\n(?:(?:COMMENT |HISTORY | {8})"
    + TEXT
    + rb"|(?!END )[A-Z0-9_-]{1,8}+ *+(?<=\n.{8})= "
    + VALUE
    + rb"|HIERARCH [ -<>-~]++="
    + VALUE
    + rb"|END {77})"
)

_last_legal: tuple[bytes, ...] = ()
"""The first blocks of the header that was found legal last."""

_MAX_REMEMBERED_BLOCKS = 100

_are_legal_lines = re.compile(rb"(?:%b){%d}+" % (LINE, _CHUNK_CARDS)).fullmatch


def are_legal(header: bytes) -> bool:
    """Return whether all cards of whole blocks are legal, each taken for itself.

    False for some rare cards that are legal after all, CONTINUE among them; `card_faults` knows. Headers of
    an archive have most of their cards in common: blocks that the last legal header has as well are passed
    over, and other cards seen lately are remembered by fours.
    """
    global _last_legal
    blocks = split(header, BLOCK_SIZE)
    new = [block for block, last in zip_longest(blocks, _last_legal[: len(blocks)]) if block != last]
    if not all(map(_is_legal_block, new)):
        return False
    _last_legal = blocks[:_MAX_REMEMBERED_BLOCKS]
    return True


def _is_legal_block(block: bytes) -> bool:
    return all(map(_is_legal_chunk, split(block, _CHUNK_CARDS * CARD_SIZE)))


@lru_cache(maxsize=4096)
def _is_legal_chunk(chunk: bytes) -> bool:
    """Match the cards as lines, all at once; a line feed in a card makes one line too many."""
    return _are_legal_lines(b"\n".join((b"", *split_cards(chunk)))) is not None
