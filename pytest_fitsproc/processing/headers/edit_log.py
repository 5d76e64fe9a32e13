"""The log of edits: what every header of an archive was before it was written, kept for good."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.processing.headers.edit_database import damaged, reading, writing
from pytest_fitsproc.processing.headers.noted import NotedChange, NotedEdit, NotedRun

if TYPE_CHECKING:
    from sqlite3 import Connection

    from pytest_fitsproc.fits.rewrite import Edit

_NOTE = "INSERT INTO notes (run, processor, time) VALUES (?, ?, ?)"
# Of all files, those that were struck as well: sqlite_sequence has what AUTOINCREMENT counts by.
_LATEST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'files'"
_FILE = "INSERT INTO files (number, note, path) VALUES (?, ?, ?)"
_HEADER = (
    "INSERT INTO headers (file, hdu_index, old_sha256, new_sha256, old_size, start, stop, packed) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_STRIKE = ("DELETE FROM headers WHERE file = ?", "DELETE FROM files WHERE number = ?")
_PROCESSORS = (
    "SELECT run, processor, min(time) FROM notes JOIN files ON note = id "
    "GROUP BY run, processor ORDER BY min(number)"
)
_COUNTS = "SELECT run, count(DISTINCT path) FROM notes JOIN files ON note = id GROUP BY run"
_EDITS = (
    "SELECT number, path, processor, time, hdu_index, old_sha256, new_sha256, old_size, start, stop, packed "
    "FROM notes JOIN files ON note = id JOIN headers ON file = number "
    "WHERE run = ? ORDER BY number, hdu_index"
)


class EditLog:
    """The log of the edits below a resource directory, a database of SQLite.

    It may be used by several processes at once, also by those that a process with a log forked.

    Parameters
    ----------
    path : ``<resdir>/.fitsproc/edits.sqlite``; made with its directory when the first edit is noted. The
        paths of files below ``<resdir>`` are kept relative to it, so that all of it may be moved
    syncs : whether the disk is waited for; without, a power cut may take the last notes, or damage the log
    patience_s : how long, in seconds, to wait for other processes that are at it

    Raises
    ------
    EditLogError
        By all members: the log can't be read or written; the line says why and what to do.
    """

    def __init__(self, path: str, *, syncs: bool = True, patience_s: float = 60.0) -> None:
        self.path = os.path.abspath(path)
        self._resdir = os.path.dirname(os.path.dirname(self.path))
        self._syncs, self._patience_s = syncs, patience_s

    def note(self, run: str, processor: str, edits: Sequence[Edit]) -> Sequence[int]:
        """Note edits of many files that are about to be written; return a number for each file.

        All of them are on disk when it returns, or none of them is noted.

        Parameters
        ----------
        run : its name
        processor : name of who edits
        edits : one for each file
        """
        with self._writing() as connection:
            time = datetime.now(UTC).isoformat(timespec="microseconds")
            note = connection.execute(_NOTE, (run, processor, time)).lastrowid
            first = connection.execute(_LATEST).fetchone()[0] + 1
            numbered = list(enumerate(edits, first))
            files = [(number, note, self._stored(edit.path)) for number, edit in numbered]
            connection.executemany(_FILE, files)
            headers = [(number, *NotedChange.of(one)) for number, edit in numbered for one in edit.changes]
            connection.executemany(_HEADER, headers)
        return range(first, first + len(edits))

    def strike(self, numbers: Sequence[int]) -> None:
        """Remove edits that were noted and then refused."""
        if not numbers:
            return
        with self._writing() as connection:
            for statement in _STRIKE:
                connection.executemany(statement, [(number,) for number in numbers])

    def runs(self) -> list[NotedRun]:
        """Return the runs, the oldest first."""
        with self._reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(_PROCESSORS).fetchall()
            counts = dict(connection.execute(_COUNTS))
        with self._blaming_the_file():
            return [_noted_run(run, counts[run], own) for run, own in _by_first(rows)]

    def edits(self, run: str) -> list[NotedEdit]:
        """Return the edits of a run, in the order that they were noted in."""
        with self._reading() as connection:
            rows = connection.execute(_EDITS, (run,)).fetchall() if connection else []
        with self._blaming_the_file():
            return [self._noted_edit(run, list(headers)) for _, headers in groupby(rows, itemgetter(0))]

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self.path, syncs=self._syncs, patience_s=self._patience_s)

    def _reading(self) -> AbstractContextManager[Connection | None]:
        return reading(self.path, patience_s=self._patience_s)

    @contextmanager
    def _blaming_the_file(self) -> Iterator[None]:
        """What can't be understood was not written by us."""
        try:
            yield
        except (LookupError, TypeError, ValueError) as error:
            raise damaged(self.path) from error

    def _stored(self, path: str) -> str | bytes:
        """Return a path as text, which people can read in the log, or as bytes where it is not UTF-8."""
        path = os.path.abspath(path)
        if path.startswith(self._resdir + os.sep):
            path = path[len(self._resdir) + 1 :]
        try:
            path.encode()
        except UnicodeEncodeError:
            return os.fsencode(path)
        return path

    def _noted_edit(self, run: str, rows: list[tuple[Any, ...]]) -> NotedEdit:
        """Return an edit made of the rows of its headers."""
        number, path, processor, time = rows[0][:4]
        changes = tuple(NotedChange.of_row(row[4:]) for row in rows)
        full_path = os.path.join(self._resdir, os.fsdecode(path))
        if "\0" in full_path:
            raise ValueError("no path has a NUL")
        return NotedEdit(number, full_path, run, processor, datetime.fromisoformat(time), changes)


def _by_first(rows: list[tuple[str, str, str]]) -> Iterable[tuple[str, list[tuple[str, str, str]]]]:
    """Return the rows of each run, in the order of their first rows."""
    runs: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        runs.setdefault(row[0], []).append(row)
    return runs.items()


def _noted_run(name: str, files: int, rows: list[tuple[str, str, str]]) -> NotedRun:
    time = min(time for _, _, time in rows)
    return NotedRun(name, datetime.fromisoformat(time), tuple(processor for _, processor, _ in rows), files)
