"""Rows that checks gather, from all workers, in the order of the sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite, isnan
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.plain_value import GatherError, Plain, plain_value
from pytest_fitsproc.processing.result_file import replaced_file, write_csv_file

Row: TypeAlias = dict[str, Plain]
"""What one call of ``gather`` leaves: "file", "processor", and the fields it was given."""

_FILLED_IN = ("file", "processor")


def gathered_row(file: str, processor: str, fields: Mapping[str, object]) -> Row:
    """Return the row that one call of ``gather(**fields)`` makes, its values as `plain_value` gives them.

    Raises
    ------
    GatherError
        a value has no plain form, or a field is called "file" or "processor"
    """
    for name in _FILLED_IN:
        if name in fields:
            raise GatherError(f"gather({name}=…): the run fills in this column; choose another name")
    given = {_name(field): plain_value(field, value) for field, value in fields.items()}
    return {"file": _name(file), "processor": _name(processor)} | given


class Gathering:
    """Rows with their places: by source, then by processor, then as they were gathered."""

    def __init__(self) -> None:
        self._rows: list[tuple[tuple[int, ...], Row]] = []

    def add(self, row: Row, order: tuple[int, ...]) -> None:
        """Take a row; `order` are the places of its source and of its processor.

        The rows of one item must come in the order in which they were gathered.
        """
        self._rows.append((order, row))

    def update(self, other: Gathering) -> None:
        """Take all rows of `other`."""
        self._rows += other._rows

    def rows(self) -> list[Row]:
        """Return the rows in order."""
        return [row for _, row in sorted(self._rows, key=itemgetter(0))]


def check_suffix(path: str | Path) -> None:
    """Raise an OptionError if `path` does not end like one of the formats that `write` knows."""
    if Path(path).suffix.lower() not in _WRITERS:
        raise OptionError(
            f"{path}: gathered rows are written as {', '.join(_WRITERS)}: use one of these suffixes"
        )


def write(rows: Sequence[Row], path: str | Path) -> None:
    """Write rows in the format that the suffix of `path` names.

    The columns are the union of all rows' fields, in order of first appearance.

    ===== =============================================================================================
    .csv  UTF-8; None and missing values are empty, truth values ``True`` and ``False``
    .json a list with an object for each row, on a line of its own; missing fields are left out;
          ``NaN``, ``Infinity`` and ``-Infinity``, which JSON has no numbers for, are strings
    .ecsv through astropy; None and missing values are masked; integers with numbers give numbers, any
          other mixture of types gives text; text without outer blanks and with control characters
          written as ``\\xNN``; the empty text reads back as masked
    .fits like .ecsv, in ASCII; text that is missing is empty, a number that is missing NaN; truth values
          that are missing make integers of the column; what is no letter, digit or underscore in a
          column's name becomes an underscore
    ===== =============================================================================================

    Raises
    ------
    OptionError
        the suffix is none of these, or the file can't be written; a file that was there stays as it was
    """
    check_suffix(path)
    _WRITERS[Path(path).suffix.lower()](rows, path)


def column_names(rows: Iterable[Row]) -> list[str]:
    """Return the names of all fields, in order of first appearance."""
    return list(dict.fromkeys([*_FILLED_IN, *(name for row in rows for name in row)]))


def _name(text: str) -> str:
    """Return a name as a text that can be encoded."""
    return str(plain_value("name", text))


def _write_csv(rows: Sequence[Row], path: str | Path) -> None:
    names = column_names(rows)
    write_csv_file(path, [names, *([row.get(name) for name in names] for row in rows)])


def _write_json(rows: Sequence[Row], path: str | Path) -> None:
    import json

    lines = (
        json.dumps({name: _json_value(value) for name, value in row.items()}, ensure_ascii=False)
        for row in rows
    )
    with replaced_file(path) as temporary, temporary.open("x", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


def _json_value(value: Plain) -> Plain:
    if not isinstance(value, float) or isfinite(value):
        return value
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _write_ecsv(rows: Sequence[Row], path: str | Path) -> None:
    from pytest_fitsproc.processing.gathered_table import ecsv_table

    with replaced_file(path) as temporary:
        ecsv_table(rows).write(temporary, format="ascii.ecsv")


def _write_fits(rows: Sequence[Row], path: str | Path) -> None:
    from pytest_fitsproc.processing.gathered_table import fits_table

    with replaced_file(path) as temporary:
        fits_table(rows).write(temporary, format="fits")


_WRITERS: dict[str, Callable[[Sequence[Row], str | Path], None]] = {
    ".csv": _write_csv,
    ".ecsv": _write_ecsv,
    ".json": _write_json,
    ".fits": _write_fits,
}
