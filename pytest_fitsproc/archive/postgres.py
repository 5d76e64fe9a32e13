"""Databases of PostgreSQL, by SQLAlchemy and psycopg."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Answer, Database, DatabaseError
from pytest_fitsproc.archive.per_process import PerProcess

if TYPE_CHECKING:
    from sqlalchemy import Engine

#: Seconds to wait for a server that does not answer.
_CONNECT_TIMEOUT = 10


class PostgresDatabase(Database):
    """A database that a server of PostgreSQL has. Each process has one connection of its own.

    Each query is a transaction of its own, which is read-only and holds a single statement: queries also come
    out of resource descriptors. Where the server has gone away since the last query, it is connected to once
    more.

    Parameters
    ----------
    name : without the password
    url : gives the URL, password and all, when it is needed
    """

    def __init__(self, name: str, url: Callable[[], str]) -> None:
        self.name, self._url = name, url
        self._engine = PerProcess(self._make_engine)

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer to a query."""
        engine = self._engine()
        from sqlalchemy.exc import DBAPIError

        try:
            try:
                return self._ask(engine, query, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._ask(engine, query, values)
        except DBAPIError as error:
            raise self.error(query, _first_line(error.orig)) from error
        except UnicodeError as error:
            raise self.error(query, error) from error

    def close(self) -> None:
        """End the connection of this process."""
        engine = self._engine.take()
        if engine is not None:
            engine.dispose()

    def _ask(self, engine: Engine, query: str, values: Mapping[str, Any] | None) -> Answer:
        with engine.connect() as connection:
            result = connection.exec_driver_sql(query, None if values is None else dict(values))
            if not result.returns_rows:
                return Answer((), [])
            return Answer(tuple(result.keys()), [tuple(row) for row in result])

    def _make_engine(self) -> Engine:
        missing = [name for name in ("sqlalchemy", "psycopg") if find_spec(name) is None]
        if missing:
            raise DatabaseError(
                f"{self.name}: {' and '.join(missing)} is not installed: pip install"
                " 'pytest-fitsproc[postgres]', or do without the database by --fitsproc-db=none"
            )
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self._url()).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError) as error:
            raise DatabaseError(
                f"{self.name}: is no URL of PostgreSQL (postgresql://USER@HOST/DATABASE)"
            ) from error
        # What is prepared can only be one statement: "commit; delete …" is refused by the server.
        arguments = {"prepare_threshold": 0} | (
            {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_TIMEOUT}
        )
        return create_engine(
            url,
            pool_size=1,
            max_overflow=0,
            connect_args=arguments,
            # Without values, a percent sign is itself.
            execution_options={"postgresql_readonly": True, "no_parameters": True},
        )


def _first_line(error: object) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
