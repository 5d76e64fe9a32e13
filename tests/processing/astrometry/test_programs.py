"""No program outlives what has started it, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import star_fields

from pytest_fitsproc.processing.astrometry import (
    Cause,
    FieldVerdict,
    ProgramFailed,
    ProgramMissing,
    ProgramTimeout,
    SourceExtraction,
    solve,
)
from pytest_fitsproc.processing.astrometry.programs import complaint, find_program, run_program

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="no /proc to look for processes in"
)

# All that is started has it in its environment, whatever becomes of its parents.
MARK = "FITSPROC_TEST_MARK"

# Solves a field that takes minutes.
ENDLESS = """
import sys
from pathlib import Path
import star_fields
from dataclasses import replace
from pytest_fitsproc.processing.astrometry import SourceExtraction, solve
parameters = replace(star_fields.PARAMETERS, endob=None, total_timelimit=600, lower_pix=None, upper_pix=None)
extraction = SourceExtraction() if sys.argv[3] == "ours" else None
print(solve(Path(sys.argv[1]), parameters, extraction, index_path=Path(sys.argv[2])).report)
"""


@pytest.fixture
def mark(monkeypatch, tmp_path):
    """A value by which the processes of this test are known."""
    monkeypatch.setenv(MARK, str(tmp_path))
    return f"{MARK}={tmp_path}".encode()


def marked(mark: bytes) -> dict[int, str]:
    """Return the names of the processes that have the mark, by their numbers, other than this one."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (directory / "environ").read_bytes().split(b"\0") and directory.name != str(
                os.getpid()
            ):
                found[int(directory.name)] = (directory / "comm").read_text().strip()
        except OSError:
            continue
    return found


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def run(directory, *words, seconds=60.0):
    return run_program(["/bin/sh", "-c", *words], directory, time.monotonic() + seconds)


def test_output_is_returned_and_logged_with_a_command_that_can_be_pasted(tmp_path):
    assert run(tmp_path, 'echo one; echo "$0" >&2', "it's two") == "one\nit's two\n"
    assert run(tmp_path, "echo three") == "three\n"
    log = (tmp_path / "lastCommand.log").read_text()
    command = "/bin/sh -c 'echo one; echo \"$0\" >&2' 'it'\"'\"'s two'"
    assert f"Now running: {command}\n\none\nit's two\n" in log
    assert log.endswith("three\n")


def test_a_program_gets_no_input_and_runs_in_its_directory(tmp_path):
    assert run(tmp_path, "cat; pwd") == f"{tmp_path}\n"


def test_python_paths_and_locales_are_not_inherited(tmp_path, monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "LANG"):
        monkeypatch.setenv(name, "here")
    assert run(tmp_path, 'echo "<$PYTHONPATH$PYTHONHOME$LANG> $LC_ALL"') == "<> C\n"


def test_an_error_of_a_program_is_told_in_its_own_words(tmp_path):
    with pytest.raises(ProgramFailed, match=r"^sh ended with status 3: \*Error\*: no such thing$") as caught:
        run(tmp_path, "printf '> \\033[1M*Error*: no such thing\\n\\n> \\n'; exit 3")
    assert caught.value.returncode == 3
    with pytest.raises(ProgramFailed, match=r"^sh was killed by SIGSEGV: it printed nothing$"):
        run(tmp_path, "kill -SEGV $$")


def test_the_last_complaint_is_told():
    assert complaint("reading\nERROR: no index\nbye\n") == "ERROR: no index"
    assert complaint("one\n\ntwo\n\n") == "two"


def test_a_missing_program_is_told_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ProgramMissing, match="solve-field is not installed: it is in the Debian package astro"
    ):
        find_program("solve-field")


def test_what_a_program_leaves_behind_is_ended(tmp_path, mark):
    run(tmp_path, "sleep 600 & sleep 600 & echo started")
    assert wait_until(lambda: not marked(mark)), marked(mark)


def test_a_group_that_ignores_signals_is_ended_at_the_limit(tmp_path, mark):
    with pytest.raises(ProgramTimeout, match="wall-clock limit"):
        run(tmp_path, "trap '' TERM INT HUP; sleep 600 & sleep 600; sleep 600", seconds=0.5)
    assert wait_until(lambda: not marked(mark)), marked(mark)


def test_a_field_that_takes_too_long_is_ended(field, index_path, mark):
    endless = replace(star_fields.PARAMETERS, endob=None, lower_pix=None, upper_pix=None, total_timelimit=600)
    start = time.monotonic()
    solution = solve(field("foreign"), endless, SourceExtraction(), index_path=index_path, wall_limit_s=1.5)
    assert time.monotonic() - start < 15
    assert (solution.report.verdict, solution.report.cause) == (FieldVerdict.TIMEOUT, Cause.TIME_LIMIT)
    assert solution.report.sources_found > 100
    assert isinstance(solution.error, ProgramTimeout)
    assert wait_until(lambda: not marked(mark)), marked(mark)


def test_a_field_gives_up_at_its_limit_of_cpu_time(field, index_path, mark):
    brief = replace(star_fields.PARAMETERS, endob=None, lower_pix=None, upper_pix=None, total_timelimit=1)
    report = solve(field("foreign"), brief, SourceExtraction(), index_path=index_path).report
    assert (report.verdict, report.cause) == (FieldVerdict.NOT_SOLVED, Cause.TIME_LIMIT)
    assert report.time_s < brief.wall_limit_s
    assert wait_until(lambda: not marked(mark)), marked(mark)


@pytest.mark.parametrize("ours", ["ours", pytest.param("theirs", marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_end_in_the_middle_leaves_no_process_and_no_file(
    field, index_path, mark, tmp_path, monkeypatch, how, ours
):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("PYTHONPATH", str(Path(star_fields.__file__).parent))
    before = set(field("foreign").parent.iterdir())
    words = [sys.executable, "-c", ENDLESS, field("foreign"), index_path, ours]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert wait_until(lambda: "astrometry-engi" in marked(mark).values()), marked(mark)
        process.send_signal(how)
        _, stderr = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode != 0
    assert (b"KeyboardInterrupt" in stderr) is (how == signal.SIGINT)
    assert wait_until(lambda: not marked(mark)), marked(mark)
    assert wait_until(lambda: not list(temporary.iterdir())), list(temporary.rglob("*"))
    assert set(field("foreign").parent.iterdir()) == before
