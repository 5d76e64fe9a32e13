"""A small archive with processors that run as programs of their own, and the real DaCHS."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dachs import NotHereError, require_dachs
from postgres_server import PostgresServer
from program_archive import DESCRIPTOR, Archive


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with four files ``a.fits`` … ``d.fits`` of one byte."""
    found = Archive(tmp_path / "inputs")
    found.write("q.rd", DESCRIPTOR)
    found.fill("a.fits", "b.fits", "c.fits", "d.fits")
    return found


@pytest.fixture
def many(archive: Archive) -> Callable[[int], list[str]]:
    """Fill the archive with so many files instead, and return their paths."""

    def fill(count: int) -> list[str]:
        for path in (archive.resdir / "data").iterdir():
            path.unlink()
        names = [f"f{number:04d}.fits" for number in range(count)]
        archive.fill(*names)
        return [archive.path(name) for name in names]

    return fill


@pytest.fixture(scope="session")
def dachs_folder() -> Iterator[Path]:
    """A folder for the real DaCHS; a test that asks for it is skipped where there is none."""
    # The socket of a server must have a short path.
    with tempfile.TemporaryDirectory(prefix="dachs") as name:
        os.chmod(name, 0o755)
        try:
            require_dachs()
        except NotHereError as error:
            _missing(error)
        yield Path(name)


@pytest.fixture
def socket(dachs_folder: Path, postgres_server: PostgresServer) -> Path:
    """The socket of the PostgreSQL that DaCHS needs, with an empty database."""
    postgres_server.execute("drop database if exists gavo with (force)", "create database gavo")
    directory: Path = postgres_server.directory
    return directory


def _missing(error: NotHereError) -> None:
    if os.environ.get("FITSPROC_REQUIRE") == "all":
        pytest.fail(str(error))
    pytest.skip(str(error))
