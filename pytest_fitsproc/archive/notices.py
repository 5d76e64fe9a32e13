"""What a user should know about a listing although it is no error."""

from __future__ import annotations

from pytest_fitsproc.archive.fileid import printable


class Notices:
    """Lines for the user; the same remark about many files makes one line."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def add(self, remark: str, example: str = "") -> None:
        """Make a remark, about `example` where it concerns one of possibly many files."""
        self._first.setdefault(remark, example)
        self._count[remark] = self._count.get(remark, 0) + 1

    def lines(self) -> list[str]:
        """Return the remarks in the order in which they were first made."""
        return [self._line(remark, example) for remark, example in self._first.items()]

    def _line(self, remark: str, example: str) -> str:
        if not example:
            return printable(remark)
        others = self._count[remark] - 1
        return printable(f"{remark}: {example}") + (f" (and {others} more)" if others else "")
