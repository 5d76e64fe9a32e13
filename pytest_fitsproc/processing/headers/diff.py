"""What changes between two headers, card by card."""

from __future__ import annotations

from collections.abc import Iterable

MOST_LINES = 200


def card_diff(old: bytes, new: bytes, max_lines: int = MOST_LINES) -> list[str]:
    """Return the cards that go, as ``-CARD``, and those that come, as ``+CARD``, in the order of the header."""
    raise NotImplementedError


def diff_html(lines: Iterable[str]) -> str:
    """Return the lines of a diff as a fragment of HTML."""
    raise NotImplementedError
