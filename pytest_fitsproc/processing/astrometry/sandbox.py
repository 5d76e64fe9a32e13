"""The directory in which a field is solved, and the copies of it that people look into."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fitsproc.processing.astrometry.errors import (
    AstrometryError,
    ProgramFailed,
    SandboxCopyError,
)
from pytest_fitsproc.processing.astrometry.programs import find_program, run_program

#: The files in a sandbox, as DaCHS calls them; solve-field adds its own (``img.wcs``, ``img.corr``, …).
IMAGE, SOURCES, SOLVED, WCS = "img.fits", "img.axy", "img.solved", "img.wcs"
CORRESPONDENCES, INDEX_STARS = "img.corr", "img-indx.xyls"

#: The sources before the object filter; only where there is a filter.
DETECTED = "img.detected"

#: What makes a directory a sandbox, which may be replaced by another one.
MARKER = ".fitsproc-sandbox"

# What the name of a directory begins with in which a copy is being made.
_UNDER_WAY = f"{MARKER}-"

# Bytes; with less, what a program writes is cut off.
_FULL = 1 << 16
_NO_ROOM = "the disk of the sandbox is full (set TMPDIR to another one)"


@dataclass
class Sandbox:
    """A directory that holds all that belongs to one attempt at one field.

    Attributes
    ----------
    directory : absolute
    deadline : on the clock `time.monotonic`, for all programs together
    commands : those that were run, as words
    outputs : what they printed
    """

    directory: Path
    deadline: float
    commands: list[list[str]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """Return the path of a file in the sandbox."""
        return self.directory / name

    def run(self, name: str, arguments: Sequence[str]) -> str:
        """Run a program in the sandbox; see `run_program`."""
        words = [find_program(name), *arguments]
        self.commands.append(words)
        try:
            self.outputs.append(run_program(words, self.directory, self.deadline))
        except ProgramFailed as error:
            raise self._explained(error) from error.__cause__
        if not self.path(SOLVED).exists() and self._is_full():
            raise AstrometryError(f"{_NO_ROOM} after {name} was run")
        return self.outputs[-1]

    def _explained(self, error: ProgramFailed) -> ProgramFailed:
        """Return the error with what a program on a full disk can't say, since its output is lost, too."""
        if not self._is_full():
            return error
        return ProgramFailed(f"{_NO_ROOM}: {error}", error.command, error.returncode, error.output)

    def _is_full(self) -> bool:
        return shutil.disk_usage(self.directory).free < _FULL


@contextmanager
def temporary_sandbox(wall_limit_s: float) -> Iterator[Sandbox]:
    """Make a sandbox in the directory for temporary files, and remove it on leaving.

    Raises
    ------
    AstrometryError
        No directory can be made there.
    """
    try:
        directory = tempfile.TemporaryDirectory(prefix="fitsproc-astrometry-", ignore_cleanup_errors=True)
    except OSError as error:
        raise AstrometryError(f"no sandbox can be made: {error}; set TMPDIR to another directory") from error
    with directory as name:
        sandbox = Sandbox(Path(name), time.monotonic() + wall_limit_s)
        sandbox.path(MARKER).touch()
        yield sandbox


def sub_directory(directory: Path, accref: str) -> Path:
    """Return where the sandbox of a file goes when there are several: one directory for each.

    The name is the accref with ``%2F`` for its slashes, so that a sandbox never lies in another one.
    """
    name = accref.replace("%", "%25").replace("/", "%2F")
    return directory / (f"%2E{name[1:]}" if name.startswith(".") else name)


def require_replaceable(target: Path) -> None:
    """Make sure that a sandbox may be copied to `target`.

    Raises
    ------
    SandboxCopyError
        Something is there that is neither an earlier sandbox nor an empty directory.
    """
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise SandboxCopyError(f"no sandbox is copied to {target}: it is not a directory; name another one")
    if not (target / MARKER).is_file() and any(target.iterdir()):
        raise SandboxCopyError(
            f"no sandbox is copied to {target}: it is no earlier sandbox, and what is in it would be lost; "
            "name another directory"
        )


def require_collection(directory: Path) -> None:
    """Make sure that sandboxes may be copied to places below a directory.

    Raises
    ------
    SandboxCopyError
        Something is there that is no directory, or one with anything but sandboxes in it.
    """
    if not os.path.lexists(directory):
        return
    if not directory.is_dir():
        raise SandboxCopyError(
            f"no sandbox is copied to {directory}: it is not a directory; name another one"
        )
    foreign = [path.name for path in directory.iterdir() if not _is_ours(path)]
    if foreign:
        raise SandboxCopyError(
            f"no sandboxes are copied to {directory}: there is something else in it, {min(foreign)!r}; "
            "name another directory"
        )


def copy_sandbox(directory: Path, target: Path) -> None:
    """Copy a sandbox to `target`; a sandbox that is there is replaced once the copy is complete.

    The image is copied, too, where the sandbox has but a link to it.

    Raises
    ------
    SandboxCopyError
        Something else is there, or it can't be written.
    """
    require_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=_UNDER_WAY, dir=target.parent, ignore_cleanup_errors=True
        ) as name:
            fresh, stale = Path(name, "fresh"), Path(name, "stale")
            shutil.copytree(directory, fresh)
            if target.exists():
                target.rename(stale)
            fresh.rename(target)
    except (OSError, shutil.Error) as error:
        raise SandboxCopyError(f"the sandbox can't be copied to {target}: {error}") from error


def _is_ours(path: Path) -> bool:
    return path.name.startswith(_UNDER_WAY) or (path / MARKER).is_file()
