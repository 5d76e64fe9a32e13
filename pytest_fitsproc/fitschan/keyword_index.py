"""Where the keywords of a header stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pytest_fitsproc.fits.cards import KEYWORD_SIZE


@lru_cache(maxsize=8192)
def key(keyword: str) -> bytes:
    """Return a keyword, in either case, as the 8 bytes that it has in a card."""
    return keyword[:KEYWORD_SIZE].rstrip(" ").upper().encode("latin-1", "replace").ljust(KEYWORD_SIZE)


class KeywordIndex:
    """The 0-based positions of the first and the last card of each keyword.

    Parameters
    ----------
    keys : the keyword of each card, as `key` gives it
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        size = len(keys)
        self.first = dict(zip(reversed(keys), range(size - 1, -1, -1), strict=True))
        self.last = dict(zip(keys, range(size), strict=True))

    def __contains__(self, keyword: object) -> bool:
        return isinstance(keyword, str) and key(keyword) in self.first

    def __len__(self) -> int:
        return len(self.first)

    def append(self, keyword: str, position: int) -> None:
        """Take note of a card that was put behind all others."""
        self.first.setdefault(key(keyword), position)
        self.last[key(keyword)] = position

    def lines(self) -> str:
        """Return the keywords, one a line of 8 characters, in no order."""
        return b"\n".join(self.first).decode("latin-1")
