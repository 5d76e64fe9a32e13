"""A FITS file that is opened once: its headers as bytes, and where its HDUs lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.blocks import (
    CARD_SIZE,
    MAX_HEADER_CARDS,
    MAX_HEADER_SIZE,
    end_offset,
    padded,
    split_cards,
)
from pytest_fitsproc.fits.content import HEADER_TEXT, content_name, is_compressed
from pytest_fitsproc.fits.structure import Structure, read_structure

if TYPE_CHECKING:
    from pytest_fitsproc.fits.compressed import CompressedStream, Limits

FIRST_READ = 28_800
"""Bytes read at once when a file is opened: ten blocks hold nearly every primary header."""

# Without O_NONBLOCK, a named pipe among the data would wait for a writer for ever.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_EXTENSION = b"XTENSION"
_PRIMARY = b"SIMPLE  "


class FileAccessError(FitsprocError, OSError):
    """A file can't be opened or read: it vanished, is not ours to read, is no file, or its disk fails."""

    def __init__(self, path: str, reason: str, errno: int | None = None) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason, self.errno = path, reason, errno


class ForeignContentError(FitsFormatError):
    """No FITS header begins where one should: the file holds something else."""


class MissingEndError(FitsFormatError):
    """A header has no END card, or the file ends before the header's last block does."""


class Hdu(NamedTuple):
    """One HDU and its place in the content of the file (of the unpacked content, where it is compressed).

    Attributes
    ----------
    hdu_index : 0 is the primary
    offset : of the header's first byte
    header : whole blocks, with END and the padding after it
    structure : what the header says of the data
    """

    hdu_index: int
    offset: int
    header: bytes
    structure: Structure

    @property
    def data_offset(self) -> int:
        """Offset of the first byte of data."""
        return self.offset + len(self.header)

    @property
    def data_end(self) -> int:
        """Offset after the last byte of data, where padding begins."""
        return self.data_offset + self.structure.data_size

    @property
    def end(self) -> int:
        """Offset after the last block of data, where the next HDU begins."""
        return self.data_offset + self.structure.padded_size


