"""The database of the run that is under way: what processors get who ask for a connection by no name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from pytest_fitsproc.archive.database import Database

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.products import Products

_Giver = TypeVar("_Giver")

_CURRENT: ContextVar[Callable[[], Database] | None] = ContextVar("fitsproc_database", default=None)
_OFFERED: ContextVar[Callable[[], Products] | None] = ContextVar("fitsproc_products", default=None)


def serving(database: Callable[[], Database]) -> AbstractContextManager[None]:
    """Let `current_database` return what a function gives, for as long as the context lasts."""
    return _set(_CURRENT, database)


def current_database() -> Database | None:
    """Return the database of the run, None where there is no run."""
    find = _CURRENT.get()
    return None if find is None else find()


def offering(products: Callable[[], Products]) -> AbstractContextManager[None]:
    """Let `current_products` return what a function gives, for as long as the context lasts."""
    return _set(_OFFERED, products)


def current_products(dd: DataDescriptor) -> Products:
    """Return the products of a data descriptor: those that are offered, else those in the run's database.

    Where there is no run, they are as the data descriptor describes them.
    """
    find = _OFFERED.get()
    if find is not None:
        return find()
    from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
    from pytest_fitsproc.archive.products import Products

    return Products(dd, current_database() or EmbeddedDatabase([dd]))


@contextmanager
def _set(variable: ContextVar[_Giver | None], value: _Giver) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
