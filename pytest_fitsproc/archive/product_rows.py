"""The rows that DaCHS' products table has for a data descriptor, made from what its rowfilter binds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import DescriptorError, FitsprocError, FitsprocWarning, NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.element import Element

#: Columns of ``dc.products`` in DaCHS' order: what binds them, and their types.
COLUMNS = {
    "accref": ("accref", "text primary key"),
    "owner": ("owner", "text"),
    "embargo": ("embargo", "date"),
    "mime": ("mime", "text"),
    "accessPath": ("path", "text not null"),
    "sourceTable": ("table", "text not null"),
    "preview": ("preview", "text"),
    "datalink": ("datalink", "text"),
    "preview_mime": ("preview_mime", "text"),
}

_MORE_COLUMNS = tuple(COLUMNS)[1:]

_IN_PYTHON = (
    "say it in Python, by a fixture products that returns products.replacing({column}=<a function of the"
    " accref>),"
    " or read what DaCHS made of it, by --fitsproc-db=URL"
)
_ACCREFS_IN_PYTHON = (
    "yield the accrefs by a function with @identifiers, or read what DaCHS made of them, by --fitsproc-db=URL"
)

_CODE_IS_NOT_RUN = (
    "the rowfilter {name!r} is Python, which is never run: products that it adds or changes are not known"
    " without a server; {advice}"
)

Row = dict[str, str | None]


class SourceRow:
    """Makes the row of a source's product, by what a data descriptor binds."""

    def __init__(self, dd: DataDescriptor) -> None:
        self._evaluators = {column: _evaluator(dd, column) for column in COLUMNS}

    @classmethod
    def alone(cls, dd: DataDescriptor) -> SourceRow | None:
        """Return what makes rows without regard to others; None where one source may change another's row."""
        return None if any(_code(dd)) or not dd.product_binds.accrefs_are_paths else cls(dd)

    def accref(self, key: str) -> str | None:
        """Return the accref for a product key, or raise why it has none."""
        try:
            return self._evaluators["accref"](key)
        except FitsprocError as error:
            raise _advised(error, _ACCREFS_IN_PYTHON) from error

    def value(self, column: str, key: str) -> str | None:
        """Return the value of a column for a product key, or raise why it has none."""
        try:
            return self._evaluators[column](key)
        except FitsprocError as error:
            raise _advised(error, _IN_PYTHON.format(column=column)) from error

    def of(self, key: str) -> LazyRow:
        """Return the row of the product with a product key.

        Raises
        ------
        FitsprocError
            The source is no product.
        """
        return LazyRow(self, key, self.accref(key))


class LazyRow(Mapping[str, str | FitsprocError | None]):
    """Values by column, evaluated when they are asked for; errors in place of those that can't be."""

    __slots__ = ("_accref", "_key", "_row")

    def __init__(self, row: SourceRow, key: str, accref: str | None) -> None:
        self._row, self._key, self._accref = row, key, accref

    def __getitem__(self, column: str) -> str | FitsprocError | None:
        if column == "accref":
            return self._accref
        try:
            return self._row.value(column, self._key)
        except FitsprocError as error:
            return error

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)


class ProductRows:
    """The products of a data descriptor, one for each source.

    Attributes
    ----------
    rows : values by column, in the order of the sources
    sizes : bytes of each source, in the same order; None where there is no such file
    refused : product keys of sources that are no products, each with the reason
    missing : columns that can't be evaluated, each with the reason
    """

    def __init__(self, dd: DataDescriptor) -> None:
        self.rows: list[Row] = []
        self.sizes: list[int | None] = []
        self.refused: dict[str, FitsprocError] = {}
        self.missing: dict[str, FitsprocError] = {}
        self._row = SourceRow(dd)
        _warn_of_code(dd)
        accref = dd.rd.inputs.accref
        for path in dd.sources:
            self._add(path, accref(path))

    def _add(self, path: str, key: str) -> None:
        try:
            row: Row = {"accref": self._row.accref(key)}
        except FitsprocError as error:
            self.refused[key] = error
            return
        for column in _MORE_COLUMNS:
            row[column] = self._value(column, key)
        self.rows.append(row)
        self.sizes.append(_size(path))

    def _value(self, column: str, key: str) -> str | None:
        if column in self.missing:
            return ""
        try:
            return self._row.value(column, key)
        except FitsprocError as error:
            self.missing[column] = error
            return ""


def _warn_of_code(dd: DataDescriptor) -> None:
    """Say which rowfilters may add products or change them."""
    import warnings

    for element in _code(dd):
        name = element.attributes.get("name", element.attributes.get("procDef", ""))
        place = element.error(_CODE_IS_NOT_RUN.format(name=name, advice=_ACCREFS_IN_PYTHON))
        warnings.warn(FitsprocWarning(str(place)), stacklevel=2)


def _code(dd: DataDescriptor) -> Iterator[Element]:
    """Yield the rowfilters but the first, which defines the products."""
    for element in dd.element.descendants():
        if element.name == "rowfilter" and element is not dd.product_binds.element:
            yield element


def _evaluator(dd: DataDescriptor, column: str) -> Callable[[str], str | None]:
    """What gives a column's value for a product key, or raises why it can't."""
    binds = dd.product_binds
    if column == "accref" and not binds.is_defined:
        # Nothing is published of such data, so that no accref of theirs is a bad one.
        return lambda key: key
    if column == "sourceTable" and "table" not in binds.texts:
        return lambda key: table_name(dd)
    try:
        return binds.evaluator(COLUMNS[column][0])
    except FitsprocError as error:
        failure = error

    def fail(key: str) -> str | None:
        raise failure

    return fail


def table_name(dd: DataDescriptor) -> str:
    """Return the qualified name of the table that the data go into; empty where it is not known here."""
    if not dd.makes or not dd.rd.schema:
        return ""
    try:
        return dd.makes[0].table.qualified_name()
    except DescriptorError:
        # Of a stream or a descriptor of DaCHS' own, which are not read.
        return ""


def _advised(error: FitsprocError, advice: str) -> FitsprocError:
    if isinstance(error, DescriptorError):
        return DescriptorError(error.path, error.line, f"{error.reason}; {advice}")
    return NotFoundError(f"{error}; {advice}")


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