class FitsFile:
    """A file of the archive, opened on first use and only once.

    Everything goes through one descriptor and ``pread``. gzip and bzip2 content, told by its first bytes
    whatever the name says, is unpacked in a stream. After `close` the next use opens the file again, and
    reads what is there then.

    Parameters
    ----------
    path : of the file
    limits : how far compressed content is unpacked; None for `compressed.DEFAULT_LIMITS`

    Raises
    ------
    FileAccessError
        By any member that reads: the file can't be opened or read.
    FitsFormatError
        By any member that reads headers: the content is not FITS.
    """

    __slots__ = ("_fd", "_file", "_head", "_headers", "_limits", "_status", "_stream", "path")

    _status: os.stat_result
    _head: bytes
    _headers: list[bytes]

    def __init__(self, path: str, limits: Limits | None = None) -> None:
        self.path = path
        self._limits = limits
        self._fd = -1
        self._file: BinaryIO | None = None
        self._stream: CompressedStream | None = None

    def __enter__(self) -> FitsFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and forget what was read of it."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._stream = None

    @property
    def status(self) -> os.stat_result:
        """What the system knows of the opened file: size, times, inode."""
        self.open()
        return self._status

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.status.st_size

    @property
    def is_compressed(self) -> bool:
        """Whether the content is unpacked as it is read, whatever the file's name says."""
        self.open()
        return self._stream is not None

    @property
    def has_garbage(self) -> bool:
        """Whether anything but NUL bytes follows the compressed data; known once all were unpacked."""
        return self._stream is not None and self._stream.has_garbage

    @property
    def content_size(self) -> int:
        """Bytes of content: those on disk; of a compressed file those it unpacks to, which are all read."""
        self.open()
        return self._status.st_size if self._stream is None else self._stream.content_size()

    @property
    def file(self) -> BinaryIO:
        """A seekable file of the bytes on disk, at its beginning; astropy's ``fits.open`` takes it.

        It shares our open file, and so its position with all other users of this property: one at a time.
        """
        self.open()
        if self._file is None or self._file.closed:
            # A descriptor of its own, which whoever gets the file may close, and the path as its name.
            self._file = open(self.path, "rb", opener=lambda *_: os.dup(self._fd))  # noqa: SIM115
        self._file.seek(0)
        return self._file

    def header_bytes(self, hdu_index: int = 0) -> bytes:
        """Return a header in whole blocks, with END and the padding after it; read once, then kept.

        Raises
        ------
        FitsFormatError
            The file is not FITS up to that header, or has fewer HDUs.
        """
        self.open()
        if 0 <= hdu_index < len(self._headers):
            return self._headers[hdu_index]
        if hdu_index == 0:
            return self._read_header(0, 0)
        for hdu in self.hdus():
            if hdu.hdu_index == hdu_index:
                return hdu.header
        reason = f"there is no such HDU, the file has {len(self._headers)}"
        raise FitsFormatError(self.path, reason, hdu_index=hdu_index)

    def hdus(self) -> Iterator[Hdu]:
        """Yield the HDUs in order, reading no data of a plain file.

        The last is the one after which no extension begins. What follows it, and whether its data are all
        there, is told by comparing its `Hdu.end` with `content_size`.
        """
        self.open()
        index = offset = 0
        while True:
            header = self._headers[index] if index < len(self._headers) else self._read_header(index, offset)
            hdu = Hdu(index, offset, header, read_structure(header, path=self.path, hdu_index=index))
            yield hdu
            index, offset = index + 1, hdu.end
            if self.read_at(offset, len(_EXTENSION)) != _EXTENSION:
                return

    def read_at(self, offset: int, size: int) -> bytes:
        """Return bytes of the content, unpacked where it is compressed; fewer where it ends."""
        self.open()
        if self._stream is not None:
            return self._stream.read_at(offset, size)
        if offset + size <= len(self._head):
            return self._head[offset : offset + size]
        return self._read_disk(offset, size) if offset < self._status.st_size else b""

    def open(self) -> None:
        """Open the file and read its first blocks, unless it is open; every other member does this itself."""
        if self._fd >= 0:
            return
        try:
            self._fd = os.open(self.path, _FLAGS)
        except FileNotFoundError as exc:
            raise FileAccessError(self.path, "there is no such file (any more)", exc.errno) from exc
        except OSError as exc:
            raise FileAccessError(self.path, f"can't be opened: {exc.strerror}", exc.errno) from exc
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Read what everything else needs of the opened file."""
        self._status = os.fstat(self._fd)
        if not S_ISREG(self._status.st_mode):
            raise FileAccessError(self.path, "is no regular file")
        self._headers = []
        self._head = self._read_disk(0, FIRST_READ)
        if is_compressed(self._head):
            self._stream = self._open_stream()

    def _open_stream(self) -> CompressedStream:
        from pytest_fitsproc.fits.compressed import DEFAULT_LIMITS, CompressedStream

        return CompressedStream(self.path, self._read_disk, self.size, self._limits or DEFAULT_LIMITS)

    def _read_disk(self, offset: int, size: int) -> bytes:
        """Return bytes as they are on disk; a read cut short by a signal or a network file system goes on."""
        try:
            data = os.pread(self._fd, size, offset)
            while len(data) < min(size, self._status.st_size - offset):
                more = os.pread(self._fd, size - len(data), offset + len(data))
                if not more:
                    break
                data += more
        except OSError as exc:
            raise FileAccessError(self.path, f"can't be read: {exc.strerror}", exc.errno) from exc
        return data

    def _read_header(self, index: int, offset: int) -> bytes:
        """Read the next header and keep it; a long one comes in growing pieces."""
        raw = self.read_at(offset, FIRST_READ) if offset or self._stream else self._head
        if not raw.startswith(_EXTENSION if index else _PRIMARY):
            raise ForeignContentError(self.path, self._foreign(raw), hdu_index=index)
        end = end_offset(raw)
        if end < 0:
            if b"\n" in raw[: 2 * CARD_SIZE]:
                raise ForeignContentError(self.path, f"is {HEADER_TEXT}", hdu_index=index)
            raw, end = self._read_long_header(raw, index, offset)
        size = padded(end + CARD_SIZE)
        if len(raw) < size:
            raw += self.read_at(offset + len(raw), size - len(raw))
        if len(raw) < size:
            reason = f"the last block of the header lacks {size - len(raw)} bytes"
            raise MissingEndError(self.path, reason, hdu_index=index)
        self._headers.append(raw[:size])
        return self._headers[index]

    def _read_long_header(self, raw: bytes, index: int, offset: int) -> tuple[bytes, int]:
        """Return a header that goes on after `raw`, and the offset of its END card."""
        while more := self.read_at(offset + len(raw), min(len(raw), MAX_HEADER_SIZE - len(raw))):
            start, raw = len(raw) // CARD_SIZE * CARD_SIZE, raw + more
            end = end_offset(raw, start)
            if end >= 0:
                return raw, end
        raise MissingEndError(self.path, _without_end(raw), hdu_index=index)

    def _foreign(self, raw: bytes) -> str:
        content = content_name(raw[:512])
        return f"its unpacked content is {content}, not FITS" if self._stream else f"is {content}, not FITS"


def _without_end(raw: bytes) -> str:
    """Say that there is no END card, and what might have been meant as one."""
    for number, card in enumerate(split_cards(raw), 1):
        if card.startswith(b"END") and not card[3:4].isalnum():
            return f"the header has no END card: card {number} begins with END but does not go on in blanks"
    count = len(raw) // CARD_SIZE
    if count == MAX_HEADER_CARDS:
        return f"the header has no END card among its first {count} cards"
    return f"the header has no END card; the file ends after {count} cards of it"
