"""What an earlier run died with is put right before the next one begins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from pytest_fitsproc.fits.rewrite.directories import OpenDirectories
from pytest_fitsproc.fits.rewrite.disk import as_rewrite_error, close_quietly, flush, flush_names
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.guard import open_locked
from pytest_fitsproc.fits.rewrite.journal import (
    TEMPORARY_PREFIX,
    TEMPORARY_SUFFIX,
    Content,
    Journal,
    Undo,
    journal_paths,
)
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy


class State(StrEnum):
    """What a recovery found, and did."""

    OLD = "had its old header"
    RESTORED = "got its old header back"
    REMOVED = "was removed: a copy that was not finished"


@dataclass(frozen=True, slots=True)
class Recovered:
    """A file that is whole."""

    path: str
    state: State


@dataclass(frozen=True, slots=True)
class Unrecovered:
    """A file, or a journal, that could not be put right; it is tried again by the next recovery."""

    path: str
    error: RewriteError


def recover(policy: RewritePolicy, patience_s: float = 30.0) -> list[Recovered | Unrecovered]:
    """Put back the old headers of files that a killed run left half-written; remove its unfinished copies.

    To be called before anything is read. It may be killed itself, and be run again; a second call finds
    nothing to do. Journals of runs that are alive are waited for.

    Parameters
    ----------
    policy : as `commit` had it; files outside its roots are left alone and reported
    patience_s : how long, in seconds, to wait for a run that is alive
    """
    results: list[Recovered | Unrecovered] = []
    for path in journal_paths(policy.journals):
        try:
            results += _recover_journal(path, policy, patience_s)
        except RewriteError as exc:
            results.append(Unrecovered(path, exc))
    return results


def _recover_journal(path: str, policy: RewritePolicy, patience_s: float) -> list[Recovered | Unrecovered]:
    with as_rewrite_error(path, "the journal can't be worked off"):
        try:
            journal = Journal.open(path, patience_s)
        except FileNotFoundError:
            return []
        if journal is None:
            raise RewriteError(path, "belongs to a run that is still writing; let it end first")
        try:
            return _work_off(journal, policy)
        finally:
            journal.close()


def _work_off(journal: Journal, policy: RewritePolicy) -> list[Recovered | Unrecovered]:
    if not journal.is_there:
        return []
    content = journal.read() or Content((), ())
    with OpenDirectories(policy.roots) as directories:
        undone = {undo: _undo(undo, directories, policy) for undo in content.undos}
        removed = {path: _remove(path, directories, policy) for path in content.temporaries}
    left = Content(
        tuple(undo for undo, result in undone.items() if isinstance(result, Unrecovered)),
        tuple(path for path, result in removed.items() if isinstance(result, Unrecovered)),
    )
    if left.is_empty or left != content:
        journal.reduce_to(left, policy.syncs)
    return [result for result in (*undone.values(), *removed.values()) if result is not None]


def _undo(undo: Undo, directories: OpenDirectories, policy: RewritePolicy) -> Recovered | Unrecovered:
    try:
        with as_rewrite_error(undo.path, "its old header can't be put back"):
            return Recovered(undo.path, _restore(undo, directories, policy))
    except RewriteError as exc:
        return Unrecovered(undo.path, exc)


def _restore(undo: Undo, directories: OpenDirectories, policy: RewritePolicy) -> State:
    file = open_locked(undo.path, directories)
    try:
        found = [patch.find(file.fd) for patch in undo.patches]
        if None in found:
            advice = f"check its header, then remove the journal in {policy.journals}"
            raise RewriteError(
                undo.path, f"another program wrote to it after a run was killed in it; {advice}"
            )
        is_old = found == [patch.old for patch in undo.patches]
        if not is_old:
            undo.restore(file.fd)
        # Even an old header may be on its way only: an earlier recovery was killed before it had waited.
        flush(file.fd, policy.syncs)
        return State.OLD if is_old else State.RESTORED
    finally:
        close_quietly(file.fd)


def _remove(path: str, directories: OpenDirectories, policy: RewritePolicy) -> Recovered | Unrecovered | None:
    """Remove an unfinished copy; None where there is none."""
    try:
        with as_rewrite_error(path, "can't be removed"):
            directory, name, _ = directories.locate(path)
            if not (name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)):
                raise RewriteError(path, "is no copy of ours, and is not removed")
            result: Recovered | None = Recovered(path, State.REMOVED)
            try:
                os.unlink(name, dir_fd=directory)
            except FileNotFoundError:
                result = None
            flush_names(directory, policy.syncs)
            return result
    except RewriteError as exc:
        return Unrecovered(path, exc)
