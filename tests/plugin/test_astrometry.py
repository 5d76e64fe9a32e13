"""Plate solving as items of pytest: when it happens, what becomes of the files, what a run says of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from field_archive import CLASS, SOLVER, add_field, add_fields, files_of, header_of
from small_archive import Archive
from solver_processes import solvers_below, wait_for

Images = Mapping[str, Any]
EITHER = pytest.mark.parametrize("text", [SOLVER, CLASS], ids=["function", "class"])


@pytest.fixture
def fields(archive: Archive, images: Images, index_path: Path) -> Archive:
    """An easy field and one without stars."""
    add_fields(archive, images, index_path, easy="easy", noise="noise")
    archive.add_processors(SOLVER)
    return archive


@EITHER
def test_a_plain_run_leaves_it_out_in_one_line(
    archive: Archive, images: Images, tmp_path: Path, text: str, plugin_args: tuple[str, ...]
) -> None:
    add_fields(archive, images, tmp_path, a="easy", b="noise")
    archive.add_processors(text)
    before = files_of(archive)
    name = "Solver" if text == CLASS else "solve_plates"
    result = archive.run("-p", "no:cacheprovider", *plugin_args)
    assert result.ret == 5
    result.stdout.fnmatch_lines([f"fitsproc: 2 items were left out: --fitsproc-write wakes {name}"])
    assert files_of(archive) == before


@EITHER
def test_a_solution_is_computed_beside_the_file_and_edited_by_the_curator(
    fields: Archive, text: str, plugin_args: tuple[str, ...]
) -> None:
    fields.add_processors(text)
    before = files_of(fields)
    result = fields.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "not solved: too few sources were found (found 0, kept 0, used 0), *s",
            "*1*50.0%*solved*",
            "*plate solving*",
            "1 of 2 fields solved",
            "1 field: too few sources were found: noise.fits",
            "  try: find more: *--minarea*",
            "FAILED potsdam/q/import::data/noise.fits::* not solved: *",
        ]
    )
    assert files_of(fields).keys() == {"easy.fits", "noise.fits", "easy.fits.hdr"}
    assert before.items() <= files_of(fields).items()
    header = header_of(fields, "easy.fits.hdr")
    assert {"CD1_1", "A_ORDER", "OBSERVER"} <= set(header)
    assert header["OBJECT"] == "a plate"
    assert any("code error" in line for line in header["COMMENT"])
    assert not any("Index(0)" in line for line in header["COMMENT"])


def test_apply_writes_it_into_the_file(fields: Archive) -> None:
    for expected in ("solved and applied", "nothing to do"):
        result = fields.run("--apply", "--filter=easy")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"*1*100.0%*{expected}*"])
        assert header_of(fields, "easy.fits")["OBSERVER"] == "easy"
        assert "CD1_1" in header_of(fields, "easy.fits")


@EITHER
def test_no_anet_keeps_the_solution_while_the_rest_is_made_anew(
    fields: Archive, monkeypatch: pytest.MonkeyPatch, text: str, plugin_args: tuple[str, ...]
) -> None:
    fields.add_processors(text)
    fields.run("--apply", "--filter=easy").assert_outcomes(passed=1)
    solved = header_of(fields, "easy.fits.hdr")
    fields.add_processors(
        text.replace('header["OBSERVER"] = source.stem', 'header["OBJECT"] = "NGC 1"').replace(
            'hdr["OBSERVER"] = "me"', 'hdr["OBJECT"] = "NGC 1"'
        )
    )
    monkeypatch.setenv("PATH", "/nonexistent")
    result = fields.run("--no-anet", "--reprocess", "--apply", "--reheader", *plugin_args)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["there is no detached header to take the WCS from: *noise.fits.hdr; *"])
    for name in ("easy.fits.hdr", "easy.fits"):
        header = header_of(fields, name)
        assert header["OBJECT"] == "NGC 1"
        assert all(header[key] == solved[key] for key in ("CD1_1", "CRVAL1", "A_2_0", "CTYPE1"))
        assert [*header["HISTORY"]] == [*solved["HISTORY"]]


def test_no_anet_without_a_solution_in_the_detached_header_is_none(fields: Archive) -> None:
    fits.Header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0}).tofile(fields.resdir / "data" / "easy.fits.hdr")
    result = fields.run("--no-anet", "--reprocess", "--filter=easy")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the detached header has no solution to take the WCS from: *"])


@EITHER
def test_rows_of_the_fields_are_gathered(fields: Archive, text: str, plugin_args: tuple[str, ...]) -> None:
    fields.add_processors(text)
    fields.run("--fitsproc-write", "--fitsproc-gather=fields.json", *plugin_args)
    easy, noise = json.loads((fields.root / "fields.json").read_text())
    assert (easy["file"], easy["verdict"], easy["cause"]) == ("potsdam/data/easy.fits", "solved", "")
    assert easy["ra_deg"] == pytest.approx(200, abs=0.01)
    assert easy["dec_deg"] == pytest.approx(-30, abs=0.01)
    assert easy["pixel_scale_arcsec"] == pytest.approx(15, abs=0.05)
    assert easy["rms_px"] < 0.5
    assert easy["matched"] > 10
    assert "solve-field" in easy["command"]
    assert (noise["verdict"], noise["sources_found"]) == ("not solved", 0)
    assert noise["rms_px"] is None


def test_pictures_are_in_the_html_report_of_failures_as_well(
    fields: Archive, plugin_args: tuple[str, ...]
) -> None:
    fields.run("--fitsproc-write", "--html=report.html", *plugin_args)
    pictures = sorted((fields.root / "report_pictures").iterdir())
    assert [picture.read_bytes()[:4] for picture in pictures] == [b"\x89PNG"] * 2
    page = fields.html()
    assert page.count('<img loading="lazy"') == 2
    assert "solve_plates: not solved: too few sources were found" in page
    assert all(f'<a href="report_pictures/{picture.name}">' in page for picture in pictures)
    assert "sources matched, rms 0." in page
    assert "(found 0, kept 0, used 0)" in page


def test_pictures_are_in_a_page_that_is_one_file(fields: Archive) -> None:
    fields.run("--fitsproc-write", "--html=report.html", "--self-contained-html")
    assert fields.html().count("data:image/png;base64,") == 2
    assert not (fields.root / "report_pictures").exists()


def test_sandboxes_are_copied_with_their_pictures(fields: Archive) -> None:
    for _ in range(2):
        fields.run("--fitsproc-write", "--reprocess", "--copy-to=sandboxes")
        copies = {path.name: path for path in (fields.root / "sandboxes").iterdir()}
        assert copies.keys() == {"potsdam%2Fdata%2Feasy.fits", "potsdam%2Fdata%2Fnoise.fits"}
        for copy in copies.values():
            assert (copy / "overlay.png").read_bytes().startswith(b"\x89PNG")
            assert (copy / "lastCommand.log").is_file()


def test_two_processors_do_not_copy_their_sandboxes_to_one_place(
    fields: Archive, plugin_args: tuple[str, ...]
) -> None:
    other = SOLVER.replace("solve_plates", "solve_again").replace("=keep)", '=keep, detached=".two")')
    fields.add_processors(other, "test_other.py")
    words = ("--reprocess", "--copy-to=sandbox", "--filter=easy", *plugin_args)
    result = fields.run("--fitsproc-write", *words)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*no sandbox is copied to *sandbox: that of solve_plates is there*"])
    fields.run("--fitsproc-write=solve_again", *words).assert_outcomes(passed=1)


@EITHER
def test_the_sandbox_of_a_single_file_is_the_directory_itself(fields: Archive, text: str) -> None:
    fields.add_processors(text)
    fields.run("--fitsproc-write", "--copy-to=sandbox", "--filter=noise")
    assert {"img.fits", "backend.cfg", "lastCommand.log", "overlay.png"} <= set(
        os.listdir(fields.root / "sandbox")
    )


def test_a_directory_of_something_else_is_refused_before_anything_runs(
    fields: Archive, plugin_args: tuple[str, ...]
) -> None:
    before = files_of(fields)
    result = fields.run("--fitsproc-write", "--copy-to=potsdam/data", *plugin_args)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*no sandboxes are copied to *potsdam/data: there is something else in it*"])
    assert files_of(fields) == before


def test_limits_of_the_command_line_win_over_the_processor(fields: Archive) -> None:
    words = ("--fitsproc-write", "--reprocess", "--filter=easy", "--copy-to=sandbox")
    fields.run(*words, "--minarea=10")
    control = (fields.root / "sandbox" / "anet.control").read_text()
    assert control.endswith("DETECT_MINAREA 10\nDETECT_THRESH 4\n")
    fields.run(*words, "--detectthreshold=6")
    control = (fields.root / "sandbox" / "anet.control").read_text()
    assert control.endswith("DETECT_MINAREA 300\nDETECT_THRESH 6\n")


@pytest.mark.parametrize("word", ["--minarea=0", "--detectthreshold=x", "--minarea=nan"])
def test_a_limit_that_is_no_positive_number_is_a_usage_error(archive: Archive, word: str) -> None:
    archive.add_files("a.fits")
    result = archive.run(word)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*takes a positive number, not *"])


@EITHER
def test_a_missing_program_is_an_error_that_names_the_package(
    fields: Archive, monkeypatch: pytest.MonkeyPatch, text: str, plugin_args: tuple[str, ...]
) -> None:
    fields.add_processors(text)
    monkeypatch.setenv("PATH", "/nonexistent")
    result = fields.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "the program source-extractor is not installed: it is in the Debian package source-extractor",
            "0 of 2 fields solved",
            "2 fields: the program * easy.fits, noise.fits",
            "  try: apt-get install astrometry.net source-extractor",
        ]
    )
    assert result.stdout.str().count("  try:") == 1


def test_missing_index_files_are_an_error(fields: Archive, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    fields.write("pytest.ini", f"[pytest]\nfitsproc_index_path = {tmp_path / 'empty'}\n")
    result = fields.run("--fitsproc-write")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["no index file matches 'index-9990' in *: install them *"])


def test_a_program_that_fails_is_a_failure_with_its_own_words(fields: Archive) -> None:
    fields.add_processors(SOLVER.replace("object_filter=keep", 'extraction="DETECT_MINAREA x"'))
    result = fields.run("--fitsproc-write", "--filter=easy")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["source-extractor ended with status 1: *DETECT_MINAREA*, *s", "*not solved: a program failed*"]
    )


@EITHER
def test_a_solution_that_contradicts_the_header_is_not_applied(
    archive: Archive, images: Images, index_path: Path, text: str
) -> None:
    add_fields(archive, images, index_path)
    add_field(archive, "right.fits", images["easy"], RA=200.1, DEC=-30.0, PIXSCALE=15.1)
    add_field(archive, "wrong.fits", images["easy"], RA=20.1, DEC=-30.0)
    archive.add_processors(text)
    before = files_of(archive)
    result = archive.run("--apply")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "not solved: *: RA/DEC: the header says 20.1000 -30.0000, the solution *: off by 1*.* deg, *s",
            "1 of 2 fields solved",
        ]
    )
    assert files_of(archive)["wrong.fits"] == before["wrong.fits"]
    assert "wrong.fits.hdr" not in files_of(archive)


def test_the_comparison_can_be_switched_off(archive: Archive, images: Images, index_path: Path) -> None:
    add_fields(archive, images, index_path)
    add_field(archive, "wrong.fits", images["easy"], RA=20.1, DEC=-30.0)
    archive.add_processors(SOLVER.replace("object_filter", "compare_with_header=False, object_filter"))
    archive.run("--fitsproc-write").assert_outcomes(passed=1)


def test_the_attempt_that_solved_is_in_the_class(fields: Archive) -> None:
    attempts = 'try_parameters=[{"minarea": 5000}, {"endob": 50}], object_filter'
    fields.add_processors(SOLVER.replace("object_filter", attempts))
    result = fields.run("--fitsproc-write", "--filter=easy")
    result.stdout.fnmatch_lines(["*1*100.0%*solved by attempt 2*"])


def test_files_that_are_not_worth_a_try_go_to_the_function_as_they_are(fields: Archive) -> None:
    fields.add_processors(SOLVER.replace("object_filter", "should_solve=lambda header: False, object_filter"))
    fields.run("--fitsproc-write").assert_outcomes(passed=2)
    header = header_of(fields, "noise.fits.hdr")
    assert header["OBSERVER"] == "noise"
    assert "CD1_1" not in header


def test_a_plate_in_an_extension_is_solved(archive: Archive, images: Images, index_path: Path) -> None:
    add_fields(archive, images, index_path)
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(images["plate"])])
    (archive.resdir / "data").mkdir()
    hdus.writeto(archive.resdir / "data" / "a.fits")
    archive.add_processors(SOLVER.replace("object_filter", "hdu=1, object_filter"))
    archive.run("--apply").assert_outcomes(passed=1)
    with fits.open(archive.resdir / "data" / "a.fits") as found:
        assert "CD1_1" in found[1].header
        assert "CD1_1" not in found[0].header
        assert (found[1].data == images["plate"]).all()


def test_texts_of_the_file_are_kept_and_those_of_an_older_solution_are_not(
    fields: Archive,
) -> None:
    path = fields.resdir / "data" / "easy.fits"
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["HISTORY"] = "scanned in 1999"
        hdus[0].header["COMMENT"] = "code error: 42"
        hdus[0].header.update({"CD1_1": 1.0, "A_ORDER": 9, "A_9_0": 1.0, "PC1_1": 1.0, "CDELT1": 1.0})
    fields.run("--reprocess", "--filter=easy").assert_outcomes(passed=1)
    header = header_of(fields, "easy.fits.hdr")
    assert "scanned in 1999" in header["HISTORY"]
    assert "code error: 42" not in header["COMMENT"]
    assert not {"A_9_0", "PC1_1", "CDELT1"} & set(header)
    assert header["A_ORDER"] == 2


def test_a_function_that_asks_for_a_fitschan_is_told(fields: Archive) -> None:
    fields.add_processors(SOLVER.replace("header, source", "fitschan").replace("header[", "fitschan["))
    result = fields.run("--fitsproc-write", "--filter=easy")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*an astrometry processor edits its header: ask for header instead*"])


def test_fixtures_below_the_session_can_be_asked_for(fields: Archive) -> None:
    """Such a processor goes the slow lane."""
    fields.add_processors(SOLVER.replace("header, source", "header, source, tmp_path"))
    result = fields.run("--fitsproc-write", "--html=report.html", "--fitsproc-gather=rows.json")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["not solved: too few sources*", "1 of 2 fields solved"])
    assert fields.html().count('<img loading="lazy"') == 2
    assert len(json.loads((fields.root / "rows.json").read_text())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill", "interrupt"])
def test_an_end_in_the_middle_leaves_nothing_behind(
    archive: Archive, images: Images, index_path: Path, number: signal.Signals, tmp_path: Path
) -> None:
    add_fields(archive, images, index_path, a="foreign")
    archive.add_processors(SOLVER.replace("endob=50", "endob=150"))
    before = files_of(archive)
    sandboxes = tmp_path / "sandboxes"
    sandboxes.mkdir()
    words = [sys.executable, "-m", "pytest", "--fitsproc=potsdam/q/import", "--apply", "-p", "no:randomly"]
    environment = os.environ | {"TMPDIR": str(sandboxes)}
    process = subprocess.Popen(
        words, cwd=archive.root, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: bool(solvers_below(sandboxes)))
    process.send_signal(number)
    process.communicate(timeout=60)
    wait_for(lambda: not solvers_below(sandboxes) and not [*sandboxes.glob("fitsproc-astrometry-*")])
    assert files_of(archive) == before


def test_the_check_compares_what_was_applied_earlier(archive: Archive, images: Images) -> None:
    path = add_field(archive, "a.fits", images["easy"], RA=20.0, DEC=-30.0)
    assert archive.run("--fitsproc-checks=astrometry").parseoutcomes() == {"passed": 1}
    with fits.open(path, mode="update") as hdus:
        hdus[0].header.update({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 200.0, "CRVAL2": -30.0})
        hdus[0].header.update({"CD1_1": -0.004, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 0.004})
    result = archive.run("--fitsproc-checks=astrometry")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["data/a.fits: FP300 error: HDU 0: RA/DEC: the header says 20.0000 *"])
