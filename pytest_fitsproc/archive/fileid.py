"""Names of files as they appear in ids, and any text as a terminal may see it."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote_to_bytes

#: What an id must not contain: pytest's own marks ``[ ] ::``, the escape itself, all that ends a line,
#: control characters (C0, DEL, C1) and the surrogates that stand for bytes that are not UTF-8. A colon at
#: either end would form a new ``::`` with its neighbour.
_FORBIDDEN = re.compile(r"::+|\A:|:\Z|[%\[\]\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

#: Names made of these only need no escape; one match is several times faster than the search above.
_is_plain = re.compile(r"[A-Za-z0-9/._+=, -]*").fullmatch


def escape(text: str) -> str:
    """Return `text` as it may stand in an id; `unescape` undoes it.

    The bytes of what must not appear are written ``%XX``. Every string that `os.fsdecode` gives has exactly
    one escaped form.
    """
    if _is_plain(text):
        return text
    return _FORBIDDEN.sub(_percent, text)


def unescape(text: str) -> str:
    """Return the string that `escape` was given; what carries no escape is returned as it is."""
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def file_label(path: str, resdir: str) -> str:
    """Return the part of an id that names a file: its path below `resdir`, or ``../…`` where it is elsewhere.

    Both are absolute and normalised.
    """
    prefix = resdir + "/"
    if path.startswith(prefix):
        return escape(path[len(prefix) :])
    return escape(os.path.relpath(path, resdir))


def path_of_label(label: str, resdir: str) -> str:
    """Return the absolute path that `file_label` was given."""
    return os.path.normpath(os.path.join(resdir, unescape(label)))


def printable(text: str) -> str:
    r"""Return `text` with every character that does not print written as ``\xNN`` (``\uNNNN`` above 255).

    That covers terminal escapes, newlines, bidirectional marks and undecodable bytes. For eyes only: a
    backslash of the text itself stays as it is.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _visible(c) for c in text)


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogateescape"))


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else character.encode("unicode_escape").decode("ascii")
