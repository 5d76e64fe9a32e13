"""Where previews belong: where the data descriptor says, or below a directory that the user named."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.adhoc import AdHocDescriptor
from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.archive.preview_path import fitting_path
from pytest_fitsproc.archive.preview_target import PreviewPathError, PreviewTarget
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.products import Products

_MIME, _JPEG_SUFFIX = "image/jpeg", ".jpg"


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

    Parameters
    ----------
    products : know which format the preview has

    Raises
    ------
    PreviewPathError
        That is among the data, or leads out of the directory.
    DatabaseError
        The database can't be asked.
    """
    mime = _published_mime(source.accref, products) or _MIME
    root = _real_root(directory, source.dd)
    path = os.path.abspath(directory / fitting_path(source.accref + _suffix(mime)))
    if not Path(os.path.realpath(path)).is_relative_to(root):
        raise PreviewPathError(f"the preview of {source.label} would be written out of {directory}")
    return PreviewTarget(source.accref, path, mime, str(source), _status(path))


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _real_root(directory: Path, dd: DataDescriptor) -> str:
    """Where a directory for previews really is, asked once in a run, or raise that it is among the data."""
    root = os.path.realpath(directory)
    if any(Path(root).is_relative_to(os.path.realpath(data)) for data in dd.sources.directories):
        raise PreviewPathError(
            f"{directory} is among the data; name another directory by --fitsproc-previews-to=DIR"
        )
    return root


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
