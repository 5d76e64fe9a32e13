"""Where the keywords of a header are, told by the first columns of its cards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, END_CARD

NEEDS_ASTROPY = -1
"""In place of a number: the keyword's card can't be read without those around it."""

MAX_SIZE = 100 * BLOCK_SIZE
"""Bytes of a header beyond which its keywords are not numbered, to keep what is remembered small."""

_KEY_COLUMNS = 10
_SPECIAL = ("COMMENT", "HISTORY", "CONTINUE", "HIERARCH", "END")
_COMMENTARY = (b"COMMENT ", b"HISTORY ", b" " * 8)
_is_value_card = re.compile(rb"[A-Z0-9_-]+ *= ").fullmatch
_hierarch_name = re.compile(rb"HIERARCH ((?!HIERARCH)[!-<>-~](?:[ -<>-~]*[!-<>-~])?) *=").match


class _Layout(NamedTuple):
    """What the first columns tell: first numbers of keywords, those of HIERARCH cards, the number of END."""

    numbers: dict[str, int]
    hierarch: tuple[int, ...]
    end: int


def keyword_numbers(raw: bytes) -> Mapping[str, int] | None:
    """Return the number, from 0, of the first card of every keyword that can be looked up by itself.

    It is `NEEDS_ASTROPY` for the others: commentary, a string that is continued, a keyword that a HIERARCH
    card has too. None for a header in which astropy has to see every card: one with a keyword that is not
    legal or has no value, without END, or longer than `MAX_SIZE`.

    Parameters
    ----------
    raw : from the first card to END or beyond
    """
    if len(raw) > MAX_SIZE:
        return None
    layout = _layout(tuple([raw[column::CARD_SIZE] for column in range(_KEY_COLUMNS)]))
    if layout is None or not raw.startswith(END_CARD, layout.end * CARD_SIZE):
        return None
    if not layout.hierarch:
        return layout.numbers
    names = [_hierarch_name(raw, number * CARD_SIZE, (number + 1) * CARD_SIZE) for number in layout.hierarch]
    if None in names:
        return None
    return layout.numbers | {name[1].decode("ascii").upper(): NEEDS_ASTROPY for name in names if name}


@lru_cache(maxsize=64)
def _layout(columns: tuple[bytes, ...]) -> _Layout | None:
    """Read the first ten columns, which most headers of an archive have in common; None where one is odd."""
    numbers = dict.fromkeys(_SPECIAL, NEEDS_ASTROPY)
    hierarch: list[int] = []
    last = "CONTINUE"
    for number, field in enumerate(map(bytes, zip(*columns, strict=False))):
        if field == END_CARD[:_KEY_COLUMNS]:
            return _Layout(numbers, tuple(hierarch), number)
        if field.startswith(b"CONTINUE"):
            numbers[last] = NEEDS_ASTROPY
        elif field.startswith(b"HIERARCH "):
            hierarch.append(number)
        elif _is_value_card(field):
            last = field[:8].rstrip().decode("ascii")
            numbers.setdefault(last, number)
        elif not field.startswith(_COMMENTARY):
            return None
    return None
