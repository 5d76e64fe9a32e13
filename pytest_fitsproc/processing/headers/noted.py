"""What the log of edits knows: runs, the files that each edited, and how their headers were before."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_fitsproc.fits.rewrite import HeaderChange

# Up to this many bytes are as quickly read back as they are, and cost no time.
_NOT_WORTH_PACKING = 256

# With the new bytes as a dictionary there is next to nothing to compress.
_EFFORT = 1
_MEMORY_LEVEL = 5
_RAW = -zlib.MAX_WBITS
_SMALLEST_WINDOW = 12
_LOOK_AHEAD = 262

_TYPES = (int, bytes, bytes, int, int, int, bytes)


class NotedChange(NamedTuple):
    """One header of a file, before and after.

    Attributes
    ----------
    hdu_index : 0 is the primary
    old_sha256, new_sha256 : of the whole header before and after, 32 bytes each
    old_size : of the whole header before, in bytes
    start, stop : the span of the new header that the old bytes stand in place of; empty where the two have
        different sizes
    packed : the old bytes of the span as they are where they are few, else deflated (RFC 1951) with the new
        bytes as dictionary; all of the old header, deflated, where the two have different sizes
    """

    hdu_index: int
    old_sha256: bytes
    new_sha256: bytes
    old_size: int
    start: int
    stop: int
    packed: bytes

    @classmethod
    def of(cls, change: HeaderChange) -> NotedChange:
        """Return what is to be noted of a header that changes."""
        old, new = change.old, change.new
        hashes = change.old_sha256, sha256(new)
        if not change.keeps_size:
            return cls(change.hdu_index, *hashes, len(old), 0, 0, _deflated(old, b""))
        span = change.span
        before = old[span]
        packed = before if len(before) <= _NOT_WORTH_PACKING else _deflated(before, new[span])
        return cls(change.hdu_index, *hashes, len(old), span.start, span.stop, packed)

    @classmethod
    def of_row(cls, row: Sequence[object]) -> NotedChange:
        """Return a change made of its values in a database; TypeError where they are of other types."""
        if tuple(map(type, row)) != _TYPES:
            raise TypeError(f"not the values of a header that changes: {row!r}")
        return cls._make(row)

    def old_header(self, new: bytes) -> bytes | None:
        """Return the old header, bit for bit, made of the new one; None where the note is damaged."""
        span = new[self.start : self.stop]
        try:
            is_packed = len(new) != self.old_size or len(span) > _NOT_WORTH_PACKING
            old = _inflated(self.packed, span) if is_packed else self.packed
        except zlib.error:
            return None
        if len(new) == self.old_size:
            old = new[: self.start] + old + new[self.stop :]
        return old if sha256(old) == self.old_sha256 else None


@dataclass(frozen=True, slots=True)
class NotedEdit:
    """A file whose headers a processor edited, or was about to edit when its run was killed.

    Attributes
    ----------
    number : by which it is struck; later edits have higher ones
    path : absolute
    run, processor : who edited it
    time : when, in UTC
    changes : its headers that were to change, in order of the HDUs
    """

    number: int
    path: str
    run: str
    processor: str
    time: datetime
    changes: tuple[NotedChange, ...]


@dataclass(frozen=True, slots=True)
class NotedRun:
    """A run that edited files.

    Attributes
    ----------
    name : by which it is undone
    time : of its first edit, in UTC
    processors : names of those that edited, in order of their first edits
    files : how many files it edited
    """

    name: str
    time: datetime
    processors: tuple[str, ...]
    files: int


def sha256(header: bytes) -> bytes:
    """Return the SHA-256 of a header, 32 bytes."""
    return hashlib.sha256(header).digest()


def _deflated(data: bytes, dictionary: bytes) -> bytes:
    # As much memory as the dictionary needs: what is given back to the system each time costs more.
    window = min(max((len(dictionary) + _LOOK_AHEAD).bit_length(), _SMALLEST_WINDOW), zlib.MAX_WBITS)
    packer = zlib.compressobj(_EFFORT, zlib.DEFLATED, -window, _MEMORY_LEVEL, zdict=dictionary)
    return packer.compress(data) + packer.flush()


def _inflated(packed: bytes, dictionary: bytes) -> bytes:
    unpacker = zlib.decompressobj(_RAW, zdict=dictionary)
    return unpacker.decompress(packed) + unpacker.flush()
