"""What a file is that was taken for FITS: told by its first bytes."""

from __future__ import annotations

import re

GZIP_MAGIC = b"\x1f\x8b"
BZIP2_MAGIC = b"BZh"

HEADER_TEXT = "the text of a header in lines, not FITS with its cards of 80 bytes"

FIRST_BYTES = (
    (b"SIMPLE  ", "FITS"),
    (GZIP_MAGIC, "gzip data"),
    (BZIP2_MAGIC, "bzip2 data"),
    (b"\x1f\x9d", "compressed by Unix compress (.Z), which is not read: uncompress it first"),
    (b"\xfd7zXZ\0", "xz data, which is not read: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstandard data, which is not read: unpack it first"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"XTENSION", "a FITS extension without a primary header"),
    (b"SIMPLE", "a FITS header whose first card is not SIMPLE in the fixed format"),
)
"""First bytes and what they tell; the first that fits counts."""

_MARKUP = (
    (re.compile(rb"\s*(?:<!doctype\s+html|<html|<head|<body)", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"\s*<\?xml|\s*<votable", re.IGNORECASE), "XML"),
)
_TEXT_HEADER = re.compile(rb"(?:[A-Z0-9_-]{1,8} *= |COMMENT|HISTORY)[ -~]{0,80}[\r\n]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def is_compressed(head: bytes) -> bool:
    """Return whether a file that begins with `head` is unpacked as it is read."""
    return head.startswith((GZIP_MAGIC, BZIP2_MAGIC))


def content_name(head: bytes) -> str:
    """Return what a file holds, in words for a message: ``"FITS"``, ``"an HTML page"``, ``"text"``, …

    Parameters
    ----------
    head : the first bytes of the file; a few hundred are enough
    """
    if not head:
        return "an empty file"
    return next((name for magic, name in FIRST_BYTES if head.startswith(magic)), None) or _name_by_look(head)


def _name_by_look(head: bytes) -> str:
    """Return the name of content that has no signature."""
    for pattern, name in _MARKUP:
        if pattern.match(head):
            return name
    if not head.strip(b"\0"):
        return "nothing but NUL bytes"
    if not head.strip():
        return "nothing but blanks"
    if _TEXT_HEADER.match(head):
        return HEADER_TEXT
    return "binary data of unknown kind" if _BINARY.search(head) else "text"
