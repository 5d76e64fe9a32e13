"""Edits of many files, committed in blocks that share a journal and its waits for the disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from pytest_fitsproc.fits.rewrite.directories import OpenDirectories
from pytest_fitsproc.fits.rewrite.disk import flush_together
from pytest_fitsproc.fits.rewrite.edit import Edit
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.guard import open_for_edit
from pytest_fitsproc.fits.rewrite.journal import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, Content, Journal
from pytest_fitsproc.fits.rewrite.outcome import Committed, Protocol, Refused
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.fits.rewrite.unfinished import refuse_unfinished
from pytest_fitsproc.fits.rewrite.write import InPlaceWrite, Replacement, Write


def commit(edits: Sequence[Edit], policy: RewritePolicy) -> list[Committed | Refused]:
    """Write the new headers of many files; return what came of each edit, in their order.

    A file is never left half-written: whenever the process is killed, a call fails or the power goes, it has
    its old headers or its new ones, if need be after `recover`. One that is returned as `Committed` has the
    new ones on disk. No byte outside the edited headers changes, and within them none before the first and
    after the last that differs.

    Parameters
    ----------
    edits : one for each file; a second one of the same file is refused
    policy : where may be written, and what is kept
    """
    outcomes: list[Committed | Refused] = []
    for start in range(0, len(edits), policy.files_per_block):
        outcomes += _commit_block(edits[start : start + policy.files_per_block], policy)
    return outcomes


def _commit_block(edits: Sequence[Edit], policy: RewritePolicy) -> list[Committed | Refused]:
    prefix = f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"
    with OpenDirectories(policy.roots) as directories, ExitStack() as opened:
        results = [
            _opened(edit, policy, directories, opened, f"{prefix}-{number}{TEMPORARY_SUFFIX}")
            for number, edit in enumerate(edits)
        ]
        writes = [result for result in results if isinstance(result, Write)]
        refuse_unfinished(writes, policy)
        _write_block(_without_errors(writes), policy)
    return [result.outcome if isinstance(result, Write) else result for result in results]


def _opened(
    edit: Edit, policy: RewritePolicy, directories: OpenDirectories, opened: ExitStack, temporary: str
) -> Write | Committed | Refused:
    """Return the file of an edit ready to be written, or what is to be said of it at once."""
    if not edit.is_needed:
        return Committed(edit, Protocol.UNCHANGED)
    try:
        file = open_for_edit(edit, policy, directories)
    except RewriteError as exc:
        return Refused(edit, exc)
    if edit.keeps_sizes:
        write: Write = InPlaceWrite(edit, file, policy)
    else:
        write = Replacement(edit, file, policy, temporary)
    opened.callback(write.close)
    return write


def _write_block(writes: list[Write], policy: RewritePolicy) -> None:
    """Take files that are opened through all steps; each keeps its error to itself."""
    for write in writes:
        write.take(write.prepare, "can't be read")
    writes = _without_errors(writes)
    if not writes:
        return
    content = Content.union(write.journalled for write in writes)
    try:
        journal = Journal.create(policy.journals, content, policy.syncs)
    except OSError as exc:
        reason = f"no journal can be written in {policy.journals}: {exc.strerror}; the file was not touched"
        for write in writes:
            write.give_up(RewriteError(write.edit.path, reason))
        return
    try:
        _write_all(writes)
    except BaseException:
        # Ctrl-C, mostly. What a second one keeps from being taken back here, the journal takes back.
        for write in _without_errors(writes):
            write.give_up(RewriteError(write.edit.path, "was interrupted"))
        raise
    finally:
        _release(journal, writes, policy)


def _write_all(writes: list[Write]) -> None:
    for write in writes:
        write.take(write.write, "can't be written")
    writes = _without_errors(writes)
    failures = flush_together([write.file.fd for write in writes if write.awaits_disk])
    for write in writes:
        write.take(partial(write.end, failures), "the disk did not take it")


def _release(journal: Journal, writes: list[Write], policy: RewritePolicy) -> None:
    """Remove the journal, but for files that it must still put right."""
    try:
        journal.reduce_to(Content.union(write.pending for write in writes), policy.syncs)
    except OSError as exc:
        for write in writes:
            if write.journalled.undos:
                write.doubt(f"{journal.path} can't be removed, and the next run may take it back", exc)
    finally:
        journal.close()


def _without_errors(writes: list[Write]) -> list[Write]:
    return [write for write in writes if write.error is None]
