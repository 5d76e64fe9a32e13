"""What a killed run left half-written is recovered also through other addresses, and before an undo."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from small_archive import DD, Archive, fits_bytes

_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def add(header, source): header["NEW"] = (source.stem + " new") * 4; header["LAST"] = "new"
    """

# Writes half of what is to be written to a file, and dies.
_KILLING = """
    import os, signal
    present = os.pwrite
    def pwrite(fd, data, offset):
        if not os.readlink(f"/proc/self/fd/{fd}").endswith("b.fits"):
            return present(fd, data, offset)
        present(fd, bytes(data)[: len(data) // 2], offset)
        os.kill(os.getpid(), signal.SIGKILL)
    def pytest_configure(config): os.pwrite = pwrite
    """


def _untorn() -> bytes:
    keys: dict[str, Any] = {f"K{n}": n for n in range(20)}
    return fits_bytes(LAST="old", **keys)


def _killed_run(archive: Archive, *args: str, address: str = DD) -> dict[str, bytes]:
    """Leave b.fits half-written; return the files as they are then."""
    killing = archive.write("conftest.py", _KILLING)
    result = archive.run("--fitsproc-write", *args, address=address, own=True)
    assert result.ret == -signal.SIGKILL
    killing.unlink()
    return _contents(archive)


def _foreign(archive: Archive) -> tuple[Path, bytes]:
    """Change a card among those half-written, as another program does; return the file and its content."""
    path = archive.resdir / "data/b.fits"
    path.write_bytes(path.read_bytes().replace(b"K5      =", b"OWN     ="))
    return path, path.read_bytes()


def _contents(archive: Archive) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (archive.resdir / "data").glob("*.fits")}


def _state(directory: Path) -> dict[str, tuple[bytes, int]]:
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


@pytest.fixture
def edited(archive: Archive) -> Archive:
    for name in ("a", "b", "c"):
        archive.add_file(f"{name}.fits", _untorn())
    archive.add_processors(_EDITS)
    return archive


def _advice(directory: Path) -> str:
    return (
        f"fitsproc: a run that wrote to files of {directory} is at work, or was killed;"
        " --fitsproc-write puts right what it left"
    )


def _recovered(archive: Archive) -> str:
    path = archive.resdir / "data/b.fits"
    return f"fitsproc: after a run that was killed: {path}: got its old header back"


def test_undo_recovers_first_and_says_so(edited: Archive) -> None:
    before = _contents(edited)
    torn = _killed_run(edited)
    assert torn["b.fits"] not in (before["b.fits"], b"")
    result = edited.run("--fitsproc-undo")
    assert result.ret == 0
    assert _recovered(edited) in result.outlines[:3]
    assert _contents(edited) == before
    assert not os.listdir(edited.resdir / ".fitsproc/journal")


def test_undo_leaves_a_file_that_can_not_be_recovered(edited: Archive) -> None:
    _killed_run(edited)
    path, foreign = _foreign(edited)
    result = edited.run("--fitsproc-undo")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [f"*after a run that was killed: {path}: another program wrote to it*remove the journal in *"]
    )
    assert path.read_bytes() == foreign


@pytest.mark.parametrize("word", ["--collect-only", "--fixtures", "--markers", "--help"])
def test_a_run_that_only_shows_something_changes_nothing(edited: Archive, word: str) -> None:
    _killed_run(edited)
    state = _state(edited.resdir)
    result = edited.run("--fitsproc-write", word, "-p", "no:cacheprovider", own=True)
    assert result.ret == 0
    assert _state(edited.resdir) == state


def test_collecting_says_what_it_does_not_recover(edited: Archive) -> None:
    _killed_run(edited)
    edited.run("--fitsproc-write", "--co").stdout.fnmatch_lines([_advice(edited.resdir)])


@pytest.mark.parametrize("word", ["--collect-only", "--fixtures", "--help"])
def test_undo_and_what_only_shows_something_exclude_each_other(edited: Archive, word: str) -> None:
    _killed_run(edited)
    state = _state(edited.resdir)
    result = edited.run("--fitsproc-undo", word, "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"ERROR: --fitsproc-undo writes, and {word} must not: leave out one of them"]
    )
    assert _state(edited.resdir) == state


_ADDRESSES = {"directory": "potsdam/data", "glob": "potsdam/data/*.fits", "file": "potsdam/data/b.fits"}


@pytest.mark.parametrize("address", _ADDRESSES.values(), ids=_ADDRESSES)
def test_a_plain_run_on_a_directory_below_says_what_there_is_to_recover(
    edited: Archive, address: str
) -> None:
    torn = _killed_run(edited)
    result = edited.run("potsdam/bin", address=address)
    result.stdout.fnmatch_lines([_advice(edited.resdir)])
    assert _contents(edited) == torn


@pytest.mark.parametrize("address", _ADDRESSES.values(), ids=_ADDRESSES)
def test_a_writing_run_on_a_directory_below_recovers_first(edited: Archive, address: str) -> None:
    _killed_run(edited)
    result = edited.run("--fitsproc-write", "potsdam/bin", address=address)
    assert result.ret == 0
    result.stdout.fnmatch_lines([_recovered(edited)])
    assert not os.listdir(edited.resdir / ".fitsproc/journal")
    edited.run("--fitsproc-undo", address=address.replace("b.fits", "") if "b.fits" in address else address)
    assert _contents(edited)["b.fits"] == _untorn()


def test_what_a_run_on_a_directory_left_is_recovered_by_the_descriptor(edited: Archive) -> None:
    _killed_run(edited, "potsdam/bin", address="potsdam/data/")
    assert os.listdir(edited.resdir / "data/.fitsproc/journal")
    edited.run().stdout.fnmatch_lines([_advice(edited.resdir / "data")])
    result = edited.run("--fitsproc-write")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([_recovered(edited)])
    assert not os.listdir(edited.resdir / "data/.fitsproc/journal")


def test_above_the_inputs_directory_nothing_is_recovered_and_its_files_are_not_edited(
    edited: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = _killed_run(edited)
    monkeypatch.setenv("GAVO_INPUTSDIR", str(edited.resdir / "data"))
    result = edited.run("--fitsproc-write", "potsdam/bin", address="potsdam/data/")
    result.assert_outcomes(passed=1, failed=2)
    how = f"--fitsproc={edited.resdir}/ --fitsproc-write puts right what it left"
    result.stdout.fnmatch_lines([f"fitsproc: a run that wrote to files of {edited.resdir} *; {how}"])
    result.stdout.fnmatch_lines(
        [f"*b.fits: may be half-written: a run that was killed has left {edited.resdir}*"]
    )
    assert _contents(edited)["b.fits"] == torn["b.fits"]
    edited.run("--fitsproc-write", address=f"{edited.resdir}/").stdout.fnmatch_lines([_recovered(edited)])
    assert _contents(edited)["b.fits"] == _untorn()


def test_a_file_that_can_not_be_recovered_is_not_edited(
    edited: Archive, plugin_args: tuple[str, ...]
) -> None:
    _killed_run(edited)
    path, foreign = _foreign(edited)
    result = edited.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*b.fits: may be half-written: a run that was killed has left *.journal; *"])
    assert path.read_bytes() == foreign
