"""Files that can't be written, and how files are written: one line names each, and the others are done."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from small_archive import DD, Archive, fits_bytes

from pytest_fitsproc.fits.checksum import data_sum
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.processing.headers.edit_log import EditLog

_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def edit(header{fixtures}): header["DONE"] = True
    """


@pytest.fixture
def edits(archive: Archive) -> Archive:
    archive.add_files("a.fits", "m.fits", "z.fits")
    archive.add_processors(_EDITS.format(fixtures=""))
    return archive


def _is_done(archive: Archive, name: str) -> bool:
    return b"DONE    =" in (archive.resdir / "data" / name).read_bytes()


def _refused(archive: Archive, said: str, *args: str) -> None:
    """Run the writer: it fails for m.fits with one line, leaves that as it is, and does the others."""
    path = archive.resdir / "data/m.fits"
    before = path.read_bytes()
    result = archive.run("--fitsproc-write", *args)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([f"FAILED {DD}::data/m.fits::edit - *data/m.fits*"])
    start = next(number for number, line in enumerate(result.outlines) if "_ edit on data/m.fits _" in line)
    lines = [line for line in result.outlines[start + 1 : start + 3] if not line.startswith("[gw")]
    assert lines[0].startswith(f"{path}")
    assert said in lines[0]
    assert path.read_bytes() == before
    assert (_is_done(archive, "a.fits"), _is_done(archive, "z.fits")) == (True, True)
    logged = [edit.path for run in _log(archive).runs() for edit in _log(archive).edits(run.name)]
    assert sorted(logged) == [f"{archive.resdir}/data/{stem}.fits" for stem in "az"]


def _log(archive: Archive) -> EditLog:
    return EditLog(str(archive.resdir / ".fitsproc/edits.sqlite"))


def _hard_link(archive: Archive, path: Path) -> str:
    os.link(path, archive.root / "other.fits")
    return "2 names"


def _link_outside(archive: Archive, path: Path) -> str:
    outside = archive.root.parent / f"{archive.root.name}-outside.fits"
    outside.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(outside)
    return f"lies in {outside.parent}; files are written only below {archive.root}"


def _gzipped(archive: Archive, path: Path) -> str:
    import gzip

    path.write_bytes(gzip.compress(path.read_bytes()))
    return "gunzip it first"


