"""Where a preview is written: nowhere but in the directory for previews, whatever a table says."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

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


@dataclass(frozen=True)
class PreviewTarget:
    """Where the preview of a product belongs.

    Attributes
    ----------
    accref : of the product
    path : of the preview, absolute; below the directory for previews, also when all links are followed
    mime : media type that the preview is published as, None where nothing is said
    source_path : file of the product, absolute; None where DaCHS makes it when it is asked for
    """

    accref: str
    path: Path
    mime: str | None
    source_path: Path | None


def preview_path(
    dd: DataDescriptor,
    accref: str,
    preview: str | None,
    source_path: Path | None,
    roots: Sequence[str] = (),
) -> Path:
    """Return the absolute path of a product's preview.

    It is below the directory that the property previewDir names; where there is none, below the resource
    directory. Names that are too long for a file system are shortened, see `fitting_path`.

    Parameters
    ----------
    preview : what the products table says: a path relative to the inputs directory
    source_path : the product's file, which is not to be overwritten
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
        root = _preview_root(dd)
        path = dd.rd.inputs.path_of(fitting_path(preview))
        if not path.is_relative_to(root) or path == root:
            raise refused(f"the preview path {preview!r} leads out of {root}{_named_by(dd)}")
        _check_links(dd, root, path, roots)
        _check_replaceable(path, source_path)
    except OutsideInputsError as error:
        raise refused(f"the preview path {preview!r} is refused: {error}") from error
    except (OSError, ValueError) as error:
        raise refused(f"the preview path {preview!r} can't be used: {error}") from error
    except _Refused as error:
        raise refused(str(error)) from error
    return path


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


def _preview_root(dd: DataDescriptor) -> Path:
    """The directory that previews of this data descriptor may be written to."""
    resdir = Path(dd.rd.resdir)
    if not dd.get_property("previewDir", None):
        return resdir
    root = dd.rd.inputs.path_of(preview_prefix(dd))
    if not root.is_relative_to(resdir):
        raise _Refused(f"the property previewDir leads out of the resource directory {resdir}")
    return root


def _named_by(dd: DataDescriptor) -> str:
    return ", which the property previewDir names" if dd.get_property("previewDir", None) else ""


def _check_links(dd: DataDescriptor, root: Path, path: Path, roots: Sequence[str]) -> None:
    real_root, real = _real_directory(root), os.path.realpath(path)
    if not any(_is_below(real_root, _real_directory(allowed)) for allowed in (dd.rd.inputs.path, *roots)):
        raise _Refused(f"links lead from {root} to {real_root}, which is not below the inputs directory")
    if real == real_root or not _is_below(real, real_root):
        raise _Refused(f"links lead from {path} to {real}, out of {real_root}")


@lru_cache(maxsize=64)
def _real_directory(path: str | Path) -> str:
    """Where a directory really is, which stays so for a run: asking takes as long as all else here."""
    return os.path.realpath(path)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _check_replaceable(path: Path, source_path: Path | None) -> None:
    """Refuse to overwrite what is no preview: the product itself, a descriptor, a processor."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return
    if not S_ISREG(status.st_mode):
        raise _Refused(f"{path} is no regular file")
    if source_path is not None and os.path.exists(source_path) and os.path.samefile(path, source_path):
        raise _Refused(f"{path} is the product itself")
    with open(path, "rb") as file:
        start = file.read(_LONGEST_START)
    if start and not start.startswith(tuple(image[:_LONGEST_START] for image in _IMAGE_STARTS)):
        raise _Refused(f"{path} is there and is no image: it is not overwritten")
