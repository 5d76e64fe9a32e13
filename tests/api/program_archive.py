"""A small archive with processors that run as programs of their own, or in this process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

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
