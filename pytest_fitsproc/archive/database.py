"""The database that ignore lists of resource descriptors are read from."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pytest_fitsproc.errors import OptionError

_SQLITE = "sqlite:///"


def open_database(url: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Return what takes a query and gives its rows, without ever writing.

    Parameters
    ----------
    url : ``sqlite:///PATH``, the path relative to the current directory or absolute

    Raises
    ------
    OptionError
        The URL is of another kind, or there is no such file. The function returned raises it where the query
        fails.
    """
    path = os.path.abspath(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE):
        raise OptionError(f"--fitsproc-db={url}: only databases of SQLite are known, written {_SQLITE}PATH")
    if not os.path.isfile(path):
        raise OptionError(f"--fitsproc-db={url}: there is no file {path}")
    return lambda query: _rows(url, path, query)


def _rows(url: str, path: str, query: str) -> list[tuple[Any, ...]]:
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.Error as error:
        raise OptionError(f"--fitsproc-db={url}: {query!r}: {error}") from error
