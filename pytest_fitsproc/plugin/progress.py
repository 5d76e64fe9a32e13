"""How far a worker has come, where the controller can see it when the worker is dead."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_FORMAT = struct.Struct("<qq")


class Progress:
    """Two numbers in a file that two processes map: the item at hand, and the first one not told of.

    Parameters
    ----------
    path : the file; it is made where it is missing
    """

    def __init__(self, path: Path) -> None:
        with path.open("a+b") as file:
            file.truncate(_FORMAT.size)
            self._map = mmap.mmap(file.fileno(), _FORMAT.size)
        self._turn = 0

    def at(self, item: int) -> None:
        """Note that an item begins."""
        self._map[:8] = item.to_bytes(8, "little")
        self._turn = item

    def turns_to(self, item: int) -> None:
        """Know which item the controller is told of next, where that is not the one at hand."""
        self._turn = item

    def waits(self) -> None:
        """Note that the item whose turn it is is the first of which the controller is told later."""
        # Zero stands for none.
        self._map[8:] = (self._turn + 1).to_bytes(8, "little")

    def told(self) -> None:
        """Note that nothing waits any more."""
        self._map[8:] = bytes(8)

    def read(self) -> tuple[int, int]:
        """The item at hand, and the first one that the controller was not told of; that at hand if none."""
        at, waiting = _FORMAT.unpack(self._map[:])
        return at, waiting - 1 if waiting else at
