"""Products: files as they are offered to users, with what DaCHS' table ``dc.products`` says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Database, DatabaseError
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.preview_target import PreviewPathError, PreviewTarget, find_preview
from pytest_fitsproc.archive.product_rows import COLUMNS, table_name
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.archive.sqlite_file import SqliteFile
from pytest_fitsproc.errors import FitsprocError, NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

#: Takes an accref, gives the value of a column.
Replacement = Callable[[str], Any]

_PRODUCTS = "dc.products"
_SELECTED = "select {} from {} where {} = cast(%(value)s as text)"


class MissingProductError(NotFoundError, KeyError):
    """There is no such product, or no such column."""

    # KeyError's would show the message in quotes.
    __str__ = Exception.__str__


class Product(Mapping[str, Any]):
    """A row of the products table: values by column, read-only.

    The columns are accref, owner, embargo (a date), mime, accessPath, sourceTable, preview, datalink,
    preview_mime. One that a descriptor gives by Python code raises why it is not known.
    """

    __slots__ = ("_replacements", "_values")

    def __init__(self, values: Mapping[str, Any], replacements: Mapping[str, Replacement]) -> None:
        self._values, self._replacements = values, replacements

    def __getitem__(self, column: str) -> Any:
        __tracebackhide__ = True
        if column in self._replacements:
            return self._replacements[column](self["accref"])
        if column not in COLUMNS:
            raise MissingProductError(f"products have no column {column!r}; there are {', '.join(COLUMNS)}")
        value = self._values[column]
        if isinstance(value, FitsprocError):
            raise value
        return _date(value) if column == "embargo" else value

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)

    def __repr__(self) -> str:
        return f"<Product {self._values['accref']!r}>"


@dataclass(frozen=True)
class Products:
    """The products of a data descriptor, by accref.

    Attributes
    ----------
    dd : the data descriptor; preview paths are below its directories
    database : has the table ``dc.products``
    roots : directories that links may lead into, besides the inputs directory
    """

    dd: DataDescriptor
    database: Database
    roots: tuple[str, ...] = ()
    _replacements: Mapping[str, Replacement] = field(default_factory=dict)

    def __getitem__(self, accref: str) -> Product:
        """Return a product.

        Raises
        ------
        MissingProductError
            There is none of this accref.
        DatabaseError
            The database can't be asked.
        """
        __tracebackhide__ = True
        found = self._find("accref", accref)
        if not found:
            raise self._missing(accref)
        return found[0]

    def __contains__(self, accref: object) -> bool:
        return isinstance(accref, str) and bool(self._find("accref", accref))

    def accrefs(self) -> list[str]:
        """Return the accrefs in the table that the data go into, as DaCHS' PreviewMaker takes them; sorted.

        Raises
        ------
        DatabaseError
            The database can't be asked.
        """
        table = table_name(self.dd)
        if not table and isinstance(self.database, EmbeddedDatabase):
            table = "dc.products"
        if not table:
            raise NotFoundError(f"{self.dd.full_id} makes no table that accrefs could be taken from")
        quoted = ".".join(map(_identifier, table.split(".")))
        return sorted(row[0] for row in self.database.ask(f"select distinct accref from {quoted}").rows)

    def query(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows that a query gives, by column.

        Parameters
        ----------
        sql : a single statement
        values : by name, bound where the query has ``%(name)s``; a percent sign is ``%%`` beside them

        Raises
        ------
        DatabaseError
            The database can't be asked, or the query fails.
        """
        return self.database.ask(sql, values).dicts()

    def replacing(self, **columns: Replacement) -> Products:
        """Return the same products with other values in some columns, each a function of the accref.

        It is for what a descriptor says by Python code. Queries do not see these values.

        Raises
        ------
        MissingProductError
            There is no such column, or it is accref.
        """
        wrong = [column for column in columns if column not in COLUMNS or column == "accref"]
        if wrong:
            raise MissingProductError(
                f"no column {wrong[0]!r} can be replaced; there are {', '.join(COLUMNS)}"
            )
        return replace(self, _replacements={**self._replacements, **columns})

    def preview_of(self, product: str | Source) -> PreviewTarget:
        """Return where the preview of a product belongs, and what it is made of.

        Parameters
        ----------
        product : an accref, or a source; that of a file stands for the product with that file

        Raises
        ------
        MissingProductError
            There is no such product.
        PreviewPathError
            It has no preview of its own, or one that must not be written.
        DatabaseError
            The database can't be asked.
        """
        row = self._of_source(product) if isinstance(product, Source) else self[product]
        accref, source_file = row["accref"], self._source_file(row)
        file, status = find_preview(self.dd, accref, row["preview"], source_file, self.roots)
        return PreviewTarget(accref, file, row["preview_mime"], source_file, status)

    def _of_source(self, source: Source) -> Product:
        if isinstance(source, Identified):
            if not isinstance(source.identifier, str):
                raise MissingProductError(f"{source.label} is no accref")
            return self[source.identifier]
        row = self.database.row_of(source) if isinstance(self.database, EmbeddedDatabase) else None
        if row is not None:
            return Product(row, self._replacements)
        found = self._find("accref", source.accref) or self._find("accessPath", source.accref)
        if not found:
            raise self._missing(source.accref)
        if len(found) > 1:
            accrefs = ", ".join(repr(row["accref"]) for row in found)
            raise MissingProductError(
                f"{printable(source.accref)} is the file of several products: {accrefs}"
            )
        return found[0]

    def _source_file(self, row: Product) -> str | None:
        path = row["accessPath"]
        if "://" in path:
            return None
        try:
            return self.dd.rd.inputs.file_of(path)
        except (FitsprocError, ValueError) as error:
            raise PreviewPathError(f"{printable(row['accref'])}: its file is refused: {error}") from error

    def _find(self, column: str, value: str) -> list[Product]:
        if "\0" in value:
            return []
        tables = self._tables()
        rows = next(filter(None, (self._rows(table, column, value) for table in tables)), [])
        return [Product(dict(zip(COLUMNS, row, strict=True)), self._replacements) for row in rows]

    def _tables(self) -> Iterable[str]:
        """The tables with products: where several descriptors have one, its row is that of `dd`."""
        if isinstance(self.database, EmbeddedDatabase):
            return dict.fromkeys((self.database.table_of(self.dd), _PRODUCTS))
        return (_PRODUCTS,)

    def _rows(self, table: str, column: str, value: str) -> list[tuple[Any, ...]]:
        try:
            return self._select(", ".join(COLUMNS), table, column, value)
        except DatabaseError:
            raise
        except FitsprocError:
            # One by one, with errors in place of values that can't be read.
            accrefs = self._select("accref", table, column, value)
            return [tuple(self._value(name, table, accref) for name in COLUMNS) for (accref,) in accrefs]

    def _value(self, column: str, table: str, accref: str) -> Any:
        try:
            return self._select(column, table, "accref", accref)[0][0]
        except FitsprocError as error:
            return error

    def _select(self, columns: str, table: str, column: str, value: str) -> list[tuple[Any, ...]]:
        return self.database.ask(_SELECTED.format(columns, table, column), {"value": value}).rows

    def _missing(self, accref: str) -> FitsprocError:
        if isinstance(self.database, EmbeddedDatabase):
            refusal = self.database.refusal(accref)
            if refusal is not None:
                return refusal
            reason = "make it a source, or name DaCHS' database by --fitsproc-db=URL"
        else:
            reason = "import the data, or update them"
        return MissingProductError(
            f"{printable(accref)} is not in the products table of {self.database.name}: {reason}"
        )


def products_database(database: Database | None, embedded: EmbeddedDatabase) -> Database:
    """Return the one of two databases that has the products: `embedded` where nobody names a better one."""
    if database is None or (isinstance(database, SqliteFile) and not database.has_products):
        return embedded
    return database


def _identifier(name: str) -> str:
    """A name as SQL has it between quotes; PostgreSQL knows unquoted ones in lower case."""
    if not name.isidentifier() or not name.isascii():
        raise NotFoundError(f"{name!r} can't be the name of a schema or a table")
    return f'"{name.lower()}"'


def _date(value: Any) -> Any:
    """SQLite has no dates of its own."""
    from datetime import date

    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value
