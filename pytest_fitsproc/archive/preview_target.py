"""Where a preview is written: nowhere but in the directory for previews, whatever a table says."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from pytest_fitsproc.archive.descriptor_macros import preview_prefix
from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.inputs import OutsideInputsError
from pytest_fitsproc.archive.preview_path import fitting_path
from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

_AUTO = "AUTO"

#: How files begin that a preview may replace; RIFF is WebP's, and TIFF has two.
_IMAGE_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"RIFF",
    b"II*\0",
    b"MM\0*",
    b"<svg",
    b"<?xml",
    b"%PDF",
)
_LONGEST_START = 4


class PreviewPathError(FitsprocError):
    """There is no place for the preview of a product: the message says why."""


class PreviewTarget(NamedTuple):
    """Where the preview of a product belongs.

    Attributes
    ----------
    accref : of the product
    file : path of the preview, absolute; below the directory for previews, also when all links are followed
    mime : media type that the preview is published as, None where nothing is said
    source_file : path of the product, absolute; None where DaCHS makes it when it is asked for
    status : what the system knew of the preview when it was looked for; None where there was none
    """

    accref: str
    file: str
    mime: str | None
    source_file: str | None
    status: os.stat_result | None

    @property
    def path(self) -> Path:
        """Of the preview."""
        return Path(self.file)

    @property
    def source_path(self) -> Path | None:
        """Of the product's file, if it has one."""
        return None if self.source_file is None else Path(self.source_file)


def find_preview(
    dd: DataDescriptor,
    accref: str,
    preview: str | None,
    source_file: str | None,
    roots: tuple[str, ...] = (),
) -> tuple[str, os.stat_result | None]:
    """Return the absolute path of a product's preview, and its status, None where it is missing.

    It is below the directory that the property previewDir names; where there is none, below the resource
    directory. Names that are too long for a file system are shortened, see `fitting_path`.

    Parameters
    ----------
    preview : what the products table says: a path relative to the inputs directory
    source_file : the product's file, which is not to be overwritten
    roots : directories that links may lead into, besides the inputs directory

    Raises
    ------
    PreviewPathError
        The table says no path, or one that leads elsewhere or to a file that is no image.
    """

    def refused(reason: str) -> PreviewPathError:
        return PreviewPathError(f"{printable(accref)}: {printable(reason)}")

    problem = _no_path(preview)
    if problem or preview is None:
        raise refused(problem)
    try:
        return _preview_directory(dd, roots).find(preview, source_file)
    except OutsideInputsError as error:
        raise refused(f"the preview path {preview!r} is refused: {error}") from error
    except (OSError, ValueError) as error:
        raise refused(f"the preview path {preview!r} can't be used: {error}") from error
    except _Refused as error:
        raise refused(str(error)) from error


class _Refused(Exception):
    """Why a path is not written to."""


def _no_path(preview: str | None) -> str:
    """Why this is no path; empty where it is one."""
    if not preview:
        return "the products table names no preview for it"
    if preview == _AUTO:
        return (
            "its preview is AUTO: DaCHS makes one when it is asked for; bind preview in //products#define,"
            r" for instance to \standardPreviewPath"
        )
    if "://" in preview:
        return f"its preview is elsewhere, at {preview}"
    return "the preview path has a NUL in it" if "\0" in preview else ""


@lru_cache(maxsize=64)
def _preview_directory(dd: DataDescriptor, roots: tuple[str, ...]) -> _PreviewDirectory:
    """The directory of a run's previews, found once: to ask where it really is takes as long as all else."""
    return _PreviewDirectory(dd, roots)


class _PreviewDirectory:
    """The directory that previews of a data descriptor may be written to."""

    def __init__(self, dd: DataDescriptor, roots: tuple[str, ...]) -> None:
        self._inputs = dd.rd.inputs
        self._is_named = bool(dd.get_property("previewDir", None))
        self._path = self._inputs.file_of(preview_prefix(dd)) if self._is_named else dd.rd.resdir
        self._prefix = self._path.rstrip("/") + "/"
        if not _is_below(self._path, dd.rd.resdir):
            raise _Refused(f"the property previewDir leads out of the resource directory {dd.rd.resdir}")
        self._real = os.path.realpath(self._path)
        allowed = (str(self._inputs.path), *roots)
        if not any(_is_below(self._real, os.path.realpath(directory)) for directory in allowed):
            reason = f"links lead from {self._path} to {self._real}, which is not below the inputs directory"
            raise _Refused(reason)
        self._known: set[str] = set()

    def find(self, preview: str, source_file: str | None) -> tuple[str, os.stat_result | None]:
        """Return the path of a preview and its status, or raise why it can't be written."""
        path = self._inputs.file_of(fitting_path(preview))
        if not path.startswith(self._prefix):
            named = ", which the property previewDir names" if self._is_named else ""
            raise _Refused(f"the preview path {preview!r} leads out of {self._path}{named}")
        self._check_parent(path)
        try:
            status = os.lstat(path)
            if S_ISLNK(status.st_mode):
                self._check_link(path)
                status = os.stat(path)
        except FileNotFoundError:
            return path, None
        _check_replaceable(path, status, source_file)
        return path, status

    def _check_parent(self, path: str) -> None:
        """Follow the links to the directory of a file; one that is there is asked once."""
        parent = os.path.dirname(path)
        if parent not in self._known:
            self._check_link(path)
            if os.path.isdir(parent):
                self._known.add(parent)

    def _check_link(self, path: str) -> None:
        real = os.path.realpath(path)
        if real == self._real or not _is_below(real, self._real):
            raise _Refused(f"links lead from {path} to {real}, out of {self._real}")


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _check_replaceable(path: str, status: os.stat_result, source_file: str | None) -> None:
    """Refuse to overwrite what is no preview: the product itself, a descriptor, a processor."""
    if not S_ISREG(status.st_mode):
        raise _Refused(f"{path} is no regular file")
    if source_file is not None and os.path.exists(source_file) and os.path.samefile(path, source_file):
        raise _Refused(f"{path} is the product itself")
    with open(path, "rb") as file:
        start = file.read(_LONGEST_START)
    if start and not start.startswith(tuple(image[:_LONGEST_START] for image in _IMAGE_STARTS)):
        raise _Refused(f"{path} is there and is no image: it is not overwritten")
