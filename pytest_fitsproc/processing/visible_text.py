"""Text that comes from headers and file names, made safe and narrow enough to be shown."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    r"""Return `text` with every character that does not print written as ``\xNN`` (``\uNNNN`` above 255).

    That covers terminal escapes, newlines, bidirectional marks and lone surrogates. For eyes only: a
    backslash of the text itself stays as it is.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


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


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else character.encode("unicode_escape").decode("ascii")


def _character_columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
