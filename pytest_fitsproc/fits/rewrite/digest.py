"""A hash of what must not change: all bytes of a file but the headers that are edited."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from pytest_fitsproc.fits.rewrite.disk import pieces


def data_pieces(fd: int, size: int, headers: list[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the bytes of a file without some of its headers.

    Parameters
    ----------
    fd : open for reading
    size : of the file, in bytes
    headers : offset and size of each header to leave out, in order
    """
    start = 0
    for offset, length in [*headers, (size, 0)]:
        yield from pieces(fd, start, offset)
        start = offset + length


def sha256(data: Iterable[bytes]) -> str:
    """Return the SHA-256 of data, in hex."""
    digest = hashlib.sha256()
    for piece in data:
        digest.update(piece)
    return digest.hexdigest()


def sha256_of_both(data: Iterable[bytes], copied: Iterable[bytes]) -> str | None:
    """Return the SHA-256 of data that is twice the same, piece by piece; None if it is not.

    To compare costs a tenth of what it costs to hash the copy as well.
    """
    digest = hashlib.sha256()
    for piece, copy in zip_longest(data, copied):
        if piece != copy:
            return None
        digest.update(piece)
    return digest.hexdigest()
