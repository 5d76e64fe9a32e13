"""Tables that astropy reads: ECSV, VOTable, FITS."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_fitsproc.archive.numbered_rows import NumberedRows
from pytest_fitsproc.errors import CatalogueError

# The first of several tables is meant; an empty text and a NaN of a FITS table are values; a VOTable's
# users know the names of its fields, its XML ids are for machines.
_READ_OPTIONS: dict[str, dict[str, Any]] = {
    "ascii.ecsv": {},
    "votable": {"table_id": 0, "use_names_over_ids": True},
    "fits": {"mask_invalid": False, "memmap": False},
}


def read_astropy_rows(name: str, path: Path, table_format: str) -> NumberedRows:
    """Return the rows of the first table of a file, as Python's own values; what is masked is None.

    Columns of vectors give lists; what ECSV stores as Time or SkyCoord gives these.

    Raises
    ------
    CatalogueError
        astropy can't read the file; the message is astropy's
    """
    from astropy.table import Table

    try:
        # Catalogues that bend their standard are read all the same.
        with warnings.catch_warnings(action="ignore"):
            table = Table.read(path, format=table_format, **_READ_OPTIONS[table_format])
            if table_format == "fits":
                table.convert_bytestring_to_unicode()
    except Exception as error:  # astropy's readers have no error of their own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CatalogueError(name, 0, f"astropy can't read this as {table_format}: {reason}") from error
    if not table.colnames:
        raise CatalogueError(name, 0, "the table has no columns")
    return NumberedRows(name, "row", list(table.colnames), _numbered(table))


def _numbered(table: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    columns = [_values(column) for column in table.itercols()]
    return enumerate(zip(*columns, strict=True), start=1)


def _values(column: Any) -> list[Any]:
    values: list[Any] = column.tolist() if hasattr(column, "tolist") else list(column)
    return values
