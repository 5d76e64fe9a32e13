"""What a killed run left half-written is put right before the next run that writes."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.headers.writing import journal_directory, rewrite_policy


def put_right(run: Run) -> list[str]:
    """Recover what the journals of earlier runs name; return what the user is to know, a line each.

    A run that writes nothing says only that there is something to recover.
    """
    return [
        line
        for rd in {dd.rd.resdir: dd.rd for dd in run.descriptors}.values()
        if _has_journals(rd)
        for line in _recovered(rd, run)
    ]


def _has_journals(rd: ResourceDescriptor) -> bool:
    try:
        return bool(os.listdir(journal_directory(rd)))
    except OSError:
        return False


def _recovered(rd: ResourceDescriptor, run: Run) -> Iterator[str]:
    if not run.settings.waking.is_possible:
        yield (
            f"a run that wrote to files of {rd.resdir} is at work, or was killed;"
            " --fitsproc-write puts right what it left"
        )
        return
    from pytest_fitsproc.fits.rewrite import Recovered, recover

    for result in recover(rewrite_policy(rd, run.settings.write)):
        outcome = f"{result.path}: {result.state}" if isinstance(result, Recovered) else str(result.error)
        yield f"after a run that was killed: {outcome}"
