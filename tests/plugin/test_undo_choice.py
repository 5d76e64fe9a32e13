"""--fitsproc-undo over several archives, and of some files only."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive, fits_bytes

from pytest_fitsproc.processing.headers.edit_log import EditLog

_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def count(header): header["N"] = header.get("N", 0) + 1
    """
_DESCRIPTOR = '<resource schema="{}"><data id="import"><sources pattern="data/*.fits"/></data></resource>'
_NAMES = ("potsdam", "other", "third")


@pytest.fixture
def archives(archive: Archive) -> Archive:
    """Three archives below an inputs directory, each with two files and the same processors."""
    for name in _NAMES:
        archive.write(f"{name}/q.rd", _DESCRIPTOR.format(name))
        archive.write(f"{name}/bin/test_{name}.py", _EDITS)
        (archive.root / name / "data").mkdir()
        for stem in ("a", "b"):
            (archive.root / name / f"data/{stem}.fits").write_bytes(fits_bytes(OBJECT=stem))
    return archive


def _address(*names: str) -> list[str]:
    return [f"--fitsproc={name}/q" for name in names]


def _write(archive: Archive, *names: str) -> str:
    """Edit the files of archives in one run; return its name."""
    before = _runs(archive)
    assert archive.run("--fitsproc-write", *_address(*names), address=None).ret == 0
    (name,) = _runs(archive) - before
    return name


def _runs(archive: Archive) -> set[str]:
    logs = [EditLog(str(archive.root / name / ".fitsproc/edits.sqlite")) for name in _NAMES]
    return {run.name for log in logs for run in log.runs()}


def _undo(archive: Archive, *args: str) -> pytest.RunResult:
    return archive.run(*args, address=None)


def _contents(archive: Archive) -> dict[str, bytes]:
    return {
        str(path.relative_to(archive.root)): path.read_bytes() for path in archive.root.glob("*/data/*.fits")
    }


def _changed(archive: Archive, before: dict[str, bytes]) -> set[str]:
    return {name for name, content in _contents(archive).items() if content != before[name]}


@pytest.mark.parametrize("named", [("potsdam", "third"), ("third", "potsdam")])
def test_an_archive_without_the_run_is_a_line(archives: Archive, named: tuple[str, ...]) -> None:
    before = _contents(archives)
    run = _write(archives, "potsdam")
    result = _undo(archives, "--fitsproc-undo", *_address(*named))
    assert result.ret == 0
    assert {
        f"{archives.root}/potsdam: the run '{run}' edited 2 files",
        f"{archives.root}/third: had no part in the run '{run}', and is left alone",
    } == set(result.outlines[:2])
    assert result.outlines[-1] == "2 files have their old headers, 0 were left as they are"
    assert _contents(archives) == before
    assert not (archives.root / "third/.fitsproc").exists()


