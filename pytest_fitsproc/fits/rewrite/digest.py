"""A hash of what must not change: all bytes of a file but the headers that are edited."""

from __future__ import annotations

import hashlib

from pytest_fitsproc.fits.rewrite.disk import pieces


def data_sha256(fd: int, size: int, headers: list[tuple[int, int]]) -> str:
    """Return the SHA-256, in hex, of a file without some of its headers.

    Parameters
    ----------
    fd : open for reading
    size : of the file, in bytes
    headers : offset and size of each header to leave out, in order
    """
    digest = hashlib.sha256()
    start = 0
    for offset, length in [*headers, (size, 0)]:
        for piece in pieces(fd, start, offset):
            digest.update(piece)
        start = offset + length
    return digest.hexdigest()
