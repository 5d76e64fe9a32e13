"""A file of which the journal of a killed run tells is not edited before it is recovered."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence, Set

from pytest_fitsproc.fits.directories_above import directories_above
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.journal import journal_paths, told_by
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.fits.rewrite.write import Write

# A directory that can't be there has no journals.
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)

_ADVICE = "a run that writes, with the directory of that .fitsproc as its address, recovers it first"


def refuse_unfinished(writes: Sequence[Write], policy: RewritePolicy) -> None:
    """Give up the files that must be recovered first.

    To be called when they are locked: of these, no journal of a run that is alive tells, as that run would
    have locked them.
    """
    waiting = {write.file.location.real_path: write for write in writes}
    for directory in _journal_directories(writes, policy):
        for path, reason in _reasons(directory, waiting.keys()).items():
            waiting[path].give_up(RewriteError(waiting[path].edit.path, reason))


def _journal_directories(writes: Sequence[Write], policy: RewritePolicy) -> dict[str, None]:
    """Where journals may tell of files: by the policy, and above their names, links followed and not."""
    names = {os.path.dirname(write.file.location.real_path) for write in writes}
    names |= {os.path.dirname(os.path.abspath(write.edit.path)) for write in writes}
    above = {directory for name in names for directory in directories_above(name)}
    beside = [os.path.join(directory, policy.journals_beside) for directory in sorted(above)]
    return dict.fromkeys([policy.journals, *(beside if policy.journals_beside else ())])


def _reasons(directory: str, waiting: Set[str]) -> dict[str, str]:
    """Return what stands against files, by their paths, as the journals in a directory tell."""
    reasons: dict[str, str] = {}
    try:
        for journal in journal_paths(directory):
            reason = f"may be half-written: a run that was killed has left {journal}; {_ADVICE}"
            reasons |= dict.fromkeys(waiting & set(told_by(journal)), reason)
    except OSError as exc:
        if exc.errno not in _NOWHERE:
            reason = f"may be half-written: the journals in {directory} can't be read: {exc.strerror}"
            return dict.fromkeys(waiting, reason)
    return reasons