@pytest.mark.parametrize("spoil", [_hard_link, _link_outside, _gzipped])
@pytest.mark.parametrize("fixtures", ["", ", tmp_path"], ids=["fast", "slow"])
def test_a_file_that_may_not_be_written_fails_alone(
    edits: Archive, spoil: object, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    edits.add_processors(_EDITS.format(fixtures=fixtures))
    assert callable(spoil)
    _refused(edits, spoil(edits, edits.resdir / "data/m.fits"), *plugin_args)


def test_a_file_that_changes_while_it_is_processed_is_left_alone(
    edits: Archive, plugin_args: tuple[str, ...]
) -> None:
    edits.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor
        def edit(header, source):
            header["DONE"] = True
            if source.stem == "m":
                with open(source, "ab") as file: file.write(bytes(2880))
        """
    )
    result = edits.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([f"{edits.resdir}/data/m.fits: has changed since it was read; nothing is*"])
    assert [_is_done(edits, f"{stem}.fits") for stem in "amz"] == [True, False, True]


def test_a_read_only_directory_and_file_are_told(edits: Archive, without_override: list[str]) -> None:
    (edits.resdir / "data/m.fits").chmod(0o444)
    words = [*without_override, sys.executable, "-m", "pytest", "-p", "no:randomly"]
    words += [f"--fitsproc={DD}", "--fitsproc-checks=none", "--fitsproc-write"]
    result = edits.pytester.run(*words)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([f"{edits.resdir}/data/m.fits: *"])
    edits.resdir.chmod(0o555)
    (edits.resdir / ".fitsproc/edits.sqlite").unlink()
    (edits.resdir / ".fitsproc").chmod(0o555)
    for stem in "amz":
        edits.add_file(f"{stem}.fits", OBJECT=stem)
    result = edits.pytester.run(*words)
    edits.resdir.chmod(0o755)
    (edits.resdir / ".fitsproc").chmod(0o755)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*edits.sqlite: can't be opened; give yourself the right to write it*"])
    assert not any(_is_done(edits, f"{stem}.fits") for stem in "amz")


def test_a_full_disk_is_told_and_no_file_is_touched(edits: Archive) -> None:
    size = 12_000

    edits.write(
        "conftest.py",
        f"""
        import resource, signal
        def pytest_collection_finish(session):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
        """,
    )
    result = edits.run("--fitsproc-write", "-p", "no:cacheprovider", own=True)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*edits.sqlite: *"])
    assert "INTERNALERROR" not in result.stdout.str()
    assert not any(_is_done(edits, f"{stem}.fits") for stem in "amz")


def test_a_root_beside_the_inputs_directory_may_be_written(
    edits: Archive, plugin_args: tuple[str, ...]
) -> None:
    outside = edits.root.parent / f"{edits.root.name}-archive"
    (edits.resdir / "data").rename(outside)
    (edits.resdir / "data").symlink_to(outside)
    edits.run("--fitsproc-write", *plugin_args).assert_outcomes(failed=3)
    edits.write("pytest.ini", f"[pytest]\nfitsproc_roots =\n    ../{outside.name}\n")
    edits.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=3)
    assert _is_done(edits, "m.fits")


@pytest.mark.parametrize(
    ("mode", "ages"), [("keep", ["old", None]), ("update", ["new", None]), ("add", ["new", "new"])]
)
def test_checksums_are_kept_updated_or_added(
    edits: Archive, mode: str, ages: list[str | None], plugin_args: tuple[str, ...]
) -> None:
    path = edits.add_file("m.fits", data=b"1234", OBJECT="m", CHECKSUM="old")
    args = ("--fitsproc-write", f"--fitsproc-checksum={mode}", *plugin_args)
    edits.run("--fitsproc-checks=none", *args).assert_outcomes(passed=3)
    from astropy.io import fits

    header = fits.getheader(path)
    found = [header.get(key) for key in ("CHECKSUM", "DATASUM")]
    assert [value and ("old" if value == "old" else "new") for value in found] == ages
    if mode == "add":
        with FitsFile(str(path)) as file:
            assert int(header["DATASUM"]) == data_sum(file)
        with fits.open(path, checksum=True) as hdus:
            assert hdus[0].data.tobytes() == b"1234"


def test_a_header_that_grows_gets_spare_blocks(edits: Archive, plugin_args: tuple[str, ...]) -> None:
    full: dict[str, Any] = {f"KEY{number}": number for number in range(32)}
    path = edits.add_file("m.fits", fits_bytes(**full))
    assert path.stat().st_size == 2880
    edits.run("--fitsproc-write", "--fitsproc-spare-blocks=3", "-v", *plugin_args).assert_outcomes(passed=3)
    assert path.stat().st_size == 2880 * 5
    assert (edits.resdir / "data/a.fits").stat().st_size == 2880


def test_spare_blocks_are_a_number(edits: Archive) -> None:
    result = edits.run("--fitsproc-spare-blocks=many")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fitsproc-spare-blocks takes a number, not 'many'"])


@pytest.mark.parametrize("keeps", [True, False])
def test_the_time_of_modification_is_kept_where_asked_for(
    edits: Archive, keeps: bool, plugin_args: tuple[str, ...]
) -> None:
    paths = [edits.resdir / f"data/{stem}.fits" for stem in "amz"]
    for path in paths:
        os.utime(path, ns=(10**18, 10**18))
    options = ["--fitsproc-keep-mtime"] if keeps else []
    edits.run("--fitsproc-write", *options, *plugin_args).assert_outcomes(passed=3)
    assert [path.stat().st_mtime_ns == 10**18 for path in paths] == [keeps] * 3


def test_without_sync_files_are_written_as_well(edits: Archive, plugin_args: tuple[str, ...]) -> None:
    edits.run("--fitsproc-write", "--fitsproc-no-sync", *plugin_args).assert_outcomes(passed=3)
    assert all(_is_done(edits, f"{stem}.fits") for stem in "amz")
    assert edits.run("--fitsproc-undo").ret == 0
    assert not any(_is_done(edits, f"{stem}.fits") for stem in "amz")


def test_the_header_of_a_tile_compressed_image_is_edited_without_touching_a_pixel(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    import numpy as np
    from astropy.io import fits

    archive.bin.mkdir(exist_ok=True)
    path = archive.resdir / "data/a.fits.fz"
    path.parent.mkdir()
    pixels = np.random.default_rng(1).normal(size=(64, 64)).astype("f4")
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(pixels, fits.Header({"OBJECT": "old"}))]).writeto(path)
    archive.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor(hdu=1)
        def edit(header): header["OBJECT"] = "new"
        @header_processor(hdu=1)
        def more(fitschan): fitschan["MORE"] = 1
        """
    )
    before = path.read_bytes()
    with fits.open(path, disable_image_compression=True) as hdus:
        compressed = before[hdus.fileinfo(1)["datLoc"] :]
    archive.run("-v", *plugin_args).stdout.fnmatch_lines(["-OBJECT  = 'old     '*", "+OBJECT  = 'new     '*"])
    assert path.read_bytes() == before
    archive.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=2)
    assert path.read_bytes().endswith(compressed)
    header = fits.getheader(path, 1, disable_image_compression=True)
    assert (header["OBJECT"], header["MORE"], header["ZIMAGE"]) == ("new", 1, True)
