"""Runs that are killed or interrupted while they write: each file is old or new, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from small_archive import DD, Archive

from pytest_fitsproc.processing.headers.edit_log import EditLog

_COUNT = 300
_STEMS = [f"{number:03}" for number in range(_COUNT)]

# The edit reaches from the first block of the header into its last.
_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def longer(header, source):
        header["OBJECT"] = "new " + source.stem
        header["LAST"] = "new"
    def test_it(header, source): assert header["LAST"] == "new"
    """


@pytest.fixture
def many(archive: Archive) -> Archive:
    for stem in _STEMS:
        between: dict[str, Any] = {f"KEY{n}": n for n in range(60)}
        archive.add_file(f"{stem}.fits", OBJECT=f"old {stem}", **between, LAST="old")
    archive.add_processors(_EDITS)
    return archive


def _ages(archive: Archive) -> list[set[str]]:
    """Of each file, which ages its first and its last keyword tell."""
    texts = [(archive.resdir / f"data/{stem}.fits").read_bytes() for stem in _STEMS]
    return [{age for age in ("old", "new") if f"= '{age}".encode() in text} for text in texts]


def _started(archive: Archive, *args: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:hypothesispytest"]
    words += [f"--fitsproc={DD}", "--fitsproc-checks=none", "--fitsproc-write", *args]
    return subprocess.Popen(
        words, cwd=archive.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _wait_for_writes(archive: Archive, run: subprocess.Popen[bytes], count: int) -> None:
    """Wait until so many files are new, or the run has ended."""
    while run.poll() is None and _ages(archive).count({"new"}) < count:
        time.sleep(0.005)


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["plain", "n2"])
@pytest.mark.parametrize("count", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (40, 120, 250))])
def test_after_a_kill_files_are_old_or_new_and_the_next_run_goes_on(
    many: Archive, args: tuple[str, ...], count: int
) -> None:
    run = _started(many, *args)
    _wait_for_writes(many, run, count)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    many.run("--fitsproc-write", "-k", "nothing")
    ages = _ages(many)
    assert all(age in ({"old"}, {"new"}) for age in ages)
    result = many.run("--fitsproc-write", *args)
    result.assert_outcomes(passed=600)
    assert _ages(many) == [{"new"}] * _COUNT
    log = EditLog(str(many.resdir / ".fitsproc/edits.sqlite"))
    edits = Counter(edit.path for noted in log.runs() for edit in log.edits(noted.name))
    # What was noted and not made any more is noted again.
    assert max(edits.values()) <= 2
    assert set(edits) == {str(many.resdir / f"data/{stem}.fits") for stem in _STEMS}
    assert not os.listdir(many.resdir / ".fitsproc/journal")


def _arm(archive: Archive, stem: str) -> None:
    """Let the first process die that writes to a file, in the middle of its header."""
    archive.write("killing.py", _KILLING)
    start = f"def pytest_configure(config): die_at('{stem}.fits')"
    archive.write("conftest.py", f"from killing import die_at\n{start}\n")


def _half_written(archive: Archive, stem: str) -> Path:
    """Leave a file as a run does that is killed in the middle of its header."""
    _arm(archive, stem)
    run = _started(archive)
    assert run.wait() == -signal.SIGKILL
    (archive.root / "conftest.py").unlink()
    return archive.resdir / f"data/{stem}.fits"


# Writes half of what is to be written to a file, and dies.
_KILLING = """
    import os, signal
    def die_at(name):
        present = os.pwrite
        def pwrite(fd, data, offset):
            if not os.readlink(f"/proc/self/fd/{fd}").endswith(name) or os.path.exists("died"):
                return present(fd, data, offset)
            open("died", "w").close()
            present(fd, bytes(data)[: len(data) // 2], offset)
            os.kill(os.getpid(), signal.SIGKILL)
        os.pwrite = pwrite
    """


def test_a_plain_run_says_that_there_are_journals_and_touches_nothing(
    many: Archive, plugin_args: tuple[str, ...]
) -> None:
    path = _half_written(many, "007")
    torn = path.read_bytes()
    assert (b"'new 007" in torn, b"LAST    = 'old" in torn) == (True, True)
    result = many.run("-k", "nothing", *plugin_args)
    said = "is at work, or was killed; --fitsproc-write puts right what it left"
    result.stdout.fnmatch_lines([f"fitsproc: a run that wrote to files of {many.resdir} {said}"])
    assert path.read_bytes() == torn
    result = many.run("--fitsproc-write", "-k", "007", *plugin_args)
    result.stdout.fnmatch_lines([f"fitsproc: after a run that was killed: {path}: got its old header back"])
    result.assert_outcomes(passed=2, deselected=0 if "-n2" in plugin_args else 598)
    assert b"LAST    = 'new" in path.read_bytes()
    many.run("-k", "nothing", *plugin_args).stdout.no_fnmatch_line("*killed*")


def test_a_worker_that_is_killed_while_it_writes_costs_one_item(many: Archive) -> None:
    _arm(many, "007")
    result = many.run("--fitsproc-write", "-n2", "-rA", own=True)
    result.assert_outcomes(passed=599, errors=1)
    reported = [line.split()[1] for line in result.outlines if line.startswith(("PASSED", "ERROR "))]
    assert len(set(reported)) == 600
    assert max(Counter(reported).values()) == 1
    result.stdout.fnmatch_lines(["fitsproc: after a run that was killed: *007.fits: got its old header back"])
    assert _ages(many) == [{"new"}] * _COUNT


@pytest.mark.parametrize("victim", ["test_it", "longer"])
def test_results_that_wait_for_the_disk_survive_the_death_of_a_worker(archive: Archive, victim: str) -> None:
    archive.add_files(*(f"{number:03}.fits" for number in range(96)))
    archive.add_processors(
        f"""
        import os, signal
        from pytest_fitsproc import header_processor
        def killed(source, name):
            if name == "{victim}" and source.stem == "050": os.kill(os.getpid(), signal.SIGKILL)
        @header_processor
        def longer(header, source):
            killed(source, "longer")
            number = int(source.stem)
            assert number % 7, "a seventh fails"
            if number % 2: header["ODD"] = header.get("ODD", 0) + 1
        def test_it(header, source): killed(source, "test_it")
        """
    )
    result = archive.run("--fitsproc-write", "-n2", "-rA", own=True)
    result.assert_outcomes(passed=177, failed=14, errors=1)
    reported = [
        line.split()[1] for line in result.outlines if line.startswith(("PASSED", "FAILED", "ERROR "))
    ]
    assert len(reported) == len(set(reported)) == 192


@pytest.mark.parametrize("args", [(), pytest.param(("-n2",), marks=pytest.mark.slow)], ids=["plain", "n2"])
def test_ctrl_c_leaves_files_old_or_new(many: Archive, args: tuple[str, ...]) -> None:
    run = _started(many, *args)
    _wait_for_writes(many, run, 30)
    os.kill(run.pid, signal.SIGINT)
    assert run.wait() == pytest.ExitCode.INTERRUPTED
    assert all(age in ({"old"}, {"new"}) for age in _ages(many))
    assert not os.listdir(many.resdir / ".fitsproc/journal")
    many.run("--fitsproc-write").assert_outcomes(passed=600)
    assert _ages(many) == [{"new"}] * _COUNT
