"""Preview makers as scripts, with DaCHS on its database and with us on the descriptor alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from astropy.io import fits
from dachs import Dachs
from PIL import Image
from program_archive import Archive
from text_of_programs import as_text

pytestmark = pytest.mark.slow

DESCRIPTOR = r"""<resource schema="potsdam"><table id="main"><column name="accref" type="text"/></table>
<data id="import"><property key="previewDir">previews</property>
<sources pattern="data/*.fits" recurse="True"/>
<fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="accref">\inputRelativePath{True}</bind><bind key="path">\inputRelativePath{True}</bind>
<bind key="preview">PREVIEW</bind><bind key="preview_mime">"image/jpeg"</bind></rowfilter></fitsProdGrammar>
<make table="main"/></data></resource>
"""
MAKER = Path(__file__).parents[2] / "benchmarks" / "dachs_previews.py"
NAMES = ("a.fits", "sub/plate 1+2.fits", ">>>???~~~.fits", "üx.fits", "x.y.fits")
TABLES = """
drop schema if exists dc cascade; drop schema if exists potsdam cascade;
create schema dc; create schema potsdam; create table potsdam.main (accref text);
create table dc.products (accref text primary key, owner text, embargo date, mime text, accessPath text,
  sourceTable text, preview text, datalink text, preview_mime text);
"""


class Program(NamedTuple):
    """A command, its environment, and what it wrote in its last run."""

    command: list[str]
    environ: dict[str, str]


@pytest.fixture(params=[r"\standardPreviewPath", r"\splitPreviewPath{.jpeg}"], ids=["standard", "split"])
def programs(
    archive: Archive, dachs_folder: Path, socket: Path, request: pytest.FixtureRequest
) -> list[Program]:
    """The script with DaCHS and with us, on files that DaCHS has in its database."""
    shutil.rmtree(archive.resdir / "data")
    archive.write("q.rd", DESCRIPTOR.replace("PREVIEW", request.param))
    random = np.random.default_rng(1)
    for name in NAMES:
        out = BytesIO()
        fits.PrimaryHDU(random.normal(100, 9, (300, 420)).astype("f4")).writeto(out)
        archive.fill(name, content=out.getvalue())
    _fill(archive, socket)
    dachs = Dachs(dachs_folder, archive.inputs)
    dachs.configure(socket)
    # Without this, DaCHS can't read its own descriptor of products.
    (dachs.root / "etc" / "defaultmeta.txt").write_text(
        "publisher: nobody\nauthority.creationDate: 2020-01-01T00:00:00\n"
    )
    theirs = MAKER.read_text()
    archive.write("bin/dachs/previews.py", theirs)
    ours = theirs.replace("from gavo import", "from pytest_fitsproc import")
    archive.write("bin/previews.py", ours.replace("from gavo.utils", "from pytest_fitsproc.api"))
    return [
        Program(dachs.command("bin/dachs/previews.py"), dachs.environ),
        Program([sys.executable, "bin/previews.py"], archive.environ),
    ]


def _fill(archive: Archive, socket: Path) -> None:
    """Give the database what an import leaves in it."""
    from pytest_fitsproc.archive.current_database import current_products
    from pytest_fitsproc.archive.descriptor import load_descriptor
    from pytest_fitsproc.archive.inputs import find_inputs_directory

    inputs = find_inputs_directory(str(archive.inputs), None, {}, archive.inputs)
    rows = current_products(load_descriptor("potsdam/q", inputs).dd("import")).query(
        "select accref, accessPath, sourceTable, preview, preview_mime from dc.products"
    )
    columns = list(rows[0])
    lines = [f"({', '.join(_quoted(row[column]) for column in columns)})" for row in rows]
    sql = f"{TABLES} insert into dc.products ({', '.join(columns)}) values {', '.join(lines)};"
    sql += "insert into potsdam.main select accref from dc.products;"
    command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(socket), "-U", "fitsproc", "-d", "gavo"]
    subprocess.run(command, input=sql, text=True, check=True, capture_output=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def run(program: Program, archive: Archive, *options: str) -> str:
    done = as_text([*program.command, *options], archive.resdir, program.environ)
    assert done.returncode == 0, done.stderr
    # Progress depends on time; DaCHS also counts what is in its database.
    without_progress = re.sub(r" *\d+ \(- +\d+\)\r?", "", done.stdout)
    return re.sub(r"Items currently in assumed database table: \d+\n\n", "", without_progress)


def previews(archive: Archive) -> dict[str, tuple[int, np.ndarray]]:
    folder = archive.resdir / "previews"
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode & 0o777,
            np.asarray(Image.open(BytesIO(path.read_bytes())), "f4"),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_the_same_pictures_are_at_the_same_places(
    archive: Archive, programs: list[Program], jobs: str
) -> None:
    printed, made = [], []
    # DaCHS' own workers fail where two of them make one directory at the same time.
    for program, jobs_of_program in zip(programs, ("-j1", jobs), strict=True):
        shutil.rmtree(archive.resdir / "previews", ignore_errors=True)
        printed.append(
            [
                run(program, archive, *line.split())
                for line in ("--report", jobs_of_program, "--report", "--report --force")
            ]
        )
        made.append(previews(archive))
    assert printed[0] == printed[1]
    theirs, ours = made
    assert len(ours) == len(NAMES)
    assert ours.keys() == theirs.keys()
    for name, (mode, picture) in ours.items():
        assert (mode, picture.shape) == (theirs[name][0], theirs[name][1].shape)
        # Pillow's JPEG differs by a shade from version to version.
        assert np.abs(picture - theirs[name][1]).mean() < 1.5


def test_what_the_other_has_made_is_there(archive: Archive, programs: list[Program]) -> None:
    for maker, other in (programs, programs[::-1]):
        shutil.rmtree(archive.resdir / "previews", ignore_errors=True)
        run(maker, archive)
        assert f"{len(NAMES)}  with\n" in run(other, archive, "--report")
