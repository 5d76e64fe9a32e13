"""One writer at a time: locks that go when their process does."""

from __future__ import annotations

import fcntl
import time

RETRY_S = 0.05


def try_lock(fd: int) -> bool:
    """Lock an open file against other writers until it is closed; return False if another one has it.

    Raises
    ------
    OSError : the file system knows no locks
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(fd: int) -> bool:
    """Return whether somebody else has locked an open file; if not, nobody locks it until it is closed."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def wait_for_lock(fd: int, patience_s: float) -> bool:
    """Lock an open file as soon as others let it go; return False if they do not in time."""
    deadline = time.monotonic() + patience_s
    while not try_lock(fd):
        if time.monotonic() > deadline:
            return False
        time.sleep(RETRY_S)
    return True
