"""Each recipe of conftest_templates runs on a generated archive as its head comment says."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

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
        '<resource schema="potsdam"><service id="dl"/>'
        '<data id="import"><sources pattern="data/*.fits"/></data></resource>'
    )
    pytester.makeini("[pytest]\nfitsproc_inputs = .\nfitsproc_server_url = https://example.org\n")
    (resdir / "res").mkdir()
    rows = [f"potsdam/data/a{number}.fits,5760\n" for number in range(3)]
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


def test_links_shows_the_cards_writes_them_and_takes_them_back(
    in_archive: Runner, pytester: pytest.Pytester
) -> None:
    (pytester.path / "potsdam" / "data" / "a1.fits").unlink()
    before = _data_files(pytester)
    result = in_archive("links", "-v", "potsdam/bin/test_links.py")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["+FN-PRE  = 'https://example.org/static/jpegs/a0.jpg'", "*2*would change*"])
    assert _data_files(pytester) == before
    for label in ("changed", "up to date"):
        in_archive("links", "--fitsproc-write", "potsdam/bin/test_links.py").stdout.fnmatch_lines(
            [f"*2*{label}*"]
        )
    assert _card(pytester, "a2.fits", "FN-WEDGE") == "https://example.org/static/wedges/a2w.fits"
    assert in_archive("links", "--fitsproc-undo").ret == 0
    assert _data_files(pytester) == before


def test_links_as_a_dachs_program_writes_at_once(
    in_archive: Runner, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = pytester.makefile(
        ".rc", dachs=f"[general]\ninputsDir: {pytester.path}\n[web]\nserverURL: https://example.org\n"
    )
    monkeypatch.setenv("GAVOSETTINGS", str(settings))
    in_archive("links", "--fitsproc-strict").assert_outcomes(failed=3, passed=6)
    program = pytester.path / "potsdam" / "bin" / "link_adder.py"
    result = pytester.run(sys.executable, program, "--filter=a0")
    result.stdout.fnmatch_lines(["*1 files processed, 0 files with errors"])
    assert _card(pytester, "a0.fits", "FN-PRE") == "https://example.org/potsdam/q/dl/static/jpegs/a0.jpg"
    in_archive("links", "--fitsproc-strict").assert_outcomes(failed=2, passed=7)


def test_numpixels_writes_beside_the_files_first(in_archive: Runner, pytester: pytest.Pytester) -> None:
    before = _data_files(pytester)
    in_archive("numpixels").assert_outcomes(passed=3)
    in_archive("numpixels", "--fitsproc-write").stdout.fnmatch_lines(["count_pixels*", "*3*computed*"])
    names = {f"a{number}.fits{suffix}" for number in range(3) for suffix in ("", ".hdr", ".silly")}
    assert names == _data_files(pytester).keys()
    assert before.items() <= _data_files(pytester).items()
    in_archive("numpixels", "--apply", "--no-compute").assert_outcomes(passed=9)
    assert [_card(pytester, f"a{number}.fits", "NUMPIX") for number in range(3)] == [12, 12, 12]


def test_numpixels_as_a_dachs_program_takes_both_steps(in_archive: Runner, pytester: pytest.Pytester) -> None:
    in_archive("numpixels")
    program = pytester.path / "potsdam" / "bin" / "silly_processor.py"
    for options, expected in (((), None), (("--apply", "--no-compute"), 12)):
        pytester.run(sys.executable, program, *options).stdout.fnmatch_lines(["*3 files processed, 0 files*"])
        assert _card(pytester, "a0.fits", "NUMPIX") == expected


def test_plates_gives_a_header_to_those_that_are_in_the_logbook(
    in_archive: Runner, pytester: pytest.Pytester
) -> None:
    data = pytester.path / "potsdam" / "data"
    for number, plate in enumerate(("POT001", "POT002", "POT009")):
        (data / f"a{number}.fits").rename(data / f"{plate}.fits")
    (data.parent / "res" / "logbook.csv").write_bytes((FOLDER / "plates" / "logbook.csv").read_bytes())
    result = in_archive("plates", "--catalogue=res/logbook.csv", "--apply")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["the plate POT009 is not in *logbook.csv", "*2*computed and applied*"])
    assert _card(pytester, "POT001.fits", "OBSERVER") == "K. Schwarzschild"
    assert _card(pytester, "POT002.fits", "EMULSION") is None
    assert _card(pytester, "POT002.fits", "INSTRUME") == "CCD"
    assert _card(pytester, "POT009.fits", "OBSERVER") is None


@pytest.mark.parametrize("processes", ["-j1", "-j2"])
def test_astrometry_solves_a_scratched_plate_of_its_own(
    in_archive: Runner, pytester: pytest.Pytester, programs: None, processes: str
) -> None:
    in_archive("astrometry").stdout.fnmatch_lines(["*3 items were left out: --fitsproc-write wakes solve"])
    resdir = pytester.path / "potsdam"
    assert pytester.run(sys.executable, resdir / "bin" / "make_example.py").ret == 0
    result = in_archive("astrometry", "--filter=plate", "--apply", processes)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*1*100.0%*solved and applied*", "1 of 1 fields solved"])
    header = fits.getheader(resdir / "data" / "plate.fits")
    assert header["CD1_1"] == pytest.approx(-15 / 3600, rel=0.01)
    unfiltered = resdir / "bin" / "test_astrometry.py"
    text = unfiltered.read_text().replace("return objects[", "return objects\n    return objects[")
    (resdir / "bin" / "test_other.py").write_text(text)
    words = ("--filter=plate", "--reprocess", "potsdam/bin/test_other.py")
    in_archive("astrometry", *words).assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_option_copies_a_recipe_into_the_current_directory(
    pytester: pytest.Pytester, recipe: str
) -> None:
    result = pytester.runpytest_subprocess(f"--fitsproc-template={recipe}")
    assert result.ret == 0
    copied = {path.name for path in pytester.path.iterdir() if path.is_file()} - {"stdout", "stderr"}
    assert copied == {path.name for path in (FOLDER / recipe).iterdir() if path.is_file()}


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


def _data_files(pytester: pytest.Pytester) -> dict[str, bytes]:
    """All files of the archive's data directory."""
    return {path.name: path.read_bytes() for path in (pytester.path / "potsdam" / "data").iterdir()}


def _card(pytester: pytest.Pytester, name: str, keyword: str) -> object:
    """A value of the header of a file that must be sound, None where there is no such card."""
    with fits.open(pytester.path / "potsdam" / "data" / name) as hdus:
        assert hdus[0].data.tobytes() == bytes(12)
        return hdus[0].header.get(keyword)


def _fits(instrument: str, seconds: float) -> bytes:
    cards = [
        f"SIMPLE  = {'T':>20}",
        f"BITPIX  = {8:>20}",
        f"NAXIS   = {2:>20}",
        f"NAXIS1  = {4:>20}",
        f"NAXIS2  = {3:>20}",
        f"INSTRUME= '{instrument:<8}'",
        f"EXPTIME = {seconds:>20}",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode("ascii") + bytes(2880)
