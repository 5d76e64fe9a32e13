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
_NOT_ORDINARY = frozenset({"CONTINUE", "HIERARCH", "END"})
_SPECIAL = _NOT_ORDINARY | {"COMMENT", "HISTORY"}
_COMMENTARY = (b"COMMENT ", b"HISTORY ", b" " * 8)
_is_value_card = re.compile(rb"[A-Z0-9_-]+ *= ").fullmatch
_hierarch_name = re.compile(rb"HIERARCH ((?!HIERARCH)[!-<>-~](?:[ -<>-~]*[!-<>-~])?) *=").match


class KeywordLayout(NamedTuple):
    """What the first columns of a header tell.

    Attributes
    ----------
    keywords : of the cards before END; of a card of the HIERARCH convention that word
    numbers : of the first card of each keyword, from 0, or `NEEDS_ASTROPY`
    hierarch : numbers of the cards of the HIERARCH convention
    is_ordinary : whether every card is commentary, or one with a value that is all in it
    """

    keywords: tuple[str, ...]
    numbers: dict[str, int]
    hierarch: tuple[int, ...]
    is_ordinary: bool


def keyword_numbers(raw: bytes) -> Mapping[str, int] | None:
    """Return the number, from 0, of the first card of every keyword that can be looked up by itself.

    It is `NEEDS_ASTROPY` for the others: commentary, a string that is continued, a keyword that a HIERARCH
    card has too. None for a header in which astropy has to see every card: one that has no `keyword_layout`,
    or is longer than `MAX_SIZE`.

    Parameters
    ----------
    raw : from the first card to END or beyond
    """
    layout = keyword_layout(raw) if len(raw) <= MAX_SIZE else None
    if layout is None:
        return None
    if not layout.hierarch:
        return layout.numbers
    names = [_hierarch_name(raw, number * CARD_SIZE, (number + 1) * CARD_SIZE) for number in layout.hierarch]
    if None in names:
        return None
    return layout.numbers | {name[1].decode("ascii").upper(): NEEDS_ASTROPY for name in names if name}


def keyword_layout(raw: bytes) -> KeywordLayout | None:
    """Return what the first columns tell; None where a keyword is not legal or has no value, or without END.

    Parameters
    ----------
    raw : from the first card to END or beyond
    """
    layout = _layout(tuple([raw[column::CARD_SIZE] for column in range(_KEY_COLUMNS)]))
    has_end = layout is not None and raw.startswith(END_CARD, len(layout.keywords) * CARD_SIZE)
    return layout if has_end else None


@lru_cache(maxsize=64)
def _layout(columns: tuple[bytes, ...]) -> KeywordLayout | None:
    """Read the first ten columns, which most headers of an archive have in common; None where one is odd."""
    keywords: list[str] = []
    numbers = dict.fromkeys(_SPECIAL, NEEDS_ASTROPY)
    hierarch: list[int] = []
    continued, is_ordinary = "CONTINUE", True
    for number, field in enumerate(map(bytes, zip(*columns, strict=False))):
        if field == END_CARD[:_KEY_COLUMNS]:
            return KeywordLayout(tuple(keywords), numbers, tuple(hierarch), is_ordinary)
        if field.startswith(b"CONTINUE"):
            numbers[continued] = NEEDS_ASTROPY
        elif field.startswith(b"HIERARCH "):
            hierarch.append(number)
        elif _is_value_card(field):
            continued = field[:8].rstrip().decode("ascii")
            numbers.setdefault(continued, number)
        elif not field.startswith(_COMMENTARY):
            return None
        keywords.append(field[:8].rstrip().decode("ascii"))
        is_ordinary &= keywords[-1] not in _NOT_ORDINARY
    return None
