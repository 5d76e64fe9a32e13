"""What a killed run left half-written is put right: in resource directories, where files are, and above."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.directories_above import directories_above
from pytest_fitsproc.processing.headers.writing import JOURNALS, WriteOptions, rewrite_policy


@dataclass(frozen=True)
class Unfinished:
    """A directory with journals: of a run that is at work, or was killed.

    Attributes
    ----------
    directory : the resource directory of that run
    dd : a data descriptor that may have files of which the journals tell
    """

    directory: str
    dd: DataDescriptor

    @property
    def is_far(self) -> bool:
        """Whether it is not below the inputs directory, so that nothing may be written there."""
        return not (self.directory == self.dd.rd.resdir or self.dd.rd.inputs.contains(self.directory))

    def advice(self) -> str:
        """What the user is told where nothing is recovered."""
        how = f"--fitsproc={self.directory}/ --fitsproc-write" if self.is_far else "--fitsproc-write"
        return (
            f"a run that wrote to files of {self.directory} is at work, or was killed;"
            f" {how} puts right what it left"
        )

    def recovered(self, options: WriteOptions) -> Iterator[str]:
        """Put right what can be; yield a line for each file."""
        if self.is_far:
            yield self.advice()
            return
        from pytest_fitsproc.fits.rewrite import Recovered, recover

        policy = rewrite_policy(self.dd.rd, options)
        for result in recover(replace(policy, journals=os.path.join(self.directory, JOURNALS))):
            outcome = f"{result.path}: {result.state}" if isinstance(result, Recovered) else str(result.error)
            yield f"after a run that was killed: {outcome}"


def unfinished(dds: Iterable[DataDescriptor]) -> list[Unfinished]:
    """Return where there are journals that may tell of files of data descriptors, the nearest first."""
    found: dict[str, Unfinished] = {}
    for dd in dds:
        for directory in _directories(dd):
            is_known = directory in found and not found[directory].is_far
            if not is_known and _has_journals(directory):
                found[directory] = Unfinished(directory, dd)
    return list(found.values())


def _directories(dd: DataDescriptor) -> dict[str, None]:
    """The directories that sources are looked for in, and all above, links followed and not."""
    names = [dd.rd.resdir]
    with suppress(FitsprocError):
        names += dd.sources.directories
    names += [os.path.realpath(name) for name in names]
    return {directory: None for name in dict.fromkeys(names) for directory in directories_above(name)}


def _has_journals(directory: str) -> bool:
    try:
        return bool(os.listdir(os.path.join(directory, JOURNALS)))
    except OSError:
        return False
