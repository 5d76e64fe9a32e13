"""Messages through a pipe: a kind of one byte, and any number of bytes."""

from __future__ import annotations

import os
from struct import Struct
from typing import NamedTuple

_HEAD = Struct("!cQ")
_READ = 1 << 16


class Frame(NamedTuple):
    """One message."""

    kind: bytes
    payload: bytes


class FrameWriter:
    """The end of a pipe that messages go into.

    Parameters
    ----------
    fd : the descriptor, which belongs to the writer
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def write(self, kind: bytes, payload: bytes = b"") -> None:
        """Write a message, and wait until the pipe has taken all of it.

        Raises
        ------
        BrokenPipeError
            Nobody reads any more.
        """
        data = memoryview(_HEAD.pack(kind, len(payload)) + payload)
        while data:
            data = data[os.write(self.fd, data) :]

    def close(self) -> None:
        """Close the descriptor."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class FrameReader:
    """The end of a pipe that messages come out of.

    Parameters
    ----------
    fd : the descriptor, which belongs to the reader

    Attributes
    ----------
    at_end : whether nobody can write any more
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.at_end = False
        self._bytes = bytearray()

    def read(self) -> list[Frame]:
        """Return the messages that are complete after one more read of the pipe, which may wait."""
        self._fill()
        return self._take()

    def drain(self) -> list[Frame]:
        """Return all that is in the pipe, without waiting for more."""
        os.set_blocking(self.fd, False)
        while self._fill():
            pass
        return self._take()

    def close(self) -> None:
        """Close the descriptor."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _fill(self) -> bool:
        try:
            data = os.read(self.fd, _READ)
        except BlockingIOError:
            return False
        self.at_end = not data
        self._bytes += data
        return bool(data)

    def _take(self) -> list[Frame]:
        frames = []
        start = 0
        while len(self._bytes) - start >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._bytes, start)
            end = start + _HEAD.size + length
            if len(self._bytes) < end:
                break
            frames.append(Frame(kind, bytes(self._bytes[start + _HEAD.size : end])))
            start = end
        del self._bytes[:start]
        return frames
