"""What no two processes may share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class PerProcess(Generic[Thing]):
    """Something that is made when it is first asked for, and again in each forked process that asks.

    Parameters
    ----------
    make : makes it
    """

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._made: dict[int, Thing] = {}

    def __call__(self) -> Thing:
        """Return that of this process.

        A parent's connection stays open here: to close it would end the parent's session at the server.
        """
        pid = os.getpid()
        if pid not in self._made:
            self._made[pid] = self._make()
        return self._made[pid]

    def take(self) -> Thing | None:
        """Return that of this process, if there is one, and forget it."""
        return self._made.pop(os.getpid(), None)
