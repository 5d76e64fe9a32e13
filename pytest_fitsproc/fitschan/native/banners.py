"""The COMMENT cards around a native object (SUN/211 §16.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_fitsproc.fits.cards import Card
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan.classes import ancestors

_BLANK = Card("", CardType.COMMENT)
_WIDTH = 64
_FRAMESET_LINES = ("WCS information in AST format", "See http://www.starlink.ac.uk/ast/")
_LINE = re.compile(r"AST(.*AST)?|\s*")
_RULES = {mark: re.compile(rf"AST([ {re.escape(mark)}]*AST)?") for mark in "+-"}


def header(class_name: str) -> list[Card]:
    """Return the blank card and the banner in front of an object."""
    about = _FRAMESET_LINES if "FrameSet" in (class_name, *ancestors(class_name)) else ()
    beginning = f"Beginning of AST data for {class_name} object"
    return [_BLANK, *map(_banner, ("+" * _WIDTH, *about, beginning, "." * _WIDTH))]


def footer(class_name: str) -> list[Card]:
    """Return the banner behind an object."""
    return [
        _banner(text) for text in ("." * _WIDTH, f"End of AST data for {class_name} object", "-" * _WIDTH)
    ]


def _banner(text: str) -> Card:
    left = (_WIDTH - len(text)) // 2
    return Card("COMMENT", CardType.COMMENT, None, f"AST {' ' * left}{text}".ljust(_WIDTH + 5) + "AST")


def extent(cards: Iterable[Card], mark: str) -> int:
    """Return how many cards belong to a banner, counted from the object outwards; 0 where there is none.

    Parameters
    ----------
    cards : those next to the object, the nearest first
    mark : what its outermost line is made of, ``+`` in front of an object and ``-`` behind
    """
    for size, card in enumerate(cards, 1):
        if card.type is not CardType.COMMENT or not _LINE.fullmatch(card.comment):
            return 0
        if _RULES[mark].fullmatch(card.comment):
            return size
    return 0
