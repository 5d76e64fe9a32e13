"""SQLite, for reading only and for names of any bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Answer

if TYPE_CHECKING:
    import sqlite3

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|%)")

#: Takes schema, table and column; says whether that may be read.
MayRead = Callable[[str, str, str], bool]


def allow_reading_only(
    connection: sqlite3.Connection, may_read: MayRead = lambda schema, table, column: True
) -> None:
    """Let a connection answer queries and do nothing else."""
    import sqlite3

    harmless = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)

    def judge(action: int, first: str | None, second: str | None, schema: str | None, _: str | None) -> int:
        is_allowed = action in harmless
        if action == sqlite3.SQLITE_READ:
            is_allowed = may_read(schema or "", first or "", second or "")
        return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY

    connection.set_authorizer(judge)


def ask_sqlite(connection: sqlite3.Connection, query: str, values: Mapping[str, Any] | None) -> Answer:
    """Return the answer to a query with ``%(name)s`` in it."""
    connection.text_factory = os.fsdecode
    bound: Mapping[str, Any] = {}
    if values is not None:
        query = _PLACEHOLDER.sub(lambda found: f":{found[1]}" if found[1] else "%", query)
        bound = {name: _bindable(value) for name, value in values.items()}
    cursor = connection.execute(query, bound)
    return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())


def _bindable(value: Any) -> Any:
    """A text that is no Unicode, as names of files may be, as bytes; ``cast(… as text)`` makes it a text."""
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return os.fsencode(value)
    return value
