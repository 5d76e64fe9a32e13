"""DaCHS' way of writing: what a processor wants of a file is written as soon as it has run."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.processing.headers.writing import (
    WriteOptions,
    Writing,
    journal_directory,
    new_run_name,
    rewrite_policy,
    writing_for,
)
from pytest_fitsproc.processing.visit import Visit


class AtOnce:
    """Writes the headers that are proposed for files, one file after the other.

    Parameters
    ----------
    processor : name of who proposes them
    options : how files are written
    """

    def __init__(self, processor: str, options: WriteOptions) -> None:
        self._processor, self._options = processor, options
        self._run = new_run_name()
        self._writings: dict[str, Writing] = {}

    def write(self, visit: Visit) -> None:
        """Write what is proposed for the file of a visit, which then reads it anew.

        Raises
        ------
        FitsprocError
            It can't be written; the file is as it was.
        """
        if not visit.proposals:
            return
        (error,) = self._writing(visit.source.dd.rd).write([visit.proposals], self._processor)
        visit.proposals.clear()
        visit.close()
        if error is not None:
            raise error

    def _writing(self, rd: ResourceDescriptor) -> Writing:
        if rd.resdir not in self._writings:
            self._writings[rd.resdir] = writing_for(rd, self._run, self._options)
        return self._writings[rd.resdir]


def recovered(rd: ResourceDescriptor, options: WriteOptions) -> Iterator[str]:
    """Put right what a killed run has left of the files of a resource descriptor; yield a line for each."""
    try:
        if not os.listdir(journal_directory(rd)):
            return
    except OSError:
        return
    from pytest_fitsproc.fits.rewrite import Recovered, recover

    for result in recover(rewrite_policy(rd, options)):
        outcome = f"{result.path}: {result.state}" if isinstance(result, Recovered) else str(result.error)
        yield f"after a run that was killed: {outcome}"
