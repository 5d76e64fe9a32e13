"""The products table that DaCHS fills when it imports an archive, and the one made of the descriptor."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from postgres_server import PostgresServer

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.dachs_profile import profile_database
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.products import Products

pytestmark = pytest.mark.slow

META = "".join(
    f'<meta name="{name}">{text}</meta>'
    for name, text in {
        "title": "Plates",
        "description": "Plates",
        "subject": "plates",
        "creationDate": "2026-01-01T00:00:00",
    }.items()
)
DESCRIPTOR = rf"""
<resource schema="potsdam">{META}<table id="main" onDisk="True" mixin="//products#table"/>
<data id="import"><property key="previewDir">previews</property>
<sources recurse="True" pattern="data/*.fits"/><fitsProdGrammar>
<rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="accref">\inputRelativePath{{True}}</bind><bind key="owner">"X_" + "\rdIdDotted"</bind>
<bind key="embargo">"2030-01-31"</bind><bind key="preview_mime">"image/png"</bind>
<bind key="preview">PREVIEW</bind></rowfilter></fitsProdGrammar><make table="main"/></data></resource>
"""
NAMES = ("a.fits", "plate 1+2.fits", "üx.fits", "a?b.fits", ">>>???~~~.fits", "sub/s.fits", "'quoted'.fits")


@dataclass(frozen=True)
class DachsCommands:
    """Runs DaCHS' commands, with a rootDir and a database of their own."""

    program: str
    root: Path
    environ: dict[str, str]

    def run(self, *arguments: str) -> None:
        command = [self.program, *arguments]
        done = subprocess.run(
            command, env=self.environ, cwd=self.root, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def dachs(
    archive: Any, postgres_server: PostgresServer, require_program: Callable[[str], str]
) -> Iterator[DachsCommands]:
    """DaCHS, initialised for the archive."""
    program = require_program("dachs")
    postgres_server.execute("drop database if exists imported", "create database imported")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "etc").mkdir()
        items = {"rootDir": root, "inputsDir": archive.inputs, "group": _group(), "gavoGroup": _group()}
        lines = [f"{key}: {value}" for key, value in items.items()]
        (root / "gavo.rc").write_text("\n".join(["[general]", *lines]))
        environ = {**os.environ, "GAVOSETTINGS": f"{root}/gavo.rc", "GAVOCUSTOM": "/nowhere", "HOME": name}
        environ.pop("GAVO_INPUTSDIR", None)
        commands = DachsCommands(program, root, environ)
        commands.run("init", "-d", f"host={postgres_server.directory} dbname=imported user=fitsproc")
        yield commands


def _group() -> str:
    import grp

    return grp.getgrgid(os.getgid()).gr_name


@pytest.mark.parametrize("preview", [r"\standardPreviewPath", r"\splitPreviewPath{.png}", "'AUTO'"])
def test_the_table_is_that_of_dachs(preview: str, archive: Any, dachs: DachsCommands) -> None:
    for path in (archive.resdir / "data").iterdir():
        path.unlink()
    for name in NAMES:
        archive.write_fits(name, OBJECT="x")
    archive.write("q.rd", DESCRIPTOR.replace("PREVIEW", preview))
    dachs.run("imp", "potsdam/q", "import")
    dd = load_descriptor("potsdam/q", InputsDirectory(archive.inputs)).dd("import")
    server = profile_database(DachsConfiguration.read(dachs.environ))
    assert server is not None
    theirs, ours = Products(dd, server), Products(dd, EmbeddedDatabase([dd]))
    assert theirs.accrefs() == ours.accrefs() == sorted(f"potsdam/data/{name}" for name in NAMES)
    assert [dict(theirs[accref]) for accref in theirs.accrefs()] == [
        dict(ours[accref]) for accref in ours.accrefs()
    ]
    query = "select accref, accsize, mime, owner from potsdam.main order by accref"
    assert sorted(map(str, theirs.query(query))) == sorted(map(str, ours.query(query)))
    server.close()
    ours.database.close()
