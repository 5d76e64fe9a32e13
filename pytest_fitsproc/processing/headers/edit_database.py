"""The file behind the log of edits: opened for each transaction, by as many processes as there are.

It has a rollback journal, not a write-ahead log: that needs memory shared by all processes, which network
file systems do not have (SQLite documentation, "Write-Ahead Logging"). A connection never lives longer than
its transaction, so that none is carried across a fork.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.rewrite.disk import make_directory

if TYPE_CHECKING:
    from sqlite3 import Connection

_APPLICATION_ID = 0x46545331
_VERSION = 1

# AUTOINCREMENT: the number of an edit that was struck is never given to another.
_SCHEMA = f"""
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, processor TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE files (
    number INTEGER PRIMARY KEY AUTOINCREMENT, note INTEGER NOT NULL REFERENCES notes, path NOT NULL);
CREATE TABLE headers (
    file INTEGER NOT NULL REFERENCES files, hdu_index INTEGER NOT NULL,
    old_sha256 BLOB NOT NULL, new_sha256 BLOB NOT NULL,
    old_size INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (file, hdu_index)) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION}"""

_MOVE_AWAY = "move it away, the next run begins a new one"

_IS_DAMAGED = f"is damaged; {_MOVE_AWAY}"
_IS_FOREIGN = f"is no log of edits; {_MOVE_AWAY}"
_IS_LOCKED = "is locked by another process; wait until that has ended"
_IS_FORBIDDEN = "may not be written; give yourself the right to write it and its directory"

# What SQLite says, by its primary result codes, and what is to be done about it.
_ADVICE = {
    1: _IS_DAMAGED,  # ERROR: tables are not there, or others
    3: _IS_FORBIDDEN,  # PERM
    5: _IS_LOCKED,  # BUSY
    6: _IS_LOCKED,  # LOCKED
    8: _IS_FORBIDDEN,  # READONLY
    10: "can't be read or written, its disk fails; copy it elsewhere while that can be done",  # IOERR
    11: _IS_DAMAGED,  # CORRUPT
    13: "can't be written, its disk is full; make room",  # FULL
    14: "can't be opened; give yourself the right to write it and its directory",  # CANTOPEN
    15: _IS_LOCKED,  # PROTOCOL
    19: _IS_DAMAGED,  # CONSTRAINT: what it counts its entries by is wrong
    26: _IS_FOREIGN,  # NOTADB
}


class EditLogError(FitsprocError):
    """The log of edits can't be used.

    Attributes
    ----------
    path : of the log
    reason : what stands against it, without the path
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


def damaged(path: str) -> EditLogError:
    """Return the error for a log that holds what nobody wrote into it."""
    return EditLogError(path, _IS_DAMAGED)


@contextmanager
def writing(path: str, *, syncs: bool, patience_s: float) -> Iterator[Connection]:
    """Open the log, made where it was not, for one transaction.

    It is on disk when the block is left without an error; with one, nothing of it is.

    Raises
    ------
    EditLogError : it can't be made, opened or written, or others keep it locked for longer than `patience_s`
    """
    try:
        make_directory(os.path.dirname(path), syncs)
    except OSError as error:
        raise EditLogError(path, f"can't be made: {error.strerror or error}") from error
    with _opened(path, "rwc", patience_s) as connection:
        # Only EXTRA waits until the removal of the rollback journal, which is the commit, is on disk.
        connection.execute(f"PRAGMA synchronous = {'EXTRA' if syncs else 'OFF'}")
        connection.execute("BEGIN IMMEDIATE")
        if not _has_content(path, connection):
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
        yield connection
        connection.execute("COMMIT")


@contextmanager
def reading(path: str, *, patience_s: float) -> Iterator[Connection | None]:
    """Open the log as it is at one moment; None where there is none yet.

    Raises
    ------
    EditLogError : it can't be opened or read
    """
    if not os.path.lexists(path):
        yield None
        return
    # Not "ro": what a process died with is put right by whoever opens the file next, if it may write.
    with _opened(path, "rw", patience_s) as connection:
        connection.execute("BEGIN")
        yield connection if _has_content(path, connection) else None


@contextmanager
def _opened(path: str, mode: str, patience_s: float) -> Iterator[Connection]:
    import sqlite3
    from urllib.parse import quote

    uri = f"file:{quote(os.fsencode(path))}?mode={mode}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=patience_s, isolation_level=None)) as connection:
            # Text that is not UTF-8 is damage, or a path; neither may stop what reads it.
            connection.text_factory = os.fsdecode
            yield connection
    except sqlite3.DatabaseError as error:
        # What SQLite has no code for is a fault in this program.
        advice = _ADVICE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if advice is None:
            raise
        raise EditLogError(path, f"{advice} ({printable(str(error))})") from error
    except UnicodeDecodeError as error:
        # What SQLite complained of was quoted by it.
        raise damaged(path) from error


def _has_content(path: str, connection: Connection) -> bool:
    """Return whether the tables are there; what is not ours, or not of this version, is an error."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == _APPLICATION_ID and version == _VERSION:
        return True
    if application == _APPLICATION_ID:
        raise EditLogError(path, f"has the format {version}, this version knows {_VERSION}; {_MOVE_AWAY}")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        raise EditLogError(path, _IS_FOREIGN)
    return False
