"""A catalogue: an auxiliary table whose rows are found by key."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pytest_fitsproc.archive.astropy_rows import read_astropy_rows
from pytest_fitsproc.archive.delimited_text import read_delimited_text
from pytest_fitsproc.archive.numbered_rows import NumberedRows
from pytest_fitsproc.errors import CatalogueError, NotFoundError

_DELIMITED = {".csv", ".tsv", ".txt"}
_ASTROPY_FORMATS = {
    ".ecsv": "ascii.ecsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".fits": "fits",
    ".fit": "fits",
}
_USUAL_KEY = "accref"
_NEIGHBOURS = 10


class MissingKeyError(NotFoundError, KeyError):
    """A catalogue has no such row, or a row no such column."""

    # KeyError's would show the message in quotes.
    __str__ = Exception.__str__


class CatalogueRow(Mapping[str, Any]):
    """A row: values by column, read-only."""

    __slots__ = ("_catalogue", "_values")

    def __init__(self, catalogue: Catalogue, values: Sequence[Any]) -> None:
        self._catalogue, self._values = catalogue, values

    def __getitem__(self, column: str) -> Any:
        __tracebackhide__ = True
        try:
            return self._values[self._catalogue.places[column]]
        except KeyError:
            raise MissingKeyError(
                f"{self._catalogue.path}: no column {column!r}; there are {_listed(self._catalogue.places)}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalogue.places)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self))


class Catalogue(Mapping[str, CatalogueRow]):
    """Rows by key, in the order of the file; read-only.

    Attributes
    ----------
    path : the file, as the user named it
    key_column : name of the column that holds the keys
    places : 0-based place of each column
    """

    def __init__(
        self, path: str, key_column: str, columns: Sequence[str], rows: dict[str, Sequence[Any]]
    ) -> None:
        self.path, self.key_column = path, key_column
        self.places = {column: place for place, column in enumerate(columns)}
        self._rows = rows

    def __getitem__(self, key: str) -> CatalogueRow:
        """Return a row.

        Raises
        ------
        MissingKeyError
            there is none with this key; the message names those that look like it
        """
        __tracebackhide__ = True
        try:
            return CatalogueRow(self, self._rows[key])
        except KeyError:
            raise MissingKeyError(self._no_row(key)) from None

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a row, or `default`: without the search for keys that look alike."""
        return self[key] if key in self._rows else default

    def _no_row(self, key: object) -> str:
        near = self._near(str(key))
        found = f"; there is {_listed(near)}" if near else f"; its {len(self)} rows have other keys"
        return f"{self.path}: no row with {self.key_column} {key!r}{found}"

    def _near(self, key: str) -> list[str]:
        """Return keys of the same file name, else those alike among the neighbours in the alphabet."""
        from difflib import get_close_matches

        place = bisect_left(self._sorted_keys, key)
        neighbours = self._sorted_keys[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]
        return self._keys_by_stem.get(_stem(key), [])[:3] or get_close_matches(key, neighbours)

    @cached_property
    def _sorted_keys(self) -> list[str]:
        return sorted(self._rows)

    @cached_property
    def _keys_by_stem(self) -> dict[str, list[str]]:
        keys: dict[str, list[str]] = {}
        for key in self._rows:
            keys.setdefault(_stem(key), []).append(key)
        return keys


def read_catalogue(text: str, resdir: str | Path) -> Catalogue:
    """Return the catalogue that ``PATH[::key column]`` names.

    Parameters
    ----------
    text : path, relative to `resdir`, and the name of the key column; without a name, it is the column
        "accref", else the first one. Read by suffix: .csv .tsv .txt as delimited text, whose values are
        strings; .ecsv, .vot .votable .xml and .fits .fit (.gz as well) through astropy, with native values.
    resdir : resource directory

    Raises
    ------
    CatalogueError
        the file can't be read, has no such column, or rows without a key or with equal ones; keys are
        texts, without blanks around them
    """
    name, _, key_column = text.partition("::")
    try:
        rows = _rows(name, Path(resdir, name))
        return _by_key(rows, _key_column(rows, key_column))
    except OSError as error:
        reason = f"{error.strerror or error} (catalogues are looked for below {resdir})"
        raise CatalogueError(name, 0, reason) from error


def _rows(name: str, path: Path) -> NumberedRows:
    suffix = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()
    if path.suffix.lower() in _DELIMITED:
        return read_delimited_text(name, path)
    if suffix not in _ASTROPY_FORMATS:
        known = " ".join(sorted(_DELIMITED | _ASTROPY_FORMATS.keys()))
        raise CatalogueError(
            name, 0, f"catalogues are read by suffix, and {path.suffix!r} is none of {known}"
        )
    path.open("rb").close()  # astropy's words for a file that is not there differ by format
    return read_astropy_rows(name, path, _ASTROPY_FORMATS[suffix])


def _key_column(rows: NumberedRows, wanted: str) -> str:
    column = wanted or (_USUAL_KEY if _USUAL_KEY in rows.columns else rows.columns[0])
    if column not in rows.columns:
        raise CatalogueError(rows.path, 0, f"no column {column!r}; there are {_listed(rows.columns)}")
    return column


def _by_key(rows: NumberedRows, key_column: str) -> Catalogue:
    place = rows.columns.index(key_column)
    by_key: dict[str, Sequence[Any]] = {}
    numbers: dict[str, int] = {}
    for number, values in rows.rows:
        key = "" if values[place] is None else str(values[place]).strip()
        if not key:
            raise rows.error(number, f"no value in the key column {key_column!r}")
        if key in by_key:
            raise rows.error(number, f"{key_column} {key!r} stands in {rows.unit} {numbers[key]} already")
        by_key[key] = values
        numbers[key] = number
    return Catalogue(rows.path, key_column, rows.columns, by_key)


def _listed(names: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join(map(repr, names))


def _stem(key: str) -> str:
    file_name = key.rpartition("/")[2]
    return (file_name.rpartition(".")[0] or file_name).casefold()
