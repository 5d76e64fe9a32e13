"""--fitsproc-undo: headers are put back as they were before a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_archive import DD, Archive

from pytest_fitsproc.processing.headers.edit_log import EditLog

_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def first(header): header["ONE"] = header.get("ONE", 0) + 1
    @header_processor
    def second(fitschan): fitschan["TWO"] = 2
    """


@pytest.fixture
def edited(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(_EDITS)
    return archive


def _contents(archive: Archive) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (archive.resdir / "data").iterdir()}


def _undo(archive: Archive, name: str = "", address: str = DD) -> pytest.RunResult:
    return archive.run("--fitsproc-undo" + (f"={name}" if name else ""), address=address)


def _runs(archive: Archive, path: Path | None = None) -> list[str]:
    log = EditLog(str((path or archive.resdir) / ".fitsproc/edits.sqlite"))
    return [run.name for run in log.runs()]


def test_the_last_run_is_put_back_bit_for_bit(edited: Archive, plugin_args: tuple[str, ...]) -> None:
    before = _contents(edited)
    edited.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=6)
    after = _contents(edited)
    assert all(after[name] != before[name] for name in before)
    result = _undo(edited)
    assert result.ret == 0
    assert sorted(result.outlines) == sorted(
        [
            *(f"{edited.resdir}/data/{name}: put back" for name in before),
            "3 files have their old headers, 0 were left as they are",
        ]
    )
    assert _contents(edited) == before


def test_undoing_twice_does_no_harm(edited: Archive) -> None:
    before = _contents(edited)
    edited.run("--fitsproc-write", own=True)
    _undo(edited)
    again = _undo(edited)
    assert again.ret == 0
    again.stdout.fnmatch_lines(["*/data/a.fits: had its old header"])
    assert _contents(edited) == before


def test_an_undo_can_be_undone_by_its_name(edited: Archive) -> None:
    edited.run("--fitsproc-write", own=True)
    after = _contents(edited)
    _undo(edited)
    assert _contents(edited) != after
    run, undoing = _runs(edited)
    assert undoing == f"undo-of-{run}"
    assert _undo(edited, undoing).ret == 0
    assert _contents(edited) == after


def test_a_run_that_others_followed_is_undone_by_name_once_they_are(edited: Archive) -> None:
    before = _contents(edited)
    edited.run("--fitsproc-write", own=True)
    between = _contents(edited)
    edited.run("--fitsproc-write=first", own=True)
    first, second = _runs(edited)
    refused = _undo(edited, first)
    assert refused.ret == 1
    said = f"NOT put back: the run '{second}' has edited*undo that first"
    refused.stdout.fnmatch_lines([f"*/data/b.fits: {said}"])
    assert _undo(edited, second).ret == 0
    assert _contents(edited) == between
    assert _undo(edited, first).ret == 0
    assert _contents(edited) == before


def test_a_file_that_has_changed_since_is_left_and_named(edited: Archive) -> None:
    before = _contents(edited)
    edited.run("--fitsproc-write")
    path = edited.resdir / "data/b.fits"
    path.write_bytes(path.read_bytes().replace(b"OBJECT  = 'b", b"OBJECT  = 'x"))
    changed = path.read_bytes()
    (edited.resdir / "data/c.fits").unlink()
    result = _undo(edited)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            f"{edited.resdir}/data/a.fits: put back",
            f"{path}: NOT put back: the header of HDU 0 has changed since, and is left as it is",
            "*/data/c.fits: NOT put back: *",
            "1 files have their old headers, 2 were left as they are",
        ]
    )
    assert _contents(edited) == {"a.fits": before["a.fits"], "b.fits": changed}


@pytest.mark.parametrize("name", ["", "20200101T000000-1"])
def test_a_run_that_is_unknown_is_a_usage_error(edited: Archive, name: str) -> None:
    result = _undo(edited, name)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"no run '{name}'" if name else "no run to undo"
    result.stderr.fnmatch_lines([f"ERROR: *edits.sqlite: there is {said}; the last runs are: none"])
    assert not (edited.resdir / ".fitsproc").exists()


def test_undo_needs_to_know_where(edited: Archive) -> None:
    result = edited.run("--fitsproc-undo", address=None)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fitsproc-undo needs to know where: add --fitsproc=ADDRESS"])


def test_a_directory_without_a_descriptor_has_a_log_of_its_own(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    path = archive.write("own.py", _EDITS)
    before = _contents(archive)
    result = archive.run("--fitsproc-write", str(path), *plugin_args, address="potsdam/data/")
    result.assert_outcomes(passed=4)
    assert len(_runs(archive, archive.resdir / "data")) == 1
    assert _undo(archive, address="potsdam/data/").ret == 0
    (archive.resdir / "data/.fitsproc/edits.sqlite").unlink()
    (archive.resdir / "data/.fitsproc/journal").rmdir()
    (archive.resdir / "data/.fitsproc").rmdir()
    assert _contents(archive) == before


def test_the_log_names_run_processor_and_file(edited: Archive) -> None:
    edited.run("--fitsproc-write")
    log = EditLog(str(edited.resdir / ".fitsproc/edits.sqlite"))
    (run,) = log.runs()
    assert (run.processors, run.files) == (("first", "second"), 3)
    edits = log.edits(run.name)
    assert {(edit.processor, edit.path) for edit in edits} == {
        (name, f"{edited.resdir}/data/{stem}.fits") for name in ("first", "second") for stem in "abc"
    }
    assert all(len(edit.changes) == 1 for edit in edits)
