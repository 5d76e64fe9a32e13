"""Where the keywords of a header stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pytest_fitsproc.fits.blocks import CARD_SIZE, split
from pytest_fitsproc.fits.cards import COMMENTARY_KEYWORDS, KEYWORD_SIZE

# A keyword of these characters is what it looks like; others are folded or trimmed first.
_PLAIN = bytes(code for code in range(0x20, 0x7F) if not chr(code).islower())
_LEGAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- "


def normalised(keyword: str) -> str:
    """Return a keyword, in either case, as it is looked up: the first eight characters in upper case."""
    return keyword[:KEYWORD_SIZE].upper().rstrip(" ")


def is_plain(keywords: bytes) -> bool:
    """Return whether keywords in cards are what they look like: no lower case, nothing unprintable."""
    return not keywords.translate(None, _PLAIN)


class Layout(NamedTuple):
    """The keywords of a header, one a card; all but the flags is empty where they are not plain.

    Attributes
    ----------
    keywords : in their order, without trailing blanks
    first, last : the 0-based positions of the first and the last card of each keyword
    plural : those of several cards, and those of comments
    is_plain : see `is_plain`, of all of them
    is_legal : whether no keyword has a character that asks for a warning
    """

    keywords: tuple[str, ...]
    first: dict[str, int]
    last: dict[str, int]
    plural: frozenset[str]
    is_plain: bool
    is_legal: bool


def layout_of(header: bytes) -> Layout:
    """Return the layout of cards given as bytes, whose number is a multiple of 80."""
    # A card is ten numbers of 8 bytes, the first of which is its keyword.
    fields = memoryview(header).cast("Q")[:: CARD_SIZE // KEYWORD_SIZE].tobytes() if header else b""
    return _layout(fields)


@lru_cache(maxsize=32)
def _layout(fields: bytes) -> Layout:
    """Tell where the keywords are; the headers of an archive mostly have them at the same places."""
    if not is_plain(fields):
        return Layout((), {}, {}, frozenset(), is_plain=False, is_legal=False)
    lines = b"\n".join(split(fields, KEYWORD_SIZE)).decode("ascii")
    keywords = tuple(map(str.rstrip, lines.splitlines()))
    first, last = _first(keywords), _last(keywords)
    plural = COMMENTARY_KEYWORDS | {keyword for keyword, place in first.items() if last[keyword] != place}
    return Layout(keywords, first, last, plural, is_plain=True, is_legal=not fields.translate(None, _LEGAL))


def _first(keywords: Sequence[str]) -> dict[str, int]:
    return dict(zip(reversed(keywords), range(len(keywords) - 1, -1, -1), strict=True))


def _last(keywords: Sequence[str]) -> dict[str, int]:
    return dict(zip(keywords, range(len(keywords)), strict=True))


class KeywordIndex:
    """The 0-based positions of the first and the last card of each keyword."""

    __slots__ = ("_is_shared", "first", "last")

    def __init__(self, first: dict[str, int], last: dict[str, int], *, is_shared: bool) -> None:
        self.first, self.last = first, last
        self._is_shared = is_shared

    @classmethod
    def of(cls, keywords: Sequence[str]) -> KeywordIndex:
        """Return the index of keywords that are normalised."""
        return cls(_first(keywords), _last(keywords), is_shared=False)

    def append(self, keyword: str, position: int) -> None:
        """Take note of a card that was put behind all others."""
        if self._is_shared:
            self.first, self.last = self.first.copy(), self.last.copy()
            self._is_shared = False
        self.first.setdefault(keyword, position)
        self.last[keyword] = position

    def lines(self) -> str:
        """Return the keywords, one a line."""
        return "\n".join(self.last)
