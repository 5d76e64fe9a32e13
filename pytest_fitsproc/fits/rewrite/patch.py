"""The bytes in which an edited header differs, and how to take them back."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from pytest_fitsproc.fits.rewrite.disk import read_at, write_at
from pytest_fitsproc.fits.rewrite.edit import HeaderChange


class Patch(NamedTuple):
    """The span of one header from its first to its last byte that changes.

    Attributes
    ----------
    header_offset, header_size : where the header is in the file, in bytes
    start : of the span, in the header
    old, new : its bytes before and after, of one length
    old_sha256 : of the whole old header, in hex; what tells a header of ours from one that others wrote
    """

    header_offset: int
    header_size: int
    start: int
    old: bytes
    new: bytes
    old_sha256: str

    @classmethod
    def of(cls, change: HeaderChange, header_offset: int) -> Patch:
        """Return the patch that makes the new header of the old one; they differ and have one size."""
        old, new, span = change.old, change.new, change.span
        return cls(header_offset, len(old), span.start, old[span], new[span], change.old_sha256.hex())

    @property
    def offset(self) -> int:
        """Of the span, in the file."""
        return self.header_offset + self.start

    def write(self, fd: int) -> None:
        """Write the new bytes."""
        write_at(fd, self.new, self.offset)

    def restore(self, fd: int) -> None:
        """Write the old bytes."""
        write_at(fd, self.old, self.offset)

    def find(self, fd: int) -> bytes | None:
        """Return the bytes that a file has in the span, or None if others have written to the header since.

        Each byte must be the old or the new one: a write that was cut off leaves some of each.
        """
        header = read_at(fd, self.header_size, self.header_offset)
        stop = self.start + len(self.old)
        found = header[self.start : stop]
        is_mixture = all(byte in pair for byte, *pair in zip(found, self.old, self.new, strict=False))
        repaired = header[: self.start] + self.old + header[stop:]
        is_ours = is_mixture and hashlib.sha256(repaired).hexdigest() == self.old_sha256
        return found if is_ours else None
