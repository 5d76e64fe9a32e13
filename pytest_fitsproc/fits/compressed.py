"""A compressed file read forwards, piece by piece: bombs end early, and damage is named."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.content import BZIP2_MAGIC, is_compressed

_INPUT_SIZE = 1 << 14
_SMALLEST_PIECE, _LARGEST_PIECE = 1 << 15, 1 << 20


class Limits(NamedTuple):
    """How far a compressed file is unpacked before it is taken for a bomb.

    A file is refused when it gives more than `ratio` times its own size **and** more than `size` bytes: an
    almost empty map shrinks to a thousandth and is harmless as long as it is small.
    """

    size: int = 256 << 20
    ratio: int = 200


DEFAULT_LIMITS = Limits()


class DamagedError(FitsFormatError):
    """Compressed data are cut short, or their check sum tells that they have changed."""


class ExpansionError(FitsFormatError):
    """A compressed file grows beyond its limits when it is unpacked."""


class CompressedStream:
    """The content of a compressed file; to go back in it is to begin anew.

    Parameters
    ----------
    path : for messages
    read : ``read(offset, size)`` returns bytes of the file as it is on disk
    size : of the file on disk, in bytes
    limits : when to give up

    Attributes
    ----------
    has_garbage : whether anything but NUL bytes follows the compressed data; known when the end was reached
    """

    def __init__(self, path: str, read: Callable[[int, int], bytes], size: int, limits: Limits) -> None:
        self._path, self._read = path, read
        self._limit = max(limits.size, limits.ratio * size)
        self._rewind()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer where the content ends.

        Raises
        ------
        DamagedError, ExpansionError
        """
        if offset < self._start:
            self._rewind()
        while not self._at_end and self._end < offset + size:
            self._forget_before(offset)
            self._extend(offset + size - self._end)
        begin = offset - self._start
        return self._window[begin : begin + size]

    def content_size(self) -> int:
        """Return the length of the content; all of it is unpacked and compared with its check sum.

        Raises
        ------
        DamagedError, ExpansionError
        """
        while not self._at_end:
            self._forget_before(self._end)
            self._extend(_LARGEST_PIECE)
        return self._end

    def _rewind(self) -> None:
        self.has_garbage = self._at_end = False
        self._consumed = self._start = 0
        self._window = self._input = b""
        self._begin_member(self._next_input())

    @property
    def _end(self) -> int:
        return self._start + len(self._window)

    def _forget_before(self, offset: int) -> None:
        count = min(offset - self._start, len(self._window))
        self._start, self._window = self._start + count, self._window[count:]

    def _extend(self, wanted: int) -> None:
        """Unpack the next piece, of about `wanted` bytes."""
        if not self._input and self._member.needs_input:
            self._input = self._next_input()
        data, self._input = self._input, b""
        try:
            piece = self._member.decompress(data, min(max(wanted, _SMALLEST_PIECE), _LARGEST_PIECE))
        except (zlib.error, OSError) as exc:
            raise DamagedError(self._path, f"its compressed data are damaged ({exc})") from exc
        self._window += piece
        if self._end > self._limit:
            raise ExpansionError(
                self._path, f"it unpacks to more than {self._limit >> 20} MB and is taken for a bomb"
            )
        if self._member.eof:
            self._begin_member(self._member.unused_data or self._next_input())
        elif not data and not piece:
            raise DamagedError(self._path, f"its compressed data end early, after {self._end} bytes")

    def _next_input(self) -> bytes:
        data = self._read(self._consumed, _INPUT_SIZE)
        self._consumed += len(data)
        return data

    def _begin_member(self, data: bytes) -> None:
        """Go on with what follows a member: another one, or the end of the content."""
        if is_compressed(data):
            self._member: _Member = bz2.BZ2Decompressor() if data.startswith(BZIP2_MAGIC) else _GzipMember()
            self._input = data
            return
        self._at_end = True
        while data and not self.has_garbage:
            self.has_garbage = bool(data.strip(b"\0"))
            data = self._next_input()


class _Member(Protocol):
    """One compressed stream of a file; bz2's decompressor objects are such."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _GzipMember:
    """zlib's decompressor object with the interface of bz2's."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not self._stream.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
