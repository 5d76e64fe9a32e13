"""A small archive with processors that run as programs of their own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from dachs import NotHereError, postgresql, require_dachs
from text_of_programs import as_text

from pytest_fitsproc import api

DESCRIPTOR = """\
<resource schema="potsdam">
  <meta name="title">Plates</meta>
  <table id="main"><column name="accref" type="text"/></table>
  <data id="import">
    <sources pattern="data/*.fits"/>
    <make table="main"/>
  </data>
</resource>
"""


def fits_bytes(**cards: object) -> bytes:
    """A FITS file of a header only."""
    lines = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
    ]
    for keyword, value in cards.items():
        shown = f"'{value}'" if isinstance(value, str) else f"{value!s:>20}"
        lines.append(f"{keyword:8}= {shown}")
    text = "".join(line.ljust(80) for line in [*lines, "END"])
    return text.ljust(2880).encode()


@dataclass(frozen=True)
class Finished:
    """What is left of a run in this process."""

    processor: Any
    status: object
    out: str
    err: str


@dataclass(frozen=True)
class Archive:
    """An inputs directory with one resource directory, ``potsdam``."""

    inputs: Path

    @property
    def resdir(self) -> Path:
        return self.inputs / "potsdam"

    @property
    def environ(self) -> dict[str, str]:
        nowhere = str(self.inputs / "nowhere")
        return {
            **os.environ,
            "GAVO_INPUTSDIR": str(self.inputs),
            "GAVOSETTINGS": nowhere,
            "GAVOCUSTOM": nowhere,
        }

    def write(self, name: str, content: bytes | str = b"") -> Path:
        path = self.resdir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
        return path

    def path(self, name: str) -> str:
        return str(self.resdir / "data" / name)

    def fill(self, *names: str, content: bytes = b"x") -> None:
        for name in names:
            self.write(f"data/{name}", content)

    def write_fits(self, name: str, **cards: object) -> None:
        self.fill(name, content=fits_bytes(**cards))

    def python(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the resource directory as a curator does."""
        return as_text([sys.executable, script, *arguments], self.resdir, self.environ)

    def procmain(self, cls: type[api.FileProcessor], *arguments: str, dd: str = "import") -> Finished:
        """Run a processor in this process."""
        out, err = io.StringIO(), io.StringIO()
        processor, status = None, None
        argv = ["bin/size.py", *arguments]
        try:
            processor = api.procmain(
                cls, "potsdam/q", dd, argv=argv, stdout=out, stderr=err, environ=self.environ
            )
        except SystemExit as error:
            status = error.code
        return Finished(processor, status, out.getvalue(), err.getvalue())


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


@pytest.fixture(scope="session")
def socket(dachs_folder: Path) -> Iterator[Path]:
    """The socket of the PostgreSQL that DaCHS needs."""
    try:
        with postgresql(dachs_folder / "pg") as folder:
            yield folder
    except NotHereError as error:
        _missing(error)


def _missing(error: NotHereError) -> None:
    if os.environ.get("FITSPROC_REQUIRE") == "all":
        pytest.fail(str(error))
    pytest.skip(str(error))
