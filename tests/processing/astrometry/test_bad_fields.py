"""Bad files, filters, control texts and disks: one clear line each, and the run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import star_fields
from astropy.io import fits

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry import (
    AstrometryError,
    Cause,
    FieldVerdict,
    IndexNotFoundError,
    SourceExtraction,
    on_the_table,
    solve,
)

OURS = SourceExtraction()
EXTRACTIONS = pytest.mark.parametrize("extraction", [None, OURS], ids=["solve-field", "source-extractor"])


def failure(path, index_path, extraction=OURS, object_filter=None, **more):
    """Return the report of a file that can't be worked on."""
    report = solve(
        path, star_fields.PARAMETERS, extraction, object_filter, index_path=index_path, **more
    ).report
    assert report.verdict is FieldVerdict.FAILED
    assert "\n" not in report.message
    return report


def no_data(path):
    fits.PrimaryHDU().writeto(path)


def table_only(path):
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU(np.zeros(3, "i4,f4"))]).writeto(path)


def spectrum(path):
    fits.PrimaryHDU(np.arange(1000.0)).writeto(path)


def cube(path):
    fits.PrimaryHDU(np.ones((3, 20, 30), "f4")).writeto(path)


def nan_image(path):
    fits.PrimaryHDU(np.full((100, 100), np.nan, "f4")).writeto(path)


def text(path):
    path.write_text("no FITS at all\n")


def empty(path):
    path.touch()


def bad_gzip(path):
    path.write_bytes(b"\x1f\x8b\x08\0" + b"x" * 100)


def bad_bzip2(path):
    path.write_bytes(b"BZh9" + b"x" * 100)


def header_cut_off(path):
    path.write_bytes(b"SIMPLE  =                    T".ljust(80))


def data_cut_off(path):
    no_data(path)
    header = fits.Header([("SIMPLE", True), ("BITPIX", -32), ("NAXIS", 2), ("NAXIS1", 500), ("NAXIS2", 500)])
    path.write_bytes(header.tostring().encode() + b"\0" * 2880)


def directory(path):
    path.mkdir()


def named_pipe(path):
    os.mkfifo(path)


def absent(path):
    pass


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (no_data, "HDU 0 has no image, not one with two axes"),
        (table_only, "HDU 0 has no image, not one with two axes"),
        (spectrum, "HDU 0 has an array of shape 1000, not one with two axes"),
        (cube, "HDU 0 has an array of shape 3 × 20 × 30, not one with two axes"),
        (nan_image, "no pixel of the image is a number: all are NaN"),
        (text, "no FITS file, but text"),
        (empty, "no FITS file, but an empty file"),
        (bad_gzip, "can't be unpacked: "),
        (bad_bzip2, "can't be unpacked: "),
        (header_cut_off, "can't be read as FITS: "),
        (data_cut_off, "can't be read as FITS: "),
        (directory, "can't be read: it is not a regular file"),
        (named_pipe, "can't be read: it is not a regular file"),
        (absent, "can't be read: No such file or directory"),
    ],
)
def test_a_file_without_an_image_is_told_in_one_line(index_path, tmp_path, make, reason):
    path = tmp_path / "bad.fits"
    make(path)
    report = failure(path, index_path)
    assert report.cause is Cause.IMAGE
    assert report.message.startswith(f"{path}: {reason}")
    assert report.commands == ()


def test_an_hdu_that_is_not_there_is_told(field, index_path):
    assert failure(field("easy"), index_path, hdu_index=3).reason == (
        "there is no HDU 3; the file has 1; there is one in HDU 0"
    )


@EXTRACTIONS
@pytest.mark.parametrize(
    "image", [np.arange(100.0).reshape(10, 10), np.full((300, 300), 7), np.zeros((1, 50))], ids=str
)
def test_images_with_nothing_to_find_are_not_solved(index_path, tmp_path, image, extraction):
    path = tmp_path / "dull.fits"
    fits.PrimaryHDU(image.astype("f4")).writeto(path)
    report = solve(path, star_fields.PARAMETERS, extraction, index_path=index_path).report
    assert report.verdict is not FieldVerdict.SOLVED
    assert report.cause in {Cause.FEW_SOURCES, Cause.IMAGE}
    assert report.message.count("\n") == 0


