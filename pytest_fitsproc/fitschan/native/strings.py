"""Strings of AST objects in cards: quoted where blanks count, split where they are long (SUN/211 §16.5)."""

from __future__ import annotations

CONTINUATION = "&"

_CHUNK = 66
_COMMENT_MARK = 3
_COMMENTED_OUT = 13


def split(value: str, comment: str, is_set: bool) -> list[str]:
    """Return the strings of the card of a value and of the CONTINUE cards behind it.

    Parameters
    ----------
    comment : that of the first card, which leaves the less room the longer it is
    is_set : False where the first card is commented out, which takes room as well
    """
    chunks = []
    room = _CHUNK - len(comment) - _COMMENT_MARK - (0 if is_set else _COMMENTED_OUT)
    while value:
        size = _fitting(value, max(room, 2))
        if size < len(value):
            size = max(size - 1, 1)
            chunks.append(quote(value[:size] + CONTINUATION))
        else:
            chunks.append(quote(value))
        value = value[size:]
        room = _CHUNK
    return chunks


def _fitting(value: str, room: int) -> int:
    """Return how many characters fit, a single quote taking the room of two."""
    if "'" not in value[:room]:
        return min(room, len(value))
    for size, character in enumerate(value):
        room -= 2 if character == "'" else 1
        if room < 0:
            return size
    return len(value)


def quote(value: str) -> str:
    """Return the value in double quotes where its last blanks, or its own double quotes, would get lost.

    >>> quote("trail  "), quote('"q"'), quote("plain")
    ('"trail  "', '""q""', 'plain')
    """
    needs_quotes = value[-1:].isspace() or (value[:1] == '"' and value[-1:] == '"')
    return f'"{value}"' if needs_quotes else value


def unquote(value: str) -> str:
    """Return the value without the double quotes that `quote` put around it."""
    return value[1:-1] if len(value) > 1 and value[0] == '"' and value[-1] == '"' else value
