"""Several writers on one file: none loses what another one wrote."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rewrite_scenario import SCENARIOS, headers_of, plate

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from rewrite_scenario import BLOCK, card, edit_of, policy_for
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.blocks import end_offset
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.rewrite import Committed, commit

path, letter, refused = Path(sys.argv[2]), sys.argv[3], 0
for number in range(100):
    def add(old):
        return lay_out(old[: end_offset(old)] + card(f"{letter}{number}", number), len(old) // BLOCK)
    while True:
        try:
            (outcome,) = commit([edit_of(path, add)], policy_for(path.parent))
        except FitsprocError:
            continue  # read while the other one was writing
        if isinstance(outcome, Committed):
            break
        assert "locked" in outcome.error.reason or "has changed since" in outcome.error.reason, outcome
        refused += 1
print(refused)
"""


def test_all_of_200_keys_of_two_writers_survive(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(10, 1000))
    before = path.read_bytes()[2880:]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(path), letter],
            stdout=subprocess.PIPE,
            text=True,
        )
        for letter in "AB"
    ]
    refused = [int(writer.communicate()[0]) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    (header,) = headers_of(path)
    assert all(f"{letter}{number:<7}=".encode() in header for letter in "AB" for number in range(100))
    assert path.read_bytes()[len(header) :] == before
    print(f"200 of 200 keys; {sum(refused)} edits were refused and made again")


MUTATING_CALLS = {
    "openat", "write", "pwrite64", "copy_file_range", "fallocate", "fsync", "close", "flock",
    "rename", "renameat", "unlink", "unlinkat", "mkdir", "fchmod", "fchown", "utimensat", "fsetxattr",
    "fremovexattr",
}  # fmt: skip
"""The system calls behind what faults.c lets fail."""

HARMLESS_CALLS = {
    "lseek", "pread64", "read", "newfstatat", "fstat", "stat", "lstat", "readlink", "getdents64",
    "fgetxattr", "flistxattr", "statx", "fcntl", "ioctl", "getpid", "geteuid", "getcwd", "getrandom",
    "mmap", "munmap",
    "brk", "futex", "mremap", "madvise", "access", "faccessat2",
}  # fmt: skip

COMMIT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from rewrite_scenario import SCENARIOS, policy_for
from pytest_fitsproc.fits.rewrite import commit
folder = Path(sys.argv[2])
edits = SCENARIOS["block of files"].edits(folder)
policy = policy_for(folder, keeps_mtime=True)
open("/dev/null").close()
outcomes = commit(edits, policy)
open("/dev/zero").close()
"""


def test_no_call_that_changes_files_escapes_the_faults(
    tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    """What strace sees between two marks is known to change nothing, or is in faults.c."""
    SCENARIOS["block of files"].make(tmp_path)
    trace = tmp_path / "trace"
    command = [require_program("strace"), "-o", str(trace), sys.executable, "-c", COMMIT]
    result = subprocess.run(
        [*command, str(Path(__file__).parent), str(tmp_path)], capture_output=True, text=True
    )
    if not trace.exists() or "/dev/zero" not in trace.read_text():
        pytest.skip(f"strace does not work here: {result.stderr.strip()[-200:]}")
    between = trace.read_text().split("/dev/null", 1)[1].split("/dev/zero", 1)[0]
    calls = {line.partition("(")[0] for line in between.splitlines()[1:] if "(" in line}
    assert calls - MUTATING_CALLS - HARMLESS_CALLS == set()
    assert {"pwrite64", "fsync", "rename" if "rename" in calls else "renameat", "copy_file_range"} <= calls
    faults = Path(__file__).with_name("faults.c").read_text()
    for call in calls & MUTATING_CALLS:
        assert {"utimensat": "futimens", "fallocate": "posix_fallocate"}.get(call, call) in faults
