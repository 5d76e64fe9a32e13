"""The database of the run that is under way: what processors get who ask for a connection by no name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pytest_fitsproc.archive.database import Database

_CURRENT: ContextVar[Database | None] = ContextVar("fitsproc_database", default=None)


@contextmanager
def serving(database: Database) -> Iterator[None]:
    """Let `current_database` return this one for as long as the context lasts."""
    token = _CURRENT.set(database)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_database() -> Database | None:
    """Return the database of the run, None where there is no run."""
    return _CURRENT.get()
