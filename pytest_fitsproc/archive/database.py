"""Databases: what ignore lists, products and processors ask. They are only ever read."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.errors import FitsprocError, OptionError

_SQLITE = "sqlite:///"
_POSTGRES = re.compile(r"(postgresql|postgres|postgresql\+psycopg)://")
_NONE = "none"

_KNOWN = (
    f"only databases of SQLite are known, written {_SQLITE}PATH,"
    " and of PostgreSQL, written postgresql://USER@HOST/DATABASE"
)


class DatabaseError(FitsprocError):
    """A database can't be reached, or can't answer a query; the message names it without its password."""


@dataclass(frozen=True)
class Answer:
    """What a query gives.

    Attributes
    ----------
    columns : their names
    rows : values in the order of the columns
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Database(ABC):
    """Something that answers queries and never changes.

    Attributes
    ----------
    name : what it is called in messages; a password is not in it
    """

    name: str

    @abstractmethod
    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a query.

        Parameters
        ----------
        query : a single statement of SQL; tables are named with their schemas, as in ``dc.products``
        values : by name; they are bound where the query has ``%(name)s``. Where there are values, a percent
            sign is written ``%%``.

        Raises
        ------
        DatabaseError
            The database can't be reached, or the query fails.
        """

    @abstractmethod
    def close(self) -> None:
        """End the connection of this process; it is made anew when it is needed."""

    def __call__(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows that a query without values gives."""
        return self.ask(query).rows

    def error(self, query: str, reason: object) -> DatabaseError:
        """Return an error about a query."""
        return DatabaseError(f"{self.name}: {' '.join(str(reason).split())} (asked for {query!r})")


def find_database(
    option: str | None, ini: str | None, environ: Mapping[str, str], configuration: DachsConfiguration
) -> Database | None:
    """Return the database that the most explicit source names, None where nobody names one.

    The order is: the option, the ini value, ``$FITSPROC_DB``, and the profile ``trustedquery`` that goes with
    DaCHS' configuration. ``none`` stands for no database. None is connected to before it is asked.

    Raises
    ------
    OptionError
        A URL is of an unknown kind, or names a file that is not there.
    """
    named = (
        (option, "--fitsproc-db"),
        (ini, "fitsproc_db"),
        (environ.get("FITSPROC_DB"), "$FITSPROC_DB"),
    )
    for url, origin in named:
        if url:
            return None if url == _NONE else open_database(url, origin)
    from pytest_fitsproc.archive.dachs_profile import profile_database

    return profile_database(configuration)


def open_database(url: str, origin: str = "--fitsproc-db") -> Database:
    """Return the database of a URL; it is connected to when it is first asked.

    Parameters
    ----------
    url : ``sqlite:///PATH``, the path relative to the current directory or absolute, or
        ``postgresql://USER:PASSWORD@HOST:PORT/DATABASE``
    origin : who named it, for messages

    Raises
    ------
    OptionError
        The URL is of another kind, or there is no such file.
    """
    shown = f"{origin}={without_password(url)}"
    if _POSTGRES.match(url):
        from pytest_fitsproc.archive.postgres import PostgresDatabase

        return PostgresDatabase(without_password(url), lambda: url)
    if not url.startswith(_SQLITE):
        raise OptionError(f"{shown}: {_KNOWN}")
    path = os.path.abspath(url.removeprefix(_SQLITE))
    if not os.path.isfile(path):
        raise OptionError(f"{shown}: there is no file {path}")
    from pytest_fitsproc.archive.sqlite_file import SqliteFile

    return SqliteFile(url, path)


def without_password(url: str) -> str:
    """Return a URL without the password in it, and without what follows a question mark."""
    scheme, mark, rest = url.partition("://")
    # A password that is not quoted as it should be may contain slashes and question marks.
    login, at, place = rest.rpartition("@")
    user = login.partition(":")[0]
    return scheme + mark + user + at + place.partition("?")[0]