def test_where_no_archive_has_a_run_all_logs_are_named(archives: Archive) -> None:
    result = _undo(archives, "--fitsproc-undo", *_address("potsdam", "third"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    logs = ", ".join(f"{archives.root}/{name}/.fitsproc/edits.sqlite" for name in ("potsdam", "third"))
    result.stderr.fnmatch_lines([f"ERROR: {logs}: there is no run to undo; the last runs are: none"])


def test_a_log_that_can_not_be_read_ends_an_undo_before_it_begins(archives: Archive) -> None:
    _write(archives, "potsdam", "other")
    after = _contents(archives)
    (archives.root / "other/.fitsproc/edits.sqlite").write_bytes(b"no database" * 100)
    result = _undo(archives, "--fitsproc-undo", *_address("potsdam", "other"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: */other/.fitsproc/edits.sqlite: is no log of edits; *"])
    assert _contents(archives) == after


def test_the_last_run_is_that_of_all_archives_together(archives: Archive) -> None:
    before = _contents(archives)
    _write(archives, "potsdam", "other")
    last = _write(archives, "other")
    result = _undo(archives, "--fitsproc-undo", *_address("potsdam", "other"))
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"*/potsdam: had no part in the run '{last}', and is left alone"])
    assert _changed(archives, before) == {
        f"{name}/data/{stem}.fits" for name in ("potsdam", "other") for stem in "ab"
    }
    assert all(
        b"N       =                    1" in content
        for name, content in _contents(archives).items()
        if "third" not in name
    )


def test_a_run_over_several_archives_is_undone_in_all_of_them_and_that_again(archives: Archive) -> None:
    before = _contents(archives)
    run = _write(archives, "potsdam", "other")
    after = _contents(archives)
    named = _address("potsdam", "other")
    assert _undo(archives, "--fitsproc-undo", *named).ret == 0
    assert _contents(archives) == before
    assert _undo(archives, f"--fitsproc-undo=undo-of-{run}", *named).ret == 0
    assert _contents(archives) == after


@pytest.mark.parametrize("named", [("potsdam", "other"), ("other", "potsdam")])
def test_a_file_that_two_archives_reach_is_undone_newest_first(
    archives: Archive, named: tuple[str, ...]
) -> None:
    link = archives.root / "other/data/a.fits"
    link.unlink()
    link.symlink_to("../../potsdam/data/a.fits")
    before = _contents(archives)
    run = _write(archives, "potsdam", "other")
    after = _contents(archives)
    assert b"N       =                    2" in after["potsdam/data/a.fits"]
    result = _undo(archives, "--fitsproc-undo", *_address(*named))
    assert result.outlines[-1] == "3 files have their old headers, 0 were left as they are"
    assert _contents(archives) == before
    assert _undo(archives, f"--fitsproc-undo=undo-of-{run}", *_address(*named)).ret == 0
    assert _contents(archives) == after


def test_through_one_archive_alone_a_file_that_two_reach_is_left_alone(archives: Archive) -> None:
    link = archives.root / "other/data/a.fits"
    link.unlink()
    link.symlink_to("../../potsdam/data/a.fits")
    _write(archives, "potsdam", "other")
    after = _contents(archives)
    result = _undo(archives, "--fitsproc-undo", *_address("potsdam"))
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*/potsdam/data/a.fits: NOT put back: the header of HDU 0 has changed since*"]
    )
    assert _contents(archives)["potsdam/data/a.fits"] == after["potsdam/data/a.fits"]


_CHOICES = {
    "filter": ["--fitsproc=potsdam/q", "--fitsproc-filter=data/a"],
    "DaCHS' word": ["--fitsproc=potsdam/q", "--filter=data/a"],
    "id of a file": ["--fitsproc=potsdam/q/import::data/a.fits"],
}


@pytest.mark.parametrize("args", _CHOICES.values(), ids=_CHOICES)
def test_only_files_that_are_chosen_are_put_back(archives: Archive, args: list[str]) -> None:
    before = _contents(archives)
    run = _write(archives, "potsdam")
    result = _undo(archives, "--fitsproc-undo", *args)
    assert result.ret == 0
    assert result.outlines == [
        f"{archives.root}/potsdam/data/a.fits: put back",
        "1 files have their old headers, 0 were left as they are",
        f"1 other files of the run '{run}' were not chosen",
    ]
    assert _changed(archives, before) == {"potsdam/data/b.fits"}
    assert _undo(archives, "--fitsproc-undo", *_address("potsdam")).ret == 0
    assert _contents(archives) == before


@pytest.mark.parametrize("address", ["potsdam/data/a.fits", "potsdam/data/a*.fits"])
def test_an_address_of_some_files_puts_back_only_those(archives: Archive, address: str) -> None:
    before = _contents(archives)
    archives.run("--fitsproc-write", "potsdam/bin", address="potsdam/data/")
    assert len(_changed(archives, before)) == 2
    assert archives.run("--fitsproc-undo", address=address).ret == 0
    assert _changed(archives, before) == {"potsdam/data/b.fits"}
    assert archives.run("--fitsproc-undo", address="potsdam/data").ret == 0
    assert _contents(archives) == before


def test_a_choice_of_no_file_of_the_run_is_a_usage_error(archives: Archive) -> None:
    run = _write(archives, "potsdam")
    after = _contents(archives)
    result = _undo(archives, "--fitsproc-undo", "--fitsproc-filter=nothing", *_address("potsdam"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: the run '{run}' edited none of the files chosen: *"])
    assert _contents(archives) == after


_REFUSED = {
    "processor": (f"--fitsproc={DD}::data/a.fits::count", "*leave ::count out of the address"),
    "processor alone": (f"--fitsproc={DD}::::count", "*leave ::count out of the address"),
    "-k": ("-ka.fits", "--fitsproc-undo knows no -k: choose files by --fitsproc-filter=TEXT"),
}


@pytest.mark.parametrize(("arg", "said"), _REFUSED.values(), ids=_REFUSED)
def test_what_chooses_no_whole_files_is_refused(archives: Archive, arg: str, said: str) -> None:
    _write(archives, "potsdam")
    after = _contents(archives)
    words = [arg] if arg.startswith("--fitsproc=") else [*_address("potsdam"), arg]
    result = _undo(archives, "--fitsproc-undo", *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    assert _contents(archives) == after
