"""A forked worker, as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from pytest_fitsproc.processing.frames import Frame, FrameReader, FrameWriter

Serve = Callable[[FrameReader, FrameWriter], NoReturn]
"""What a worker does with its ends of the pipes; it leaves the process itself."""

# Seconds that a worker has to clean up after an interrupt, and between two looks whether it is gone.
_GRACE = 2.0
_LOOK = 0.01


class Child:
    """A process that was forked from this one, and the pipes to it and from it.

    Parameters
    ----------
    serve : runs in the child
    siblings : forked before; the child must not keep their pipes open
    """

    def __init__(self, serve: Serve, siblings: list[Child]) -> None:
        task_reader, task_writer = os.pipe()
        reply_reader, reply_writer = os.pipe()
        self._tasks, self._replies = FrameWriter(task_writer), FrameReader(reply_reader)
        self._status: int | None = None
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(Exception):
                stream.flush()  # type: ignore[union-attr]
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for relative in (self, *siblings):
                    relative.close()
                serve(FrameReader(task_reader), FrameWriter(reply_writer))
            finally:
                os._exit(1)
        os.close(task_reader)
        os.close(reply_writer)

    @property
    def fd(self) -> int:
        """The descriptor that is readable when there is something to `hear`."""
        return self._replies.fd

    @property
    def is_dismissed(self) -> bool:
        """Whether it was dismissed."""
        return self._tasks.fd < 0

    @property
    def is_mute(self) -> bool:
        """Whether it has died, or closed its pipe, and everything it said was heard."""
        return self._status is not None or self._replies.at_end

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send a message; that a child is dead is noticed when it is heard."""
        with contextlib.suppress(BrokenPipeError):
            self._tasks.write(kind, payload)

    def dismiss(self) -> None:
        """Tell it that nothing more will come."""
        self._tasks.close()

    def hear(self) -> list[Frame]:
        """Return what it has said, waiting for it; after its death, all that is left."""
        return self._replies.read() if self._status is None else self._replies.drain()

    def has_died(self) -> bool:
        """Whether the process has ended, although a descendant of it may keep its pipe open."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def close(self) -> None:
        """Close the pipes."""
        self._tasks.close()
        self._replies.close()

    def kill(self) -> str:
        """End the process if it has not ended, and say how it ended."""
        self.close()
        if not self.has_died():
            os.kill(self._pid, signal.SIGKILL)
            self._status = os.waitpid(self._pid, 0)[1]
        assert self._status is not None
        return _described(self._status)

    def interrupt(self) -> None:
        """Interrupt the process as Ctrl-C does."""
        self.close()
        if not self.has_died():
            os.kill(self._pid, signal.SIGINT)

    def wait(self) -> None:
        """Give the process a moment to end by itself, then end it."""
        deadline = time.monotonic() + _GRACE
        while not self.has_died() and time.monotonic() < deadline:
            time.sleep(_LOOK)
        self.kill()


def _described(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it exited with status {code}"
    try:
        return f"it was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was killed by signal {-code}"
