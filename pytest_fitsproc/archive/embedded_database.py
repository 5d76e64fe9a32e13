"""A database in memory with the products that resource descriptors describe: for a run without a server."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Answer, Database
from pytest_fitsproc.archive.per_process import PerProcess
from pytest_fitsproc.archive.product_rows import COLUMNS, LazyRow, ProductRows, SourceRow, table_name
from pytest_fitsproc.archive.sqlite_reading import allow_reading_only, ask_sqlite
from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.source import Source

#: Columns that a table of products has by DaCHS' mixin; others come of rowmakers, which are Python.
_TABLE_COLUMNS = ("accref", "owner", "embargo", "mime", "accsize")
_TABLE_TYPES = "accref text, owner text, embargo date, mime text, accsize bigint"

_PRODUCTS = ("dc", "products")

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_HINT = (
    "without a server there are dc.products, and the tables of the data with {};"
    " name a server by --fitsproc-db=URL"
)


class EmbeddedDatabase(Database):
    """``dc.products``, and the tables that the data go into with those columns that all products have.

    They are made when they are first asked for: a product of each source, with what the rowfilter
    ``//products#define`` binds. Products that code in a descriptor would add are not there. A column that
    can't be evaluated is an error when a query reads it.

    Parameters
    ----------
    dds : data descriptors; where two have the same product, that of the last one stays in ``dc.products``
    """

    def __init__(self, dds: Sequence[DataDescriptor]) -> None:
        self.name = "the products of " + ", ".join(dd.full_id for dd in dds)
        self._dds = dds
        self._content = PerProcess(lambda: _Content(self._dds))
        self._rows: dict[DataDescriptor, SourceRow | None] = {}

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a query."""
        import sqlite3

        content = self._content()
        content.unreadable.clear()
        try:
            return ask_sqlite(content.connection, query, values)
        except sqlite3.Error as error:
            if content.unreadable:
                raise content.unreadable[0] from error
            hint = f": {_HINT.format(', '.join(_TABLE_COLUMNS))}" if str(error).startswith("no such") else ""
            raise self.error(query, f"{error}{hint}") from error

    def close(self) -> None:
        """Forget the tables of this process; they are made anew when they are needed."""
        content = self._content.take()
        if content is not None:
            content.connection.close()

    def row_of(self, source: Source) -> LazyRow | None:
        """Return the row of a source's product, made without the others; None where that can't be done.

        Columns are those of ``dc.products``.

        Raises
        ------
        FitsprocError
            The source is no product.
        """
        if source.dd not in self._dds:
            return None
        if source.dd not in self._rows:
            self._rows[source.dd] = SourceRow.alone(source.dd)
        row = self._rows[source.dd]
        return None if row is None else row.of(source.accref)

    def table_of(self, dd: DataDescriptor) -> str:
        """Return the table that has the products of a data descriptor as it gives them itself."""
        is_own = len(self._dds) > 1 and dd in self._dds
        return ".".join(_own_table(self._dds.index(dd)) if is_own else _PRODUCTS)

    def refusal(self, product_key: str) -> FitsprocError | None:
        """Return why a source is no product, None where it is one."""
        return self._content().refused.get(product_key)


class _Content:
    """The tables of one process.

    Attributes
    ----------
    connection : to them
    refused : sources that are no products, with the reasons
    unreadable : why columns could not be read that the last query wanted
    """

    def __init__(self, dds: Sequence[DataDescriptor]) -> None:
        import sqlite3

        self.connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.refused: dict[str, FitsprocError] = {}
        self.unreadable: list[FitsprocError] = []
        self._missing: dict[tuple[str, str, str], FitsprocError] = {}
        self._schemas = {"main", "temp"}
        self._add_products(*_PRODUCTS)
        for number, dd in enumerate(dds):
            self._add(dd, [_PRODUCTS, _own_table(number)] if len(dds) > 1 else [_PRODUCTS])
        allow_reading_only(self.connection, self._may_read)

    def _add(self, dd: DataDescriptor, tables: Iterable[tuple[str, str]]) -> None:
        schema, _, table = table_name(dd).partition(".")
        for name in filter(None, (schema, table)):
            if not _IDENTIFIER.fullmatch(name):
                raise dd.element.error(f"{name!r} can't be the name of a schema or a table")
        products = ProductRows(dd)
        self.refused |= products.refused
        for place in tables:
            self._add_products(*place)
            self._fill(*place, products, ([*row.values()] for row in products.rows))
        if table and (schema.lower(), table.lower()) != ("dc", "products"):
            self._add_table(schema, table, _TABLE_TYPES)
            self._fill(schema, table, products, _table_rows(products))

    def _add_products(self, schema: str, table: str) -> None:
        columns = ", ".join(f"{column.lower()} {kind}" for column, (_, kind) in COLUMNS.items())
        self._add_table(schema, table, columns)

    def _add_table(self, schema: str, table: str, columns: str) -> None:
        import sqlite3

        if schema.lower() not in self._schemas:
            try:
                self.connection.execute(f"attach ':memory:' as \"{schema}\"")
            except sqlite3.OperationalError as error:
                raise FitsprocError(f"too many schemas for a run without a server ({error})") from error
            self._schemas.add(schema.lower())
        self.connection.execute(f'create table if not exists "{schema}"."{table}" ({columns})')

    def _fill(self, schema: str, table: str, products: ProductRows, rows: Iterator[list[Any]]) -> None:
        for column, error in products.missing.items():
            self._missing[schema.lower(), table.lower(), column.lower()] = error
        with self._transaction():
            for row in rows:
                # The cast lets names of any bytes in, as a text.
                places = ", ".join(["cast(? as text)"] * len(row))
                values = list(map(_bytes, row))
                self.connection.execute(
                    f'insert or replace into "{schema}"."{table}" values ({places})', values
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute("begin")
        yield
        self.connection.execute("commit")

    def _may_read(self, schema: str, table: str, column: str) -> bool:
        error = self._missing.get((schema.lower(), table.lower(), column.lower()))
        if error is not None:
            self.unreadable.append(error)
        return error is None


def _own_table(number: int) -> tuple[str, str]:
    """Schema and table with the products of one of several data descriptors."""
    return "main", f"products_{number}"


def _table_rows(products: ProductRows) -> Iterator[list[Any]]:
    for row, size in zip(products.rows, products.sizes, strict=True):
        yield [row["accref"], row["owner"], row["embargo"], row["mime"], size]


def _bytes(value: Any) -> Any:
    return os.fsencode(value) if isinstance(value, str) else value
