"""A database in a file of SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Answer, Database
from pytest_fitsproc.archive.per_process import PerProcess
from pytest_fitsproc.archive.sqlite_reading import allow_reading_only, ask_sqlite

if TYPE_CHECKING:
    import sqlite3


class SqliteFile(Database):
    """A file of SQLite. Its tables are in the schema ``dc`` as well, so that ``dc.products`` is found there.

    Parameters
    ----------
    url : names it in messages
    path : the file, absolute
    """

    def __init__(self, url: str, path: str) -> None:
        self.name, self._path = url, path
        self._connection = PerProcess(self._connect)

    @property
    def has_products(self) -> bool:
        """Whether there is a table of products in it."""
        tables = (
            "select 1 from main.sqlite_master where type in ('table', 'view') and lower(name) = 'products'"
        )
        return bool(self.ask(tables).rows)

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a query."""
        import sqlite3

        try:
            return ask_sqlite(self._connection(), query, values)
        except sqlite3.Error as error:
            raise self.error(query, error) from error

    def close(self) -> None:
        """Close the file in this process."""
        connection = self._connection.take()
        if connection is not None:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        import sqlite3
        from urllib.parse import quote

        uri = f"file:{quote(self._path)}?mode=ro"
        # autocommit: a transaction left open would keep others from writing to the file.
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        connection.execute("attach database ? as dc", (uri,))
        allow_reading_only(connection)
        return connection
