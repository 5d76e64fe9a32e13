"""What the cards of a native object say, without the suffixes of their keywords (SUN/211 §16.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias, cast

from pytest_fitsproc.fits.cards import Card
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.native.suffixes import SUFFIX_SIZE, SUFFIXES
from pytest_fitsproc.fitschan.objects import ItemKind

Entry: TypeAlias = tuple[str, ItemKind, str | int | float, str]
"""Name in capitals, kind, value and comment; plain, because one is made for every card."""

# Members under names of their own: to ask their class for one costs Python 3.11 as much as a small call.
_INT, _DOUBLE, _STRING = ItemKind.INT, ItemKind.DOUBLE, ItemKind.STRING
_KINDS = {
    CardType.INT: _INT,
    CardType.INT64: _INT,
    CardType.FLOAT: _DOUBLE,
    CardType.STRING: _STRING,
}

# A line for each card, without the blanks at its end: name, string, number and comment where it is written as
# most programs do it; else all are empty. What is read from them so is what the long way says, only sooner.
_common_fields = re.compile(
    r"""^(?: (?!COMMENT\ |HISTORY\ ) ([A-Z0-9_-]{1,6})[A-Z_]{2}\ *+(?<=^.{8})=\ ++
        (?: '([\x20-&(-~]*+)' | ([+-]?[0-9]{1,18}+(?:\.[0-9]*+(?:E[+-]?[0-9]++)?)?) )\ *+
        (?: /\ *+([\x20-~]*+) )?$ | .*)""",
    re.VERBOSE | re.MULTILINE,
).findall


def common_entries(cards: Sequence[bytes | Card]) -> list[Entry | None]:
    """Return what each card says that is written as most programs do it; None for others."""
    lines = b"\n".join([card.rstrip(b" ") if isinstance(card, bytes) else b"" for card in cards])
    found = _common_fields(lines.decode("latin-1"))
    if len(found) > len(cards):  # a card has a line feed in it
        return [None] * len(cards)
    entries: list[Entry | None] = []
    for name, text, number, comment in found:
        if not number:
            entries.append((name, _STRING, text, comment) if name else None)
        elif "." in number:
            entries.append((name, _DOUBLE, float(number), comment))
        else:
            entries.append((name, _INT, int(number), comment))
    return entries


def entry_of(card: Card) -> Entry | None:
    """Return what any card says; None for a comment.

    Raises
    ------
    FitsChanError : the card is no part of an object, code BADIN
    """
    name, suffix = card.keyword[:-SUFFIX_SIZE], card.keyword[-SUFFIX_SIZE:]
    kind = _KINDS.get(card.type)
    if kind is not None and name and suffix in SUFFIXES:
        return name, kind, cast(str | int | float, card.value), card.comment
    if card.type is not CardType.COMMENT:
        raise FitsChanError("BADIN", "this card is no part of an object")
    return None
