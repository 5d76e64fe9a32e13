"""Measure whole runs that make a preview of each file: python benchmarks/preview_runs.py --files 10000.

Runs take turns; the table has medians of CPU and wall time of whole processes. DaCHS needs its settings
(--dachs-settings), and a database that runs: the products are put into it, and taken out in the end.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive import make_archive
from commands import Command, measure_in_turn
from surroundings import DACHS_PYTHON, argument_parser, machine

_HERE = Path(__file__).parent

_RD = r"""<resource schema="fitsproc_benchmark" resdir="potsdam">
  <table id="main"><column name="accref" type="text"/></table>
  <data id="import">
    <property key="previewDir">previews</property>
    <sources recurse="True" pattern="data/*.fits"/>
    <fitsProdGrammar><rowfilter procDef="//products#define">
      <bind key="table">"\schema.main"</bind>
      <bind key="preview">\standardPreviewPath</bind>
      <bind key="preview_mime">"image/jpeg"</bind>
    </rowfilter></fitsProdGrammar>
    <make table="main"/>
  </data>
</resource>
"""

# What `dachs imp` leaves in the database, without reading the files.
_DACHS_IMPORT = """
import sys
from gavo import base
from gavo.rscdef.rmkfuncs import getFlatName

accrefs = [line.rstrip("\\n") for line in sys.stdin]
with base.getWritableAdminConn() as conn:
    conn.execute("drop schema if exists fitsproc_benchmark cascade")
    conn.execute("delete from dc.products where sourceTable='fitsproc_benchmark.main'")
    if accrefs:
        conn.execute("create schema fitsproc_benchmark")
        conn.execute("create table fitsproc_benchmark.main (accref text)")
        conn.execute("grant usage on schema fitsproc_benchmark to public")
        conn.execute("grant select on fitsproc_benchmark.main to public")
        cursor = conn.cursor()
        cursor.executemany("insert into fitsproc_benchmark.main values (%(a)s)", [{"a": a} for a in accrefs])
        cursor.executemany(
            "insert into dc.products (accref, accessPath, sourceTable, mime, preview, preview_mime)"
            " values (%(a)s, %(a)s, 'fitsproc_benchmark.main', 'image/fits', %(p)s, 'image/jpeg')",
            [{"a": a, "p": "potsdam/previews/" + getFlatName(a)} for a in accrefs])
"""

_OUR_MAKER = """
from pytest_fitsproc import preview_maker

@preview_maker(stretch="dachs")
def preview(source):
    return source
"""


def main() -> None:
    """Measure and print the table."""
    arguments = argument_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        inputs = _make_inputs(Path(scratch), arguments.files)
        with _imported(inputs, arguments.dachs_settings):
            commands = _commands(inputs, arguments.dachs_settings)
            measured = measure_in_turn(commands, arguments.runs)
    reference = next((name for name in measured if name.startswith("DaCHS")), None)
    print(f"{machine()}; previews of {arguments.files} files of 64×64, medians of {arguments.runs} runs\n")
    print("| run | CPU s | wall s | CPU ÷ DaCHS -j2 | wall ÷ DaCHS -j2 |\n|---|---|---|---|---|")
    for name, one in measured.items():
        ratios = "– | –"
        if reference:
            ratios = f"{one.cpu / measured[reference].cpu:.2f} | {one.wall / measured[reference].wall:.2f}"
        print(f"| {name} | {one.cpu:.2f} | {one.wall:.2f} | {ratios} |")


def _make_inputs(scratch: Path, files: int) -> Path:
    inputs = make_archive(scratch / "archive", files)
    (inputs / "potsdam" / "q.rd").write_text(_RD)
    (inputs / "test_dachs_stretch.py").write_text(_OUR_MAKER)
    return inputs


def _commands(inputs: Path, dachs_settings: str | None) -> dict[str, Command]:
    previews, numbers = inputs / "potsdam" / "previews", itertools.count()

    def without_previews() -> None:
        # Put aside: where many files were deleted a minute ago, ext4 takes long to find a new one's inode.
        if previews.exists():
            previews.rename(inputs.with_name(f"previews{next(numbers)}"))

    def ours(*options: str) -> Command:
        words = ["-m", "pytest", "-q", f"--fitsproc-inputs={inputs}", "--fitsproc=potsdam/q/import", *options]
        return Command([sys.executable, *words], {}, str(inputs), without_previews)

    def dachs(*options: str) -> Command:
        environment = _dachs_environment(inputs, dachs_settings or "")
        words = [DACHS_PYTHON, "-W", "ignore", str(_HERE / "dachs_previews.py"), *options]
        return Command(words, environment, str(inputs), without_previews)

    theirs = {"DaCHS -j2": dachs("-j2"), "DaCHS": dachs()} if dachs_settings else {}
    return theirs | {
        "ours, -n2": ours("--fitsproc-previews", "-n2"),
        "ours, -n2, without `readable`": ours("--fitsproc-previews", "-n2", "--fitsproc-checks=none"),
        "ours, one process": ours("--fitsproc-previews"),
        'ours, -n2, `stretch="dachs"`': ours("--fitsproc-write", "-n2", "test_dachs_stretch.py"),
        "the same, without `readable`": ours(
            "--fitsproc-write", "-n2", "--fitsproc-checks=none", "test_dachs_stretch.py"
        ),
    }


def _dachs_environment(inputs: Path, settings: str) -> dict[str, str]:
    return {"GAVOSETTINGS": settings, "GAVO_INPUTSDIR": str(inputs)}


@contextmanager
def _imported(inputs: Path, dachs_settings: str | None) -> Iterator[None]:
    """Have the products of the archive in DaCHS' database."""
    if dachs_settings is None:
        yield
        return
    accrefs = [f"{path.relative_to(inputs)}\n" for path in sorted(inputs.rglob("*.fits"))]

    def put(lines: list[str]) -> None:
        subprocess.run(
            [DACHS_PYTHON, "-W", "ignore", "-c", _DACHS_IMPORT],
            input="".join(lines),
            text=True,
            check=True,
            env=_dachs_environment(inputs, dachs_settings),
        )

    put(accrefs)
    try:
        yield
    finally:
        put([])


if __name__ == "__main__":
    main()
