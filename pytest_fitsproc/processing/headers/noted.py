"""What the log of edits knows: runs, the files that each edited, and how their headers were before."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime

# Almost all bytes of a difference are zero; more effort than this does not make it shorter.
_EFFORT = 1


@dataclass(frozen=True, slots=True)
class NotedChange:
    """One header of a file, before and after.

    Attributes
    ----------
    hdu_index : 0 is the primary
    old_sha256, new_sha256 : of the whole header before and after, 32 bytes each
    old_size : of the header before, in bytes
    packed : what makes the old header of the new one, compressed by zlib: the old header, XOR the new one
        where they have the same size
    """

    hdu_index: int
    old_sha256: bytes
    new_sha256: bytes
    old_size: int
    packed: bytes

    @classmethod
    def between(cls, hdu_index: int, old: bytes, new: bytes) -> NotedChange:
        """Return what is to be noted of a header that changes."""
        packed = zlib.compress(_xor(old, new) if len(old) == len(new) else old, _EFFORT)
        return cls(hdu_index, sha256(old), sha256(new), len(old), packed)

    def old_header(self, new: bytes) -> bytes | None:
        """Return the old header, bit for bit, made of the new one; None where the note is damaged."""
        try:
            unpacked = zlib.decompress(self.packed)
        except zlib.error:
            return None
        old = _xor(unpacked, new) if len(unpacked) == len(new) == self.old_size else unpacked
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


def _xor(one: bytes, other: bytes) -> bytes:
    difference = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return difference.to_bytes(len(one), "big")
