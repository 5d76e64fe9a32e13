"""Text as it fits into a terminal: in ASCII, or in so many columns."""

from __future__ import annotations

import unicodedata


def ascii_only(text: str) -> str:
    r"""Return `text` with everything beyond ASCII written as ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes: 2 for a wide East Asian character."""
    return len(text) if text.isascii() else sum(map(_character_columns, text))


def shortened(text: str, limit: int, ellipsis: str = "…") -> str:
    """Return `text`, cut and ended with `ellipsis` where it is wider than `limit` columns."""
    if columns(text) <= limit:
        return text
    room = max(limit - columns(ellipsis), 0)
    taken = 0
    for end, character in enumerate(text):
        taken += _character_columns(character)
        if taken > room:
            return text[:end] + ellipsis[: limit or None]
    return text


def _character_columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
