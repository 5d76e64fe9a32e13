"""Spectra as a data element of a resource descriptor declares them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.column_maps import row_key
from pytest_fitsproc.archive.current_database import current_products
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.errors import DescriptorError, FitsprocError, NotFoundError
from pytest_fitsproc.processing.previews.grammar_columns import grammar_of, read_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

_IMAGE_GRAMMAR = "fitsProdGrammar"
_ADVICE = "write a method get_spectrum(accref) that returns the coordinates and the fluxes"


def read_spectrum_by(
    dd: DataDescriptor, sdm_id: str | None, accref: str, spectral_column: str, flux_column: str
) -> tuple[Numbers, Numbers]:
    """Return the spectral coordinates and the fluxes of a product, as a data element declares them.

    Its grammar may be one of FITS tables, VOTables, csv, columns of characters, separated fields, or, for
    images of one axis with their WCS, ``fitsProdGrammar``. Its rowmaker may give columns other names. What it
    says in Python is never run.

    Parameters
    ----------
    dd : the data descriptor of the products
    sdm_id : id of the data element, in the same resource descriptor or as ``other/rd#id``
    spectral_column, flux_column : of the table that the data element makes

    Raises
    ------
    DescriptorError
        The data element is not there, or needs code.
    NotFoundError
        The file has no such columns.
    FitsprocError
        There is no such product, it has no file, or that can't be read.
    """
    try:
        data = _data_element(dd, sdm_id)
        path = _file(dd, accref)
        if grammar_of(data).name == _IMAGE_GRAMMAR:
            return _read_image(data, path)
        columns = read_columns(data, path)
        keys = [_row_key(data, column) for column in (spectral_column, flux_column)]
    except DescriptorError as error:
        raise DescriptorError(error.path, error.line, f"{error.reason}; {_ADVICE}") from error
    for key in keys:
        if key not in columns:
            there = ", ".join(columns) or "none"
            raise NotFoundError(
                f"{path}: has no column {key!r}, which data {data.id!r} takes; it has: {there}"
            )
    spectral, flux = (_numbers(columns[key], key, path) for key in keys)
    return spectral, flux


def _data_element(dd: DataDescriptor, sdm_id: str | None) -> DataDescriptor:
    if not sdm_id:
        raise dd.element.error("sdmId names no data element that makes spectra of the products")
    found = dd.rd.resolve(sdm_id, dd.element)
    if not isinstance(found, DataDescriptor):
        raise dd.element.error(f"{sdm_id!r}, named by sdmId, is no data element")
    return found


def _file(dd: DataDescriptor, accref: str) -> Path:
    path = current_products(dd).preview_of(accref).source_path
    if path is None:
        raise FitsprocError(
            f"{printable(accref)} has no file, DaCHS makes it when it is asked for: {_ADVICE},"
            " or leave it out by iterIdentifiers"
        )
    return path


def _read_image(data: DataDescriptor, path: Path) -> tuple[Numbers, Numbers]:
    from pytest_fitsproc.imaging import read_spectrum

    hdu = grammar_of(data).value("hdu")
    return read_spectrum(path, int(hdu) if hdu and hdu.isdecimal() else None)


def _row_key(data: DataDescriptor, column: str) -> str:
    if not data.makes:
        raise data.element.error(f"data {data.id!r} makes no table")
    return row_key(data.makes[0], column)


def _numbers(values: Sequence[Any], key: str, path: Path) -> Numbers:
    """Numbers as they are, or out of texts, where an empty one is NaN."""
    import numpy as np

    if not isinstance(values, list):
        return np.asanyarray(values)
    try:
        return np.array([float(text.strip() or "nan") for text in values])
    except ValueError as error:
        raise FitsprocError(f"{path}: column {key!r}: {error}") from error
