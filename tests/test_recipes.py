"""Each recipe of conftest_templates runs on a generated archive as its head comment says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "conftest_templates"
RECIPES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())

Runner = Callable[..., pytest.RunResult]


@pytest.fixture
def in_archive(pytester: pytest.Pytester) -> Runner:
    """Copy a recipe into the bin of an archive with three exposures, and run it there."""
    data = pytester.mkdir("potsdam") / "data"
    data.mkdir()
    for number, instrument in enumerate(("CCD", "CCD", "plate")):
        (data / f"a{number}.fits").write_bytes(_fits(instrument, number + 1.5))
    resdir = data.parent
    (resdir / "q.rd").write_text(
        '<resource schema="potsdam"><data id="import"><sources pattern="data/*.fits"/></data></resource>'
    )
    (resdir / "res").mkdir()
    rows = [f"potsdam/data/a{number}.fits,2880\n" for number in range(3)]
    (resdir / "res" / "sizes.csv").write_text("accref,size\n" + "".join(rows))
    (resdir / "bin").mkdir()

    def run(recipe: str, *options: str) -> pytest.RunResult:
        for file in (FOLDER / recipe).iterdir():
            (resdir / "bin" / file.name).write_bytes(file.read_bytes())
        return pytester.runpytest_subprocess("--fitsproc=potsdam/q/import", "-p", "no:randomly", *options)

    return run


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_recipe_begins_with_a_short_explanation(recipe: str) -> None:
    modules = [path for path in (FOLDER / recipe).glob("*.py") if path.name != "conftest.py"]
    assert modules
    for module in modules:
        head = module.read_text().split('"""')[1]
        assert head.count("\n") <= 10
        assert "pytest --fitsproc=" in head


def test_check_compares_each_file_with_the_catalogue(in_archive: Runner) -> None:
    in_archive("check", "--catalogue=res/sizes.csv").assert_outcomes(passed=6)


def test_classify_reports_the_frequencies(in_archive: Runner) -> None:
    result = in_archive("classify", "--report", "--html=report.html")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*observed_with: 3 files in 2 classes", "*2 *CCD*", "*1 *plate*"])


@pytest.mark.parametrize("processes", ["-j1", "-j2"])
def test_gather_writes_a_row_for_each_file_in_source_order(
    in_archive: Runner, pytester: pytest.Pytester, processes: str
) -> None:
    result = in_archive("gather", "--fitsproc-gather=exposures.json", processes)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*longest exposure: 3.5 s, potsdam/data/a2.fits"])
    rows = json.loads((pytester.path / "exposures.json").read_text())
    assert [row["exposure"] for row in rows] == [1.5, 2.5, 3.5]


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_option_copies_a_recipe_into_the_current_directory(
    pytester: pytest.Pytester, recipe: str
) -> None:
    result = pytester.runpytest_subprocess(f"--fitsproc-template={recipe}")
    assert result.ret == 0
    copied = {path.name for path in pytester.path.glob("*.py")}
    assert copied == {path.name for path in (FOLDER / recipe).glob("*.py")}


def test_a_recipe_never_replaces_a_file(pytester: pytest.Pytester) -> None:
    mine = pytester.makepyfile(test_size="# mine")
    result = pytester.runpytest_subprocess("--fitsproc-template=check")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*test_size.py is there already"])
    assert mine.read_text() == "# mine"


def test_an_unknown_recipe_is_refused_with_the_names_of_those_that_are(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fitsproc-template=nope")
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"*there is no recipe 'nope'; there are {', '.join(RECIPES)}"])


def _fits(instrument: str, seconds: float) -> bytes:
    cards = [
        f"SIMPLE  = {'T':>20}",
        f"BITPIX  = {8:>20}",
        f"NAXIS   = {0:>20}",
        f"INSTRUME= '{instrument:<8}'",
        f"EXPTIME = {seconds:>20}",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode("ascii")
