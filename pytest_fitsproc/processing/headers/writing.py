"""Proposals become files: noted in the log of edits, then committed through `fits.rewrite`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.headers.proposal import Proposal, edit_of

if TYPE_CHECKING:
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor
    from pytest_fitsproc.fits.rewrite import RewritePolicy
    from pytest_fitsproc.processing.headers.edit_log import EditLog

#: Directory below the resource directory where a run that writes keeps its log and its journals.
STATE_DIRECTORY = ".fitsproc"

#: Where below the resource directory the journals of writes under way are.
JOURNALS = os.path.join(STATE_DIRECTORY, "journal")


@dataclass(frozen=True)
class WriteOptions:
    """How files are written.

    Attributes
    ----------
    roots : directories beside the inputs directory in which files may be written
    syncs : whether the disk is waited for
    keeps_mtime : whether a rewritten file keeps its time of modification
    """

    roots: tuple[str, ...] = ()
    syncs: bool = True
    keeps_mtime: bool = False


class Writing:
    """Writes the headers that processors want.

    Parameters
    ----------
    policy : where may be written, and what is kept
    log : where each edit is noted before it is made
    run : name of the run, as the log shows it
    """

    def __init__(self, policy: RewritePolicy, log: EditLog, run: str) -> None:
        self._policy, self._log, self._run = policy, log, run

    def write(self, proposals: Sequence[Sequence[Proposal]], processor: str) -> list[FitsprocError | None]:
        """Write the headers of many files, and return for each the reason why it was not written, if so.

        Parameters
        ----------
        proposals : of each file, one for each HDU
        processor : name of who proposes them
        """
        from pytest_fitsproc.fits.rewrite import Refused, commit

        edits = [edit_of(file) for file in proposals]
        try:
            noted = self._log.note(self._run, processor, edits)
        except FitsprocError as error:
            return [error for _ in proposals]
        results = commit(edits, self._policy)
        errors = [result.error if isinstance(result, Refused) else None for result in results]
        self._strike([number for number, error in zip(noted, errors, strict=True) if _is_refusal(error)])
        return list(errors)

    def _strike(self, numbers: list[int]) -> None:
        # An edit that is noted and was not made does no harm: undo finds the old header.
        with suppress(FitsprocError):
            self._log.strike(numbers)


def _is_refusal(error: FitsprocError | None) -> bool:
    """Whether a file is as it was: one of which that is not sure may have to be undone."""
    from pytest_fitsproc.fits.rewrite import UnconfirmedError

    return error is not None and not isinstance(error, UnconfirmedError)


class Writings:
    """What writes the files of a run: for each resource descriptor its own `Writing`, with the log beside it.

    Parameters
    ----------
    options : how files are written
    run : its name, as the logs show it

    Attributes
    ----------
    run : the same
    """

    def __init__(self, options: WriteOptions, run: str) -> None:
        self._options, self.run = options, run
        self._made: dict[str, Writing] = {}

    def of(self, rd: ResourceDescriptor) -> Writing:
        """Return what writes the files of a resource descriptor."""
        if rd.resdir not in self._made:
            policy, log = rewrite_policy(rd, self._options), edit_log(rd, self._options)
            self._made[rd.resdir] = Writing(policy, log, self.run)
        return self._made[rd.resdir]


@lru_cache(maxsize=16)
def rewrite_policy(rd: ResourceDescriptor, options: WriteOptions) -> RewritePolicy:
    """Return how the files of a resource descriptor may be rewritten."""
    from pytest_fitsproc.fits.rewrite import RewritePolicy

    return RewritePolicy(
        roots=(str(rd.inputs.path), *options.roots),
        journals=os.path.join(rd.resdir, JOURNALS),
        syncs=options.syncs,
        keeps_mtime=options.keeps_mtime,
        journals_beside=JOURNALS,
    )


def edit_log(rd: ResourceDescriptor, options: WriteOptions) -> EditLog:
    """Return the log of all edits of the files of a resource descriptor."""
    from pytest_fitsproc.processing.headers.edit_log import EditLog

    return EditLog(os.path.join(rd.resdir, STATE_DIRECTORY, "edits.sqlite"), syncs=options.syncs)


def new_run_name() -> str:
    """Return the name of a run that begins now: the time, in UTC, and the process."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}"
