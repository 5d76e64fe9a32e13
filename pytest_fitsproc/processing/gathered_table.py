"""Gathered rows as astropy tables: what ECSV and FITS can hold of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.gathering import Row, column_names
from pytest_fitsproc.processing.plain_value import Plain
from pytest_fitsproc.processing.visible_text import ascii_only

# FITS Standard 4.0, section 7.3.1: TFIELDS
_MOST_FITS_COLUMNS = 999
# The largest integers that all are floating-point numbers as well.
_EXACT = 2**53


def ecsv_table(rows: Sequence[Row]) -> Any:
    """Return the rows as an astropy Table that can be written as ECSV."""
    from astropy.table import Table

    return Table({name: _column([row.get(name) for row in rows], printable) for name in column_names(rows)})


def fits_table(rows: Sequence[Row]) -> Any:
    """Return the rows as an astropy Table that can be written as FITS.

    Raises
    ------
    OptionError
        there are more columns than a FITS table may have
    """
    from astropy.table import Table

    names = column_names(rows)
    if len(names) > _MOST_FITS_COLUMNS:
        raise OptionError(
            f"{len(names)} columns were gathered, and a FITS table has at most {_MOST_FITS_COLUMNS}: "
            "write .csv or .ecsv"
        )
    table = Table()
    for name, fits_name in zip(names, _fits_names(names), strict=True):
        values = [row.get(name) for row in rows]
        table[fits_name] = _column(_without_logical_holes(values), lambda text: ascii_only(printable(text)))
    return table


def _column(values: list[Plain], text: Callable[[str], str]) -> Any:
    """Return a masked column of the one type that holds all values."""
    import numpy as np
    from astropy.table import MaskedColumn

    kind = _common_kind(values)
    filling = kind()
    data: list[Any] = [filling if value is None else kind(value) for value in values]
    if kind is str:
        data = [text(value) for value in data]
    column = MaskedColumn(np.array(data, dtype=kind), mask=[value is None for value in values])
    if kind is int:
        # Written to FITS as TNULL: astropy's own 999999 would hide that value.
        column.fill_value = next(null for null in range(-(2**63), 2**63) if null not in values)
    return column


def _common_kind(values: list[Plain]) -> type[bool] | type[int] | type[float] | type[str]:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) == 1:
        return kinds.pop()
    exact = all(abs(value) <= _EXACT for value in values if type(value) is int)
    return float if kinds == {int, float} and exact else str


def _without_logical_holes(values: list[Plain]) -> list[Plain]:
    """Return truth values as integers where some are missing: astropy writes a masked one as true."""
    if None not in values or _common_kind(values) is not bool:
        return values
    return [None if value is None else int(value) for value in values]


def _fits_names(names: list[str]) -> list[str]:
    """Return names of the characters that the standard recommends, no two alike but for case."""
    taken: set[str] = set()
    result = []
    for name in names:
        base = unique = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
        number = 1
        while unique.lower() in taken:
            number += 1
            unique = f"{base}_{number}"
        taken.add(unique.lower())
        result.append(unique)
    return result
