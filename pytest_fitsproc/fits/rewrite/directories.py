"""Directories below the roots, opened component by component so that no link can lead out of them."""

from __future__ import annotations

import os
from typing import NamedTuple

from pytest_fitsproc.fits.rewrite.disk import DIRECTORY, close_quietly
from pytest_fitsproc.fits.rewrite.errors import RewriteError


class Location(NamedTuple):
    """Where a file is.

    Attributes
    ----------
    directory : descriptor of the directory it is in
    name : in that directory
    real_path : of the directory, with the name
    """

    directory: int
    name: str
    real_path: str


class OpenDirectories:
    """The directories of a block of files, each opened once; closed together.

    Parameters
    ----------
    roots : real paths of the directories that may be written in
    """

    def __init__(self, roots: tuple[str, ...]) -> None:
        self._roots = roots
        self._real: dict[str, str] = {}
        self._opened: dict[str, int] = {}

    def __enter__(self) -> OpenDirectories:
        return self

    def __exit__(self, *_: object) -> None:
        for fd in self._opened.values():
            close_quietly(fd)
        self._opened.clear()

    def locate(self, path: str) -> Location:
        """Return where what a path leads to is, links followed.

        Raises
        ------
        RewriteError : the real path is below none of the roots
        OSError : there is no such file or directory
        """
        parent, name = os.path.split(path)
        if parent not in self._real:
            self._real[parent] = os.path.realpath(parent or os.curdir, strict=True)
        directory = self._real[parent]
        real = os.path.join(directory, name)
        if os.path.islink(real):
            real = os.path.realpath(real, strict=True)
            directory, name = os.path.split(real)
        return Location(self._open(path, directory), name, real)

    def _open(self, path: str, directory: str) -> int:
        """Return the descriptor of a directory given by its real path."""
        if directory not in self._opened:
            root = next((root for root in self._roots if _is_below(directory, root)), None)
            if root is None:
                raise RewriteError(path, self._outside(directory))
            self._opened[directory] = _descend(root, os.path.relpath(directory, root))
        return self._opened[directory]

    def _outside(self, directory: str) -> str:
        allowed = ", ".join(self._roots) or "no directory at all"
        return f"lies in {directory}; files are written only below {allowed}"


def _is_below(directory: str, root: str) -> bool:
    return os.path.commonpath((directory, root)) == root


def _descend(root: str, relative: str) -> int:
    """Open a directory below `root`; a component that was made a link meanwhile is an error."""
    fd = os.open(root, DIRECTORY)
    for part in () if relative == "." else relative.split(os.sep):
        try:
            below = os.open(part, DIRECTORY, dir_fd=fd)
        finally:
            close_quietly(fd)
        fd = below
    return fd
