"""The two characters that make the keywords of native cards unique (SUN/211 §16.7)."""

from __future__ import annotations

from collections.abc import Container

ALPHABET = "_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SUFFIX_SIZE = 2
BASE_SIZE = 6

_SUFFIXES = [first + second for first in ALPHABET for second in ALPHABET]
_LAST = len(_SUFFIXES) - 1

SUFFIXES = frozenset(_SUFFIXES)
"""All suffixes, and ``__``, which is read but never written."""


class Suffixes:
    """How many suffixes each name has used up in a channel."""

    def __init__(self, used: dict[str, int] | None = None) -> None:
        self._used = used or {}

    def copy(self) -> Suffixes:
        return Suffixes(self._used.copy())

    def keyword(self, name: str, taken: Container[str]) -> str:
        """Return the first six letters of a name and the next suffix that makes no keyword of ``taken``.

        After 728 suffixes the last one, ZZ, is used for ever, as AST does.
        """
        base = name[:BASE_SIZE].upper()
        number = self._used.get(base, 0)
        while True:
            number = min(number + 1, _LAST)
            keyword = base + _SUFFIXES[number]
            if number == _LAST or keyword not in taken:
                self._used[base] = number
                return keyword
