"""What several test modules need: the corpora, and programs that may be missing."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer, running_server, server_programs

pytest_plugins = ["pytester", "field_fixtures"]

# A shell's background job ignores interrupts; tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _missing(what: str) -> None:
    if os.environ.get("FITSPROC_REQUIRE") == "all":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the corpora of real FITS files, named by FITSPROC_SHARED."""
    folder = os.environ.get("FITSPROC_SHARED")
    if not folder:
        pytest.skip("FITSPROC_SHARED does not name the folder with the corpora")
    return Path(folder)


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], str]:
    """Return the absolute path of a program, or skip (fail where everything is required)."""

    def require(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            _missing(f"the program {name} is not installed")
        assert path is not None
        return path

    return require


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A private server of PostgreSQL, or skip (fail where everything is required)."""
    try:
        import psycopg  # noqa: F401
        import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401
    except ImportError as error:
        _missing(f"{error.name} is not installed")
    programs = server_programs()
    if programs is None:
        _missing("PostgreSQL is not installed")
    assert programs is not None
    with running_server(programs) as server:
        yield server
