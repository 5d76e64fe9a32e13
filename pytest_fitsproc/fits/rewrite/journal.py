"""The journal of a block of files: what takes the block back if it is not finished.

It is on disk before the first file is touched, and it is gone before anybody is told that the block is done.
Its writer keeps it locked, so that a journal without a lock is one that a process died with.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from pytest_fitsproc.fits.rewrite.disk import (
    NEW_FILE,
    close_quietly,
    flush,
    flush_directory,
    make_directory,
    read_at,
    write_at,
)
from pytest_fitsproc.fits.rewrite.lock import is_locked, try_lock, wait_for_lock
from pytest_fitsproc.fits.rewrite.patch import Patch

SUFFIX = ".journal"
TEMPORARY_PREFIX, TEMPORARY_SUFFIX = ".fitsproc-", ".tmp"

_MAGIC = b"fitsproc journal 1\n"
_HASH_SIZE = 32


class Undo(NamedTuple):
    """How one file gets its old headers back.

    Attributes
    ----------
    path : real path of the file
    mtime_ns : its time of modification, in nanoseconds
    patches : what was to be written to it
    """

    path: str
    mtime_ns: int
    patches: tuple[Patch, ...]

    def restore(self, fd: int) -> None:
        """Write the old bytes and the old time of modification."""
        for patch in self.patches:
            patch.restore(fd)
        os.utime(fd, ns=(os.fstat(fd).st_atime_ns, self.mtime_ns))


class Content(NamedTuple):
    """What a journal tells.

    Attributes
    ----------
    undos : the files edited in place
    temporaries : real paths of the files made to replace others
    """

    undos: tuple[Undo, ...]
    temporaries: tuple[str, ...]

    @classmethod
    def union(cls, contents: Iterable[Content]) -> Content:
        """Return all of several contents."""
        parts = list(contents)
        return cls(
            tuple(undo for part in parts for undo in part.undos),
            tuple(path for part in parts for path in part.temporaries),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take back."""
        return not self.undos and not self.temporaries

    def to_bytes(self) -> bytes:
        """Return the journal's bytes, with a hash that tells whether they are all there."""
        fields = {"undos": [_undo_fields(undo) for undo in self.undos], "temporaries": self.temporaries}
        payload = json.dumps(fields).encode("ascii")
        return _MAGIC + hashlib.sha256(payload).digest() + payload

    @classmethod
    def from_bytes(cls, raw: bytes) -> Content | None:
        """Return the content, or None if bytes are missing: then nothing was done on their ground."""
        digest, payload = raw[len(_MAGIC) : len(_MAGIC) + _HASH_SIZE], raw[len(_MAGIC) + _HASH_SIZE :]
        if not raw.startswith(_MAGIC) or hashlib.sha256(payload).digest() != digest:
            return None
        fields = json.loads(payload)
        return cls(tuple(_undo(undo) for undo in fields["undos"]), tuple(fields["temporaries"]))


def _undo_fields(undo: Undo) -> list[Any]:
    patches = [
        [
            patch.header_offset,
            patch.header_size,
            patch.start,
            patch.old.hex(),
            patch.new.hex(),
            patch.old_sha256,
        ]
        for patch in undo.patches
    ]
    return [undo.path, undo.mtime_ns, patches]


def _undo(fields: list[Any]) -> Undo:
    path, mtime_ns, patches = fields
    return Undo(path, mtime_ns, tuple(_patch(*patch) for patch in patches))


def _patch(offset: int, size: int, start: int, old: str, new: str, old_sha256: str) -> Patch:
    return Patch(offset, size, start, bytes.fromhex(old), bytes.fromhex(new), old_sha256)


class Journal:
    """A journal file, open and locked.

    Attributes
    ----------
    path : of the file
    """

    def __init__(self, path: str, fd: int) -> None:
        self.path, self._fd = path, fd

    @classmethod
    def create(cls, directory: str, content: Content, syncs: bool) -> Journal:
        """Return a new journal with its content on disk.

        Raises
        ------
        OSError : it can't be written; then there is none
        """
        make_directory(directory, syncs)
        journal = cls._create_locked(directory)
        try:
            write_at(journal._fd, content.to_bytes(), 0)
            flush(journal._fd, syncs)
            flush_directory(directory, syncs)
        except BaseException:
            journal.discard()
            raise
        return journal

    @classmethod
    def _create_locked(cls, directory: str) -> Journal:
        while True:
            path = os.path.join(directory, f"{os.getpid()}-{os.urandom(8).hex()}{SUFFIX}")
            journal = cls(path, os.open(path, NEW_FILE, 0o600))
            try:
                if try_lock(journal._fd) and journal.is_there:
                    return journal
            except BaseException:
                journal.discard()
                raise
            # A recovery came between: it took the empty journal for an unfinished one, and removes it.
            journal.close()

    @classmethod
    def open(cls, path: str, patience_s: float) -> Journal | None:
        """Return a journal that was left behind; None if its writer lives for `patience_s` seconds more."""
        journal = cls(path, os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC))
        if wait_for_lock(journal._fd, patience_s):
            return journal
        journal.close()
        return None

    @property
    def is_there(self) -> bool:
        """Whether the file still has its name."""
        return os.fstat(self._fd).st_nlink > 0

    @property
    def is_being_written(self) -> bool:
        """Whether its writer is at work on this machine; a recovery locks journals whose writers are not."""
        # It is locked before anything is in it; who locks it before keeps its writer from it.
        if not os.fstat(self._fd).st_size:
            return True
        return _is_alive(os.path.basename(self.path).partition("-")[0]) and is_locked(self._fd)

    def read(self) -> Content | None:
        """Return the content, or None if the journal was not finished."""
        return Content.from_bytes(read_at(self._fd, os.fstat(self._fd).st_size, 0))

    def remove(self, syncs: bool) -> None:
        """Remove the file, and wait until that is on disk."""
        os.unlink(self.path)
        flush_directory(os.path.dirname(self.path), syncs)

    def reduce_to(self, content: Content, syncs: bool) -> None:
        """Remove the journal, but for what is still to be taken back, which goes into a new one."""
        if not content.is_empty:
            Journal.create(os.path.dirname(self.path), content, syncs).close()
        self.remove(syncs)

    def discard(self) -> None:
        """Remove a journal that nothing was done on the ground of, and close it."""
        with suppress(OSError):
            os.unlink(self.path)
        self.close()

    def close(self) -> None:
        """Unlock the journal."""
        close_quietly(self._fd)


def journal_paths(directory: str) -> list[str]:
    """Return the journals in a directory; none where the directory does not exist."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return [os.path.join(directory, name) for name in sorted(names) if name.endswith(SUFFIX)]


def told_by(path: str) -> list[str]:
    """Return the real paths of the files that a journal tells of; none while its writer is at work.

    Raises
    ------
    OSError : it can't be read, for another reason than that it is gone
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    journal = Journal(path, fd)
    try:
        content = None if journal.is_being_written else journal.read()
    finally:
        journal.close()
    return [undo.path for undo in content.undos] if content else []


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        # It is that of another user.
        return True
    return True
