"""A run, as the logs of one archive or of several know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain, count
from operator import attrgetter
from typing import NamedTuple

from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.processing.headers.noted import NotedEdit, NotedRun

PROCESSOR = "undo"
"""Name under which what is put back is itself noted."""

_MOST_NAMED = 5


class LoggedArchive(NamedTuple):
    """Files with a log of their edits.

    Attributes
    ----------
    log : of them
    policy : where may be written, and what is kept
    chooses : whether a file is wanted, by its path
    """

    log: EditLog
    policy: RewritePolicy
    chooses: Callable[[str], bool] = lambda path: True


class LoggedEdit(NamedTuple):
    """An edit, with the archive in whose log it is noted."""

    archive: LoggedArchive
    edit: NotedEdit


@dataclass(frozen=True)
class LoggedRun:
    """A run that may have edited files of several archives.

    Attributes
    ----------
    name : by which it is undone
    parts : the archives that were searched, and what each knows of the run; None where it had no part
    runs : all runs that each of them knows, the oldest first
    """

    name: str
    parts: Mapping[LoggedArchive, NotedRun | None]
    runs: Mapping[LoggedArchive, Sequence[NotedRun]]

    def edits(self) -> list[LoggedEdit]:
        """Return the edits of the run, the oldest first."""
        logged = [
            [LoggedEdit(archive, edit) for edit in archive.log.edits(self.name)]
            for archive, noted in self.parts.items()
            if noted is not None
        ]
        # Of each log in the order that it has them in, whatever the clock was set to.
        return list(merge(*logged, key=attrgetter("edit.time")))

    def edits_of_others(self) -> Iterable[NotedEdit]:
        """Yield the edits of the other runs, those of each log from the oldest on."""
        for archive, runs in self.runs.items():
            for run in runs:
                if run.name != self.name:
                    yield from archive.log.edits(run.name)

    @property
    def name_of_undo(self) -> str:
        """A name that no run has, for the run that undoes this one."""
        taken = {run.name for run in chain.from_iterable(self.runs.values())}
        first = f"undo-of-{self.name}"
        return next(name for name in chain([first], (f"{first}-{n}" for n in count(2))) if name not in taken)


def find_run(archives: Sequence[LoggedArchive], name: str | None = None) -> LoggedRun:
    """Return a run that edited files of archives.

    Parameters
    ----------
    archives : whose logs are searched
    name : of the run; None for the last one in any of them that was not itself an undo, so that undoing twice
        does no harm

    Raises
    ------
    NotFoundError : there is no such run
    EditLogError : a log can't be read
    """
    runs = {archive: archive.log.runs() for archive in archives}
    found = _last(runs.values()) if name is None else name
    parts = {
        archive: next((run for run in known if run.name == found), None) for archive, known in runs.items()
    }
    if found is None or not any(parts.values()):
        raise _not_found(runs, name)
    return LoggedRun(found, parts, runs)


def _last(logs: Iterable[Sequence[NotedRun]]) -> str | None:
    """The name of the run that began last to edit."""
    edits = [[run for run in runs if run.processors != (PROCESSOR,)] for runs in logs]
    latest = max((runs[-1] for runs in edits if runs), key=attrgetter("time"), default=None)
    return None if latest is None else latest.name


def _not_found(runs: Mapping[LoggedArchive, Sequence[NotedRun]], name: str | None) -> NotFoundError:
    paths = ", ".join(archive.log.path for archive in runs)
    wanted = "no run to undo" if name is None else f"no run {name!r}"
    last = sorted(chain.from_iterable(runs.values()), key=attrgetter("time"))
    known = list(dict.fromkeys(repr(run.name) for run in last))
    return NotFoundError(
        f"{paths}: there is {wanted}; the last runs are: {', '.join(known[-_MOST_NAMED:]) or 'none'}"
    )
