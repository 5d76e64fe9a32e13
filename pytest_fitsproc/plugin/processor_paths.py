"""Where processors may come from, and where nothing is ever imported from: the data."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__)


@dataclass(frozen=True)
class ProcessorPaths:
    """The paths of a run.

    Attributes
    ----------
    named : files and directories on pytest's command line
    bins : the processors' directories of the resource descriptors, those that exist
    data : directories that hold sources, or have some below them
    descriptors : files of the resource descriptors
    rootdir, cwd : pytest's rootdir and the current directory
    """

    named: tuple[Path, ...]
    bins: tuple[Path, ...]
    data: tuple[Path, ...]
    descriptors: tuple[Path, ...]
    rootdir: Path
    cwd: Path

    @property
    def implied(self) -> tuple[Path, ...]:
        """What is collected where no path is named."""
        return () if self.named else self.bins

    @property
    def collected(self) -> tuple[Path, ...]:
        """What is collected: what is named, else the processors' directories."""
        return self.named or self.bins

    def anchors(self) -> list[str]:
        """Paths that the initial conftests are looked for from.

        Each is given as a file where data may lie around it: for a directory pytest would also import the
        conftests of its sub-directories ``test*``.
        """
        if self.collected:
            return [str(path) for path in self.collected]
        conftests = (directory / "conftest.py" for directory in _upwards(self.cwd, self.rootdir))
        nearest = next((path for path in conftests if path.is_file() and not self.is_data(path)), _HERE)
        return [str(path) for path in (self.descriptors or (nearest,))]

    def is_data(self, path: Path) -> bool:
        """Whether a path is among the data, where a test or a conftest must not run unless it is named."""
        return any(path.is_relative_to(directory) for directory in self.data) and not any(
            path.is_relative_to(allowed) or allowed.is_relative_to(path) for allowed in self.collected
        )

    def hold(self, path: Path) -> bool:
        """Whether any Python file at a path may hold processors, whatever its name."""
        return any(path.is_relative_to(directory) for directory in self.bins) or path in self.named


def bins_of(resdirs: Iterable[str]) -> tuple[Path, ...]:
    """Return the processors' directories ``bin`` of resource directories, where they exist."""
    paths = dict.fromkeys(Path(resdir, "bin") for resdir in resdirs)
    return tuple(path for path in paths if path.is_dir())


def named_paths(arguments: Sequence[str], cwd: Path) -> tuple[Path, ...]:
    """Return the paths that arguments of pytest's command line name, their ids cut off."""
    return tuple(Path(os.path.abspath(cwd / argument.partition("::")[0])) for argument in arguments)


def _upwards(start: Path, end: Path) -> Iterable[Path]:
    """`start` and the directories above it, as far as `end`."""
    for directory in (start, *start.parents):
        yield directory
        if directory == end:
            return
