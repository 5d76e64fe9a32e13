"""Where previews belong: where the data descriptor says, or below a directory that the user named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.adhoc import AdHocDescriptor
from pytest_fitsproc.archive.preview_target import PreviewPathError, PreviewTarget
from pytest_fitsproc.archive.source import Source

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.products import Products

_MIME, _SUFFIX = "image/jpeg", ".jpg"


class PreviewPlaces:
    """Tells where the preview of a source belongs.

    Parameters
    ----------
    products : gives the products of a data descriptor
    directory : for the previews of all sources; None where descriptors say where they belong
    ad_hoc_directory : for the previews of files that no resource descriptor tells of
    """

    def __init__(
        self,
        products: Callable[[DataDescriptor], Products],
        directory: Path | None,
        ad_hoc_directory: Path,
    ) -> None:
        self._products, self._directory, self._ad_hoc_directory = products, directory, ad_hoc_directory

    def target(self, source: Source) -> PreviewTarget:
        """Return where the preview of a source belongs.

        Raises
        ------
        PreviewPathError
            It has no place, or one where nothing may be written.
        FitsprocError
            There is no such product, or the database can't be asked.
        """
        if self._directory is not None:
            return _target_below(self._directory, source)
        if isinstance(source.dd, AdHocDescriptor):
            return _target_below(self._ad_hoc_directory, source)
        return self._products(source.dd).preview_of(source)


def _target_below(directory: Path, source: Source) -> PreviewTarget:
    for data in source.dd.sources.directories:
        if Path(os.path.realpath(directory)).is_relative_to(os.path.realpath(data)):
            raise PreviewPathError(
                f"{directory} is among the data; name another directory by --fitsproc-previews-to=DIR"
            )
    path = Path(os.path.abspath(directory / (source.accref + _SUFFIX)))
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory)):
        raise PreviewPathError(f"the preview of {source.label} would be written out of {directory}")
    return PreviewTarget(source.accref, path, _MIME, source.path)
