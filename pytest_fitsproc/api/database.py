"""Connections to the database, as processors ask for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

from pytest_fitsproc.api.configuration import inputs_directory
from pytest_fitsproc.archive.current_database import current_database
from pytest_fitsproc.archive.database import Database, find_database
from pytest_fitsproc.errors import OptionError


class TableConnection:
    """What asks the database; with DaCHS' names.

    It is no connection of its own: a process has one, and keeps it. Nothing is ever written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> TableConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Do nothing: the connection is kept for the next."""

    def query(self, query: str, args: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that a query gives.

        Parameters
        ----------
        query : a single statement; ``%(name)s`` stands for a value
        args : the values by name

        Raises
        ------
        DatabaseError
            The database can't be asked, or the query fails.
        """
        return iter(self._database.ask(query, args or None).rows)

    def queryToDicts(
        self,
        query: str,
        args: Mapping[str, Any] | None = None,
        caseFixer: Mapping[str, str] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows that a query gives, by column.

        Parameters
        ----------
        caseFixer : names for the columns, which the database gives in lower case
        """
        names = caseFixer or {}
        for row in self._database.ask(query, args or None).dicts():
            yield {names.get(column, column): value for column, value in row.items()}

    def close(self) -> None:
        """Do nothing: the connection is kept for the next."""


def getTableConn() -> TableConnection:
    """Return what asks the database of the run, to be used in a ``with`` statement.

    That is the database that the run was told, or else one in memory with the products that the descriptor
    describes. Outside of a run, it is that of $FITSPROC_DB or of DaCHS' profile ``trustedquery``.

    Raises
    ------
    OptionError
        There is no run, and nobody names a database.
    """
    database = current_database()
    if database is None:
        database = find_database(None, None, os.environ, inputs_directory(os.environ).configuration)
    if database is None:
        raise OptionError("no database is known outside of procmain and pytest: set FITSPROC_DB to its URL")
    return TableConnection(database)


def AdhocQuerier(connectionManager: Callable[[], TableConnection] = getTableConn) -> TableConnection:
    """Return what asks the database, as `getTableConn` does."""
    return connectionManager()
