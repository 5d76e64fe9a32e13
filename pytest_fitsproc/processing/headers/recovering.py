"""What a killed run left half-written below a resource directory is put right."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.processing.headers.writing import WriteOptions, journal_directory, rewrite_policy


def has_journals(rd: ResourceDescriptor) -> bool:
    """Return whether a run that writes is at work below a resource directory, or was killed there."""
    try:
        return bool(os.listdir(journal_directory(rd)))
    except OSError:
        return False


def recovered(rd: ResourceDescriptor, options: WriteOptions) -> Iterator[str]:
    """Put right what a killed run has left of the files of a resource descriptor; yield a line for each."""
    if not has_journals(rd):
        return
    from pytest_fitsproc.fits.rewrite import Recovered, recover

    for result in recover(rewrite_policy(rd, options)):
        outcome = f"{result.path}: {result.state}" if isinstance(result, Recovered) else str(result.error)
        yield f"after a run that was killed: {outcome}"
