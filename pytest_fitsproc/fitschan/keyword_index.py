"""Where the keywords of a header stand."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from pytest_fitsproc.fits.blocks import CARD_SIZE
from pytest_fitsproc.fits.cards import KEYWORD_SIZE


@lru_cache(maxsize=8192)
def key(keyword: str) -> bytes:
    """Return a keyword, in either case, as the 8 bytes that it has in a card."""
    return keyword[:KEYWORD_SIZE].upper().encode("latin-1", "replace").ljust(KEYWORD_SIZE)


def keyword_columns(cards: bytes, size: int = CARD_SIZE) -> bytes:
    """Return the keywords of cards by column: the first bytes of all of them, then the second ones, ….

    Parameters
    ----------
    size : bytes of a card
    """
    return b"".join([cards[column::size] for column in range(KEYWORD_SIZE)])


class _Places(NamedTuple):
    """The 0-based positions of the first and the last card of each keyword."""

    first: dict[bytes, int]
    last: dict[bytes, int]


class KeywordIndex:
    """The 0-based positions of the first and the last card of each keyword.

    Parameters
    ----------
    columns : the keywords of the cards, as `keyword_columns` gives them
    """

    def __init__(self, columns: bytes) -> None:
        self.first, self.last = _places(columns)
        self._is_shared = True

    def __contains__(self, keyword: object) -> bool:
        return isinstance(keyword, str) and key(keyword) in self.first

    def __len__(self) -> int:
        return len(self.first)

    def append(self, keyword: str, position: int) -> None:
        """Take note of a card that was put behind all others."""
        if self._is_shared:
            self.first, self.last = self.first.copy(), self.last.copy()
            self._is_shared = False
        self.first.setdefault(key(keyword), position)
        self.last[key(keyword)] = position

    def lines(self) -> str:
        """Return the keywords, one a line of 8 characters, in no order."""
        return b"\n".join(self.first).decode("latin-1")


@lru_cache(maxsize=32)
def _places(columns: bytes) -> _Places:
    """Tell where the keywords are; the headers of an archive mostly have them at the same places."""
    size = len(columns) // KEYWORD_SIZE
    keys = [columns[position::size] for position in range(size)]
    return _Places(
        dict(zip(reversed(keys), range(size - 1, -1, -1), strict=True)),
        dict(zip(keys, range(size), strict=True)),
    )
