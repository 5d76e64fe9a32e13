"""Headers are put back as they were before a run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.processing.headers.logged_run import PROCESSOR, LoggedArchive, LoggedEdit, LoggedRun
from pytest_fitsproc.processing.headers.noted import NotedChange, NotedEdit, sha256
from pytest_fitsproc.processing.headers.proposal import Proposal
from pytest_fitsproc.processing.headers.writing import Writing


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


@dataclass(frozen=True, slots=True)
class NotChosen:
    """A file that the run edited, and that nobody wants to have undone.

    Attributes
    ----------
    path : absolute
    """

    path: str


Result = Undone | NotUndone | NotChosen


def undo(run: LoggedRun) -> list[Result]:
    """Put back the headers that files had before a run; return what came of each file.

    A file that was edited several times, in whatever archives, gets the headers from before the first time.
    One with a header that is neither what the run wrote nor what was there before is left alone. What is
    written is noted as a run of its own, in the log that has the file's last edit, so that an undo can be
    undone. A run that was killed can be undone as well, after `recover`; and an undo that was killed is begun
    again.

    Raises
    ------
    EditLogError : a log can't be read
    """
    others = _OtherRuns(run)
    results: list[Result] = []
    archives: dict[LoggedArchive, list[list[NotedEdit]]] = {}
    for edits in _by_file(run.edits()):
        last = edits[-1]
        if any(archive.chooses(edit.path) for archive, edit in edits):
            archives.setdefault(last.archive, []).append([edit for _, edit in edits])
        else:
            results.append(NotChosen(last.edit.path))
    for archive, files in archives.items():
        writing = Writing(archive.policy, archive.log, run.name_of_undo)
        block = archive.policy.files_per_block
        for start in range(0, len(files), block):
            results += _undo_block(files[start : start + block], others, writing)
    return results


class _OtherRuns:
    """The other runs, which may have edited a file since."""

    def __init__(self, run: LoggedRun) -> None:
        self._run = run

    def writer_of(self, header: bytes) -> str | None:
        """Return the last run that wrote a header, if any did."""
        return self._writers.get(sha256(header))

    @cached_property
    def _writers(self) -> dict[bytes, str]:
        edits = self._run.edits_of_others()
        return {change.new_sha256: edit.run for edit in edits for change in edit.changes}


def _by_file(edits: Iterable[LoggedEdit]) -> list[list[LoggedEdit]]:
    """Return the edits of each file, whatever names it was edited by, the oldest first."""
    files: dict[str, list[LoggedEdit]] = {}
    for logged in edits:
        files.setdefault(os.path.realpath(logged.edit.path), []).append(logged)
    return list(files.values())


def _undo_block(files: Iterable[list[NotedEdit]], others: _OtherRuns, writing: Writing) -> list[Result]:
    results: dict[str, Result] = {}
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