def test_some_pixels_that_are_no_numbers_do_no_harm(images, index_path, tmp_path):
    image = images["easy"].astype("f4")
    image[:30] = np.nan
    path = tmp_path / "partly.fits"
    fits.PrimaryHDU(image).writeto(path)
    assert solve(path, star_fields.PARAMETERS, OURS, index_path=index_path).is_solved


@pytest.mark.parametrize(
    ("name", "extraction"),
    [
        *(
            (name, OURS)
            for name in ("with space", 'it\'s "quoted"', "-o", "a\nb", "ümlaut", "$HOME;`x`", "img")
        ),
        *((name, None) for name in ('it\'s "quoted" too', "-o", "a\nb")),
    ],
)
def test_any_file_name_will_do(field, index_path, tmp_path, monkeypatch, name, extraction):
    Path(tmp_path, name).write_bytes(field("easy").read_bytes())
    monkeypatch.chdir(tmp_path)
    solution = solve(Path(name), star_fields.PARAMETERS, extraction, index_path=index_path)
    assert solution.is_solved, solution.report
    Path(name).write_bytes(b"")
    assert "\n" not in failure(Path(name), index_path, extraction).message


def test_a_file_name_that_is_no_text_will_do(field, index_path, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.fits"))
    path.write_bytes(field("easy").read_bytes())
    assert solve(path, star_fields.PARAMETERS, OURS, index_path=index_path).is_solved


def test_index_files_that_are_not_there_are_told_before_anything_runs(field, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(IndexNotFoundError, match=r"no index file matches 'index-\*.fits' in "):
        solve(field("easy"), star_fields.PARAMETERS, OURS, index_path=tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("NOSUCH_KEY 3", "NOSUCH_KEY keyword unknown"),
        ("DETECT_MINAREA abc", "DETECT_MINAREA keyword out of range"),
        ("DETECT_TYPE XX", "DETECT_TYPE set to an unknown keyword"),
        ("FILTER_NAME none.conv", "cannot open none.conv"),
        ("CATALOG_NAME other.cat", "did not write img.axy: leave CATALOG_NAME out"),
    ],
)
def test_an_error_in_the_control_text_is_told_in_the_words_of_source_extractor(
    field, index_path, line, words
):
    report = failure(field("easy"), index_path, SourceExtraction(f"DETECT_THRESH 3\n{line}\n"))
    assert report.cause is Cause.PROGRAM
    assert report.message.startswith(f"{field('easy')}: source-extractor")
    assert words in report.message
    assert len(report.commands) == 1


def test_a_damaged_index_file_is_told_in_the_words_of_solve_field(field, tmp_path):
    (tmp_path / "index-1.fits").write_bytes(b"no index")
    report = failure(field("easy"), tmp_path)
    assert report.cause is Cause.PROGRAM
    assert "solve-field ended with status" in report.message


def leave_nothing(table):
    return table[:0]


def leave_two(table):
    return table[:2]


@pytest.mark.parametrize(("keep", "count"), [(leave_nothing, 0), (leave_two, 2)])
def test_a_filter_that_leaves_too_little_is_told(field, index_path, keep, count):
    filtered = on_the_table(keep)
    report = solve(field("easy"), star_fields.PARAMETERS, OURS, filtered, index_path=index_path).report
    assert (report.verdict, report.cause) == (FieldVerdict.NOT_SOLVED, Cause.FILTERED_AWAY)
    assert report.sources_used == count
    assert f"kept {count}, used {count}" in report.message
    # Nothing is asked of the solver where nothing is left.
    assert len(report.commands) == (2 if count else 1)


def raise_key_error(table):
    return table[table["NO_COLUMN"] > 1]


def leave_garbage(name):
    Path(name).write_bytes(b"garbage")


def remove_the_file(name):
    Path(name).unlink()


def leave_an_image(name):
    fits.PrimaryHDU(np.ones((5, 5))).writeto(name, overwrite=True)


def leave_other_columns(name):
    fits.BinTableHDU(np.zeros(20, [("X", "f4")])).writeto(name, overwrite=True)


@pytest.mark.parametrize(
    ("object_filter", "reason"),
    [
        (on_the_table(raise_key_error), "the object filter raised KeyError: "),
        (on_the_table(lambda table: None), "the object filter "),
        (on_the_table(lambda table: "text"), "the object filter "),
        (leave_garbage, "the object filter left no FITS table in img.axy"),
        (remove_the_file, "the object filter left no FITS table in img.axy"),
        (leave_an_image, "the object filter left no FITS table in img.axy"),
        (
            leave_other_columns,
            "the object filter left a table without the columns X_IMAGE, Y_IMAGE, FLUX_AUTO",
        ),
    ],
)
def test_a_filter_that_does_not_work_is_told(field, index_path, object_filter, reason):
    here = Path.cwd()
    report = failure(field("easy"), index_path, OURS, object_filter)
    assert report.cause is Cause.FILTER
    assert report.reason.startswith(reason)
    assert report.sources_found > 100
    assert Path.cwd() == here


def test_the_curators_exception_is_attached(field, index_path):
    raising = on_the_table(raise_key_error)
    solution = solve(field("easy"), star_fields.PARAMETERS, OURS, raising, index_path=index_path)
    assert isinstance(solution.error.__cause__, KeyError)


def test_a_filter_without_sources_to_filter_is_refused(field, index_path):
    with pytest.raises(OptionError, match="an object filter needs sources of source-extractor"):
        solve(field("easy"), star_fields.PARAMETERS, None, leave_garbage, index_path=index_path)


def test_no_place_for_a_sandbox_is_told(field, index_path, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(AstrometryError, match=r"no sandbox can be made: .*nowhere.*; set TMPDIR"):
        solve(field("easy"), star_fields.PARAMETERS, OURS, index_path=index_path)


def test_programs_that_are_missing_are_told_with_their_packages(field, index_path, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for extraction, name, package in (
        (None, "solve-field", "astrometry.net"),
        (OURS, "source-extractor", "source-extractor"),
    ):
        report = solve(field("easy"), star_fields.PARAMETERS, extraction, index_path=index_path).report
        assert (report.verdict, report.cause) == (FieldVerdict.MISSING_PROGRAM, Cause.MISSING_PROGRAM)
        assert report.reason == (
            f"the program {name} is not installed: it is in the Debian package {package}"
        )


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that makes a file system of a few KiB the place of temporary files."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(kilobytes: int) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", disk]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a file system")
        return disk

    yield mount
    if disk.is_mount():
        # Lazily, since a process that was ended a moment ago may still count as being in there.
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("kilobytes", [4, 24, 40, 52, 60])
def test_nothing_is_taken_for_unsolved_on_a_full_disk(field, index_path, small_disk, kilobytes, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(small_disk(kilobytes)))
    report = failure(field("foreign"), index_path)
    assert report.cause is Cause.PROGRAM
    assert "set TMPDIR to another" in report.message


# Files may not be larger than a limit: as with a full disk, writing ends in the middle.
LIMITED = """
import resource, sys
from pathlib import Path
import star_fields
from pytest_fitsproc.processing.astrometry import SourceExtraction, solve
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
extraction = SourceExtraction() if sys.argv[4] == "ours" else None
solution = solve(Path(sys.argv[1]), star_fields.PARAMETERS, extraction, index_path=Path(sys.argv[2]))
print(solution.report.message)
"""


@pytest.mark.parametrize(
    ("limit", "ours"), [(10, "ours"), (3000, "ours"), (10_000, "ours"), (30_000, "ours"), (30_000, "theirs")]
)
def test_a_full_disk_is_told_in_one_line(field, index_path, limit, ours, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(star_fields.__file__).parent))
    words = [sys.executable, "-c", LIMITED, field("easy"), index_path, str(limit), ours]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith(f"{field('easy')}: ")
    assert "not solved" not in done.stdout
