"""Where previews belong: where the data descriptor says, or below a directory that the user named."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.adhoc import AdHocDescriptor
from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.preview_path import fitting_path
from pytest_fitsproc.archive.preview_target import PreviewDirectory, PreviewPathError, PreviewTarget, is_below
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.products import Products

_MIME, _JPEG_SUFFIX = "image/jpeg", ".jpg"
_DIGITS = 12


class PreviewPlaces:
    """Tells where the preview of a source belongs.

    Parameters
    ----------
    products : gives the products of a data descriptor
    directory : for the previews of all sources; None where descriptors say where they belong
    ad_hoc_directory : for the previews of files that no resource descriptor tells of

    Attributes
    ----------
    directory : the parameter
    """

    def __init__(
        self,
        products: Callable[[DataDescriptor], Products],
        directory: Path | None,
        ad_hoc_directory: Path,
    ) -> None:
        self.directory = directory
        self._products, self._ad_hoc_directory = cache(products), ad_hoc_directory

    def target(self, source: Source) -> PreviewTarget:
        """Return where the preview of a source belongs.

        Raises
        ------
        PreviewPathError
            It has no place, or one where nothing may be written.
        FitsprocError
            There is no such product, or the database can't be asked.
        """
        if self.directory is not None:
            return target_below(self.directory, source, self._products(source.dd))
        if isinstance(source.dd, AdHocDescriptor):
            return target_below(self._ad_hoc_directory, source)
        return self._products(source.dd).preview_of(source)


def target_below(directory: Path, source: Source, products: Products | None = None) -> PreviewTarget:
    """Return where a preview belongs below a directory that the user named: it is called like the source.

    Those of a directory not below the inputs directory are in one with its name and a hash of its path.

    Parameters
    ----------
    products : know which format the preview has

    Raises
    ------
    PreviewPathError
        That is among the data, leads out of the directory, or is a file that is no preview.
    DatabaseError
        The database can't be asked.
    """
    mime = _published_mime(source.accref, products) or _MIME
    place, file = _place(directory, source.dd), str(source)
    path = os.path.abspath(os.path.join(place.path, fitting_path(source.accref + _suffix(mime))))
    if not place.names(path):
        raise PreviewPathError(f"the preview of {source.label} would be written out of {directory}")
    try:
        _require_apart(directory, os.path.dirname(path), os.path.dirname(file), source.dd)
        return PreviewTarget(source.accref, path, mime, file, place.status(path, file))
    except PreviewPathError as error:
        raise PreviewPathError(printable(f"{source.label}: {error}")) from error
    except (OSError, ValueError) as error:
        raise PreviewPathError(printable(f"{source.label}: its preview has no place: {error}")) from error


@lru_cache(maxsize=64)
def _place(directory: Path, dd: DataDescriptor) -> PreviewDirectory:
    """Where the previews of a data descriptor belong, asked once in a run."""
    return PreviewDirectory(os.path.abspath(directory / _own_name(dd)))


def _own_name(dd: DataDescriptor) -> str:
    """A name for a directory that is its own inputs directory: others have files of the same accrefs."""
    if not (isinstance(dd, AdHocDescriptor) and dd.is_elsewhere):
        return ""
    from hashlib import sha256

    digits = sha256(os.fsencode(dd.rd.resdir)).hexdigest()[:_DIGITS]
    return fitting_path(f"{os.path.basename(dd.rd.resdir)}-{digits}")


@lru_cache(maxsize=1024)
def _require_apart(directory: Path, parent: str, source_directory: str, dd: DataDescriptor) -> None:
    """Raise that the directory of a preview, or the one that was named, is among the data."""
    data = [os.path.realpath(start) for start in dd.sources.directories]
    among = [
        place
        for place in (str(directory), parent)
        if any(is_below(os.path.realpath(place), start) for start in data)
    ]
    # A file that is named singly, or lies behind a link.
    if os.path.realpath(parent) == os.path.realpath(source_directory):
        among.append(parent)
    if among:
        raise PreviewPathError(
            f"{among[0]} is among the data; name another directory by --fitsproc-previews-to=DIR"
        )


def _published_mime(accref: str, products: Products | None) -> str | None:
    """The media type that the preview of a product has, None where nothing is known of it."""
    if products is None:
        return None
    try:
        mime: str | None = products[accref]["preview_mime"]
    except DatabaseError:
        raise
    except FitsprocError:
        return None
    return mime


def _suffix(mime: str) -> str:
    return _JPEG_SUFFIX if mime == _MIME else "." + mime.rpartition("/")[2]
