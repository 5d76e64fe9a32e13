"""Headers are put back as they were before a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count

from pytest_fitsproc.errors import FitsprocError, NotFoundError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.processing.headers.noted import NotedChange, NotedEdit, NotedRun, sha256
from pytest_fitsproc.processing.headers.proposal import Proposal
from pytest_fitsproc.processing.headers.writing import Writing

PROCESSOR = "undo"
"""Name under which what is put back is itself noted."""

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Undone:
    """A file that has the headers it had before the run.

    Attributes
    ----------
    path : absolute
    was_old : whether it had them already, so that nothing was written
    """

    path: str
    was_old: bool = False


@dataclass(frozen=True, slots=True)
class NotUndone:
    """A file that was left as it is.

    Attributes
    ----------
    path : absolute
    reason : why, on one line, without the path
    """

    path: str
    reason: str


def undo(log: EditLog, policy: RewritePolicy, run: str | None = None) -> list[Undone | NotUndone]:
    """Put back the headers that files had before a run; return what came of each file.

    A file that was edited several times gets the headers from before the first time. One with a header that
    is neither what the run wrote nor what was there before is left alone. What is written is noted in the
    log as a run of its own, so that an undo can be undone. A run that was killed can be undone as well, after
    `recover`; and an undo that was killed is begun again.

    Parameters
    ----------
    log : that the run was noted in
    policy : where may be written, and what is kept
    run : its name; None for the last one that was not itself an undo, so that undoing twice does no harm

    Raises
    ------
    NotFoundError : there is no such run
    EditLogError : the log can't be read
    """
    runs = log.runs()
    name = _name_of_run(log, runs, run)
    others = _OtherRuns(log, [one.name for one in runs if one.name != name])
    writing = Writing(policy, log, _name_of_undo(name, runs))
    files = _by_file(log.edits(name))
    results: list[Undone | NotUndone] = []
    for start in range(0, len(files), policy.files_per_block):
        results += _undo_block(files[start : start + policy.files_per_block], others, writing)
    return results


class _OtherRuns:
    """The other runs of a log, which may have edited a file since."""

    def __init__(self, log: EditLog, names: Sequence[str]) -> None:
        self._log, self._names = log, names

    def writer_of(self, header: bytes) -> str | None:
        """Return the last run that wrote a header, if any did."""
        return self._writers.get(sha256(header))

    @cached_property
    def _writers(self) -> dict[bytes, str]:
        edits = (edit for name in self._names for edit in self._log.edits(name))
        return {change.new_sha256: edit.run for edit in edits for change in edit.changes}


def _name_of_run(log: EditLog, runs: Sequence[NotedRun], run: str | None) -> str:
    if run is None:
        candidates = [one.name for one in runs if one.processors != (PROCESSOR,)]
    else:
        candidates = [one.name for one in runs if one.name == run]
    if candidates:
        return candidates[-1]
    wanted = "no run to undo" if run is None else f"no run {run!r}"
    known = ", ".join(repr(one.name) for one in runs[-_MOST_NAMED:]) or "none"
    raise NotFoundError(f"{log.path}: there is {wanted}; the last runs are: {known}")


def _name_of_undo(name: str, runs: Sequence[NotedRun]) -> str:
    taken = {one.name for one in runs}
    first = f"undo-of-{name}"
    return next(name for name in chain([first], (f"{first}-{n}" for n in count(2))) if name not in taken)


def _by_file(edits: Iterable[NotedEdit]) -> list[list[NotedEdit]]:
    """Return the edits of each file, whatever names it was edited by, the oldest first."""
    files: dict[str, list[NotedEdit]] = {}
    for edit in edits:
        files.setdefault(os.path.realpath(edit.path), []).append(edit)
    return list(files.values())


def _undo_block(
    files: Iterable[list[NotedEdit]], others: _OtherRuns, writing: Writing
) -> list[Undone | NotUndone]:
    results: dict[str, Undone | NotUndone] = {}
    to_write = []
    for edits in files:
        path = edits[-1].path
        try:
            proposals = _proposals(path, edits, others)
        except FitsprocError as error:
            results[path] = _not_undone(path, error)
            continue
        results[path] = Undone(path, was_old=not proposals)
        if proposals:
            to_write.append(proposals)
    errors = writing.write(to_write, PROCESSOR) if to_write else []
    for (proposal, *_), refusal in zip(to_write, errors, strict=True):
        if refusal is not None:
            results[proposal.path] = _not_undone(proposal.path, refusal)
    return list(results.values())


def _not_undone(path: str, error: FitsprocError) -> NotUndone:
    # That of another file, such as the log, needs its path.
    is_own = getattr(error, "path", None) == path
    return NotUndone(path, getattr(error, "reason", str(error)) if is_own else str(error))


def _proposals(path: str, edits: Sequence[NotedEdit], others: _OtherRuns) -> list[Proposal]:
    """Return the headers that make a file what it was before the edits; none where it is that.

    Raises
    ------
    FitsprocError : it can't be read, or has a header that the edits did not write
    """
    changes: dict[int, list[NotedChange]] = {}
    for change in chain.from_iterable(edit.changes for edit in edits):
        changes.setdefault(change.hdu_index, []).append(change)
    with FitsFile(path) as file:
        seen = file.status
        headers = {hdu_index: file.header_bytes(hdu_index) for hdu_index in sorted(changes)}
    proposals = [
        Proposal(path, hdu_index, header, _before(path, header, changes[hdu_index], others), seen)
        for hdu_index, header in headers.items()
    ]
    return [proposal for proposal in proposals if proposal.old != proposal.new]


def _before(path: str, present: bytes, changes: Sequence[NotedChange], others: _OtherRuns) -> bytes:
    """Return what a header was before changes, the oldest first, of which some may not have been made."""
    if sha256(present) == changes[0].old_sha256:
        return present
    header = present
    for change in reversed(changes):
        digest = sha256(header)
        if digest == change.new_sha256:
            header = _old_header(path, header, change)
        elif digest != change.old_sha256:
            raise RewriteError(path, _foreign(change.hdu_index, others.writer_of(present)))
    return header


def _old_header(path: str, new: bytes, change: NotedChange) -> bytes:
    old = change.old_header(new)
    if old is None:
        raise RewriteError(path, f"what the log says of the old header of HDU {change.hdu_index} is damaged")
    return old


def _foreign(hdu_index: int, writer: str | None) -> str:
    """Say why a header that the run did not write is not overwritten."""
    if writer is not None:
        return f"the run {writer!r} has edited the header of HDU {hdu_index} since; undo that first"
    return f"the header of HDU {hdu_index} has changed since, and is left as it is"
