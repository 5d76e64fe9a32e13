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
        return _find(dd, preview, source_file, roots)
    except OutsideInputsError as error:
        raise refused(f"the preview path {preview!r} is refused: {error}") from error
    except (OSError, ValueError) as error:
        raise refused(f"the preview path {preview!r} can't be used: {error}") from error
    except PreviewPathError as error:
        raise refused(str(error)) from error


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


class PreviewDirectory:
    """A directory that previews are written to, and to nowhere else.

    Parameters
    ----------
    path : absolute and normalised

    Attributes
    ----------
    path : the parameter
    real : where it is when all links are followed
    """

    def __init__(self, path: str) -> None:
        self.path, self.real = path, os.path.realpath(path)
        self._prefix = path.rstrip("/") + "/"
        self._known: set[str] = set()

    def names(self, path: str) -> bool:
        """Whether an absolute, normalised path is below it before links are followed."""
        return path.startswith(self._prefix)

    def status(self, path: str, source_file: str | None) -> os.stat_result | None:
        """Return what the system knows of a preview below it; None where there is none.

        Raises
        ------
        PreviewPathError
            Links lead elsewhere, or a file is there that is no preview.
        OSError, ValueError
            The path can't be used.
        """
        self._check_parent(path)
        try:
            status = os.lstat(path)
            if S_ISLNK(status.st_mode):
                self._check_link(path)
                status = os.stat(path)
        except FileNotFoundError:
            return None
        _check_replaceable(path, status, source_file)
        return status

    def _check_parent(self, path: str) -> None:
        """Follow the links to the directory of a file; one that is there is asked once."""
        parent = os.path.dirname(path)
        if parent not in self._known:
            self._check_link(path)
            if os.path.isdir(parent):
                self._known.add(parent)

    def _check_link(self, path: str) -> None:
        real = os.path.realpath(path)
        if real == self.real or not is_below(real, self.real):
            raise PreviewPathError(f"links lead from {path} to {real}, out of {self.real}")


@lru_cache(maxsize=64)
def _described_directory(dd: DataDescriptor, roots: tuple[str, ...]) -> PreviewDirectory:
    """The directory of a descriptor's previews, found once: to ask where it is takes as long as all else."""
    path = dd.rd.inputs.file_of(preview_prefix(dd)) if _is_named(dd) else dd.rd.resdir
    if not is_below(path, dd.rd.resdir):
        raise PreviewPathError(f"the property previewDir leads out of the resource directory {dd.rd.resdir}")
    directory = PreviewDirectory(path)
    allowed = (str(dd.rd.inputs.path), *roots)
    if not any(is_below(directory.real, os.path.realpath(root)) for root in allowed):
        raise PreviewPathError(
            f"links lead from {path} to {directory.real}, which is not below the inputs directory"
        )
    return directory


def _is_named(dd: DataDescriptor) -> bool:
    return bool(dd.get_property("previewDir", None))


def _find(
    dd: DataDescriptor, preview: str, source_file: str | None, roots: tuple[str, ...]
) -> tuple[str, os.stat_result | None]:
    """Return the path of a preview and its status, or raise why it can't be written."""
    directory = _described_directory(dd, roots)
    path = dd.rd.inputs.file_of(fitting_path(preview))
    if not directory.names(path):
        named = ", which the property previewDir names" if _is_named(dd) else ""
        raise PreviewPathError(f"the preview path {preview!r} leads out of {directory.path}{named}")
    return path, directory.status(path, source_file)


def is_below(path: str, root: str) -> bool:
    """Whether a normalised path is a directory or below it."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def _check_replaceable(path: str, status: os.stat_result, source_file: str | None) -> None:
    """Refuse to overwrite what is no preview: the product itself, a descriptor, a processor."""
    if not S_ISREG(status.st_mode):
        raise PreviewPathError(f"{path} is no regular file")
    if source_file is not None and os.path.exists(source_file) and os.path.samefile(path, source_file):
        raise PreviewPathError(f"{path} is the product itself")
    with open(path, "rb") as file:
        start = file.read(_LONGEST_START)
    if start and not start.startswith(tuple(image[:_LONGEST_START] for image in _IMAGE_STARTS)):
        raise PreviewPathError(f"{path} is there and is no image: it is not overwritten")
