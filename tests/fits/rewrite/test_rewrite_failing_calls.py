"""What a commit does where calls of the system fail, or others write at the same time."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from rewrite_faults import Ground
from rewrite_scenario import (
    BLOCK_OF_FILES,
    GROWING,
    IN_PLACE,
    headers_of,
    policy_for,
    strays,
)

from pytest_fitsproc.fits.rewrite import (
    Committed,
    Edit,
    PendingError,
    Recovered,
    Refused,
    RewritePolicy,
    State,
    UnconfirmedError,
    commit,
    disk,
    recover,
)

FIRST_FILE_FLUSH = 5
"""Before it: the two directories made for the journals, the journal, and its name."""


def refusal(edit: Edit, policy: RewritePolicy) -> str:
    """Return why one edit is refused."""
    (outcome,) = commit([edit], policy)
    assert isinstance(outcome, Refused)
    assert "\n" not in str(outcome.error)
    return outcome.error.reason


@pytest.mark.parametrize(
    ("call", "nth", "error", "reason"),
    [
        ("fsync", 1, errno.ENOSPC, "no journal can be written"),
        ("pwrite", 2, errno.EDQUOT, "can't be written: Disk quota exceeded"),
        ("fsync", FIRST_FILE_FLUSH, errno.EIO, "the disk did not take it: Input/output error"),
        ("pread", 1, errno.EIO, "can't be read: Input/output error"),
        ("pread", 2, errno.EIO, "can't be read: Input/output error"),
    ],
)
def test_failing_write_in_place_is_taken_back(
    call: str, nth: int, error: int, reason: str, tmp_path: Path, failing: Callable[..., None]
) -> None:
    ground = Ground(tmp_path, IN_PLACE)
    mtime = (tmp_path / "a.fits").stat().st_mtime_ns
    edits = IN_PLACE.edits(tmp_path)
    failing(call, error, nth)
    assert reason in refusal(edits[0], policy_for(tmp_path))
    assert ground.state_of(tmp_path / "a.fits") == "old"
    assert (tmp_path / "a.fits").stat().st_mtime_ns == mtime
    assert strays(tmp_path, IN_PLACE) == []


@pytest.mark.parametrize(("call", "nth"), [("fsync", 1), ("pread", 2)])
def test_file_given_up_before_it_was_written_is_not_touched(
    call: str, nth: int, tmp_path: Path, failing: Callable[..., None]
) -> None:
    IN_PLACE.make(tmp_path)
    edits = IN_PLACE.edits(tmp_path)
    failing(call, errno.EIO, nth)
    failing("utime", AssertionError("the file was touched"))
    assert "Input/output error" in refusal(edits[0], policy_for(tmp_path))


@pytest.mark.parametrize("fewest", [1, 100])
def test_file_that_the_disk_does_not_take_is_taken_back_alone(
    fewest: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    victim, real = (tmp_path / "a.fits").stat().st_ino, os.fsync
    failures = [OSError(errno.EIO, os.strerror(errno.EIO))]

    def fsync(fd: int) -> None:
        if os.fstat(fd).st_ino == victim and failures:
            raise failures.pop()
        real(fd)

    with monkeypatch.context():
        monkeypatch.setattr(disk, "FEWEST_FOR_THREADS", fewest)
        monkeypatch.setattr(os, "fsync", fsync)
        outcomes = commit(edits, policy_for(tmp_path))
        monkeypatch.undo()
    told = [outcome.error.reason if isinstance(outcome, Refused) else "" for outcome in outcomes]
    assert told == ["the disk did not take it: Input/output error", "", "", ""]
    assert [ground.state_of(edit.path) for edit in edits] == ["old", "new", "new", "new"]
    assert strays(tmp_path, BLOCK_OF_FILES) == []


@pytest.mark.parametrize("n_threads", [0, 1])
def test_where_too_few_threads_can_be_started_files_are_flushed_all_the_same(
    n_threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what a thread was told is not forgotten: the system tells of a failure only once."""
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    victim, real = (tmp_path / "a.fits").stat().st_ino, os.fsync
    failures = [OSError(errno.EIO, os.strerror(errno.EIO))]
    started: list[threading.Thread] = []
    start, is_refused = threading.Thread.start, threading.Event()

    def start_or_refuse(thread: threading.Thread) -> None:
        if len(started) == n_threads:
            is_refused.set()
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def fsync(fd: int) -> None:
        if threading.current_thread() in started:
            assert is_refused.wait(10)
        if os.fstat(fd).st_ino == victim and failures:
            raise failures.pop()
        real(fd)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "FEWEST_FOR_THREADS", 2)
        patch.setattr(threading.Thread, "start", start_or_refuse)
        patch.setattr(os, "fsync", fsync)
        outcomes = commit(edits, policy_for(tmp_path))
    assert len(started) == n_threads
    told = [outcome.error.reason if isinstance(outcome, Refused) else "" for outcome in outcomes]
    assert told == ["the disk did not take it: Input/output error", "", "", ""]
    assert [ground.state_of(edit.path) for edit in edits] == ["old", "new", "new", "new"]


def test_file_that_can_not_be_taken_back_waits_in_the_journal(
    tmp_path: Path, failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    with monkeypatch.context():
        # The first write is the journal's, the second that of a.fits; the time is set when it is taken back.
        failing("utime", errno.EIO)
        failing("pwrite", errno.EIO, 2)
        outcomes = commit(edits, policy_for(tmp_path))
    assert isinstance(outcomes[0], Refused)
    assert isinstance(outcomes[0].error, PendingError)
    waits = "its old header waits for the next run to put it back (Input/output error)"
    assert outcomes[0].error.reason == f"can't be written: Input/output error; {waits}"
    assert all(isinstance(outcome, Committed) for outcome in outcomes[1:])
    assert len(strays(tmp_path, BLOCK_OF_FILES)) == 1
    assert recover(policy_for(tmp_path)) == [Recovered(str(tmp_path / "a.fits"), State.OLD)]
    assert [ground.state_of(edit.path) for edit in edits] == ["old", "new", "new", "new"]


def test_journal_that_can_not_be_removed_is_told(tmp_path: Path, failing: Callable[..., None]) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    failing("unlink", errno.EROFS)
    outcomes = commit(edits, policy_for(tmp_path))
    told = [type(outcome.error) if isinstance(outcome, Refused) else None for outcome in outcomes]
    assert told == [UnconfirmedError, None, UnconfirmedError, None]
    assert isinstance(outcomes[0], Refused)
    (journal,) = Path(policy_for(tmp_path).journals).iterdir()
    what = "can't be removed, and the next run may take it back"
    assert outcomes[0].error.reason == f"is written, but {journal} {what}: Read-only file system"
    ground.recover()
    assert [ground.state_of(edit.path) for edit in edits] == ["old", "new", "old", "new"]


def test_unconfirmed_rename_is_told(tmp_path: Path, failing: Callable[..., None]) -> None:
    GROWING.make(tmp_path)
    edits = GROWING.edits(tmp_path)
    failing("fsync", errno.EIO, FIRST_FILE_FLUSH + 1)
    (outcome,) = commit(edits, policy_for(tmp_path))
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, UnconfirmedError)
    assert outcome.error.reason == "is written, but the disk did not confirm it: Input/output error"


def test_failing_close_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    IN_PLACE.make(tmp_path)
    edits = IN_PLACE.edits(tmp_path)
    real, inode = os.close, (tmp_path / "a.fits").stat().st_ino

    def close(fd: int) -> None:
        is_file = os.fstat(fd).st_ino == inode
        real(fd)
        if is_file:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "close", close)
    (outcome,) = commit(edits, policy_for(tmp_path, syncs=False))
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, UnconfirmedError)
    reason = "is written, but the disk did not confirm it: No space left on device"
    assert outcome.error.reason == reason


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("posix_fallocate", errno.ENOSPC),
        ("copy_file_range", errno.EIO),
        ("pwrite", errno.ENOSPC),
        ("fchmod", errno.EPERM),
        ("rename", errno.EIO),
    ],
)
def test_failing_replacement_leaves_the_file_and_nothing_else(
    call: str, error: int, tmp_path: Path, failing: Callable[..., None]
) -> None:
    ground = Ground(tmp_path, GROWING)
    edits = GROWING.edits(tmp_path)
    failing(call, error, 2 if call == "pwrite" else 1)
    assert os.strerror(error) in refusal(edits[0], policy_for(tmp_path))
    assert ground.state_of(tmp_path / "a.fits") == "old"
    assert strays(tmp_path, GROWING) == []


@pytest.mark.parametrize("call", ["posix_fallocate", "copy_file_range", "listxattr"])
def test_calls_that_a_file_system_does_not_know_are_done_without(
    call: str, tmp_path: Path, failing: Callable[..., None]
) -> None:
    ground = Ground(tmp_path, GROWING)
    edits = GROWING.edits(tmp_path)
    failing(call, errno.EOPNOTSUPP, lasting=True)
    assert isinstance(commit(edits, policy_for(tmp_path))[0], Committed)
    assert ground.state_of(tmp_path / "a.fits") == "new"


def test_file_cut_short_while_it_is_copied_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GROWING.make(tmp_path)
    path = tmp_path / "a.fits"
    edits = GROWING.edits(tmp_path)
    real = os.posix_fallocate
    monkeypatch.setattr(os, "posix_fallocate", lambda *args: (real(*args), os.truncate(path, 50_000)))
    lost = path.stat().st_size - 50_000
    reason = f"can't be written: the file has become {lost} bytes shorter"
    assert refusal(edits[0], policy_for(tmp_path)) == reason
    assert path.stat().st_size == 50_000


@pytest.mark.parametrize("hashes_data", [True, False])
def test_file_written_to_by_others_while_it_is_copied_is_left_alone(
    hashes_data: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    GROWING.make(tmp_path)
    path = tmp_path / "a.fits"
    edits = GROWING.edits(tmp_path)
    real = os.fchmod

    def write_and_fchmod(fd: int, mode: int) -> None:
        with path.open("r+b") as file:
            file.seek(60_000)
            file.write(b"others")
        real(fd, mode)

    monkeypatch.setattr(os, "fchmod", write_and_fchmod)
    reason = refusal(edits[0], policy_for(tmp_path, hashes_data=hashes_data))
    assert reason == (
        "its data came out different in the new file, which was thrown away"
        if hashes_data
        else "has changed while it was rewritten, and was left as it is now"
    )
    assert b"others" in path.read_bytes()
    assert strays(tmp_path, GROWING) == []


def test_data_written_to_by_others_while_the_header_is_edited_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    edits = IN_PLACE.edits(tmp_path)
    real = os.fsync

    def write_and_fsync(fd: int) -> None:
        with path.open("r+b") as file:
            file.seek(20_000)
            file.write(b"others")
        real(fd)

    monkeypatch.setattr(os, "fsync", write_and_fsync)
    reason = "its data were changed by another program while its header was written"
    assert refusal(edits[0], policy_for(tmp_path)) == reason
    assert headers_of(path) == [edits[0].changes[0].old]
    assert b"others" in path.read_bytes()


@pytest.mark.parametrize("scenario", [IN_PLACE, GROWING, BLOCK_OF_FILES])
@pytest.mark.parametrize("call", ["pwrite", "fsync", "rename", "unlink", "close"])
def test_ctrl_c_leaves_old_or_new_and_no_journal(
    scenario: Any, call: str, tmp_path: Path, failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, scenario)
    edits = scenario.edits(tmp_path)
    for nth in range(1, 12):
        ground.begin()
        with monkeypatch.context():
            failing(call, KeyboardInterrupt(), nth)
            with suppress(KeyboardInterrupt):
                commit(edits, policy_for(tmp_path))
            monkeypatch.undo()
        if call not in ("unlink", "close"):
            assert strays(tmp_path, scenario) == []
        ground.recover()


def test_second_ctrl_c_leaves_the_rest_to_the_journal(
    tmp_path: Path, failing: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, IN_PLACE)
    edits = IN_PLACE.edits(tmp_path)
    with monkeypatch.context():
        failing("fsync", KeyboardInterrupt(), FIRST_FILE_FLUSH)
        # Part of taking the file back.
        failing("utime", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            commit(edits, policy_for(tmp_path))
        monkeypatch.undo()
    assert len(strays(tmp_path, IN_PLACE)) == 1
    ground.recover()


def test_journal_taken_for_unfinished_by_a_recovery_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_fitsproc.fits.rewrite import journal as journal_module

    ground = Ground(tmp_path, IN_PLACE)
    edits = IN_PLACE.edits(tmp_path)
    real, interfered = journal_module.try_lock, []

    def recover_and_lock(fd: int) -> bool:
        if not interfered:
            interfered.append(recover(policy_for(tmp_path)))
        return real(fd)

    monkeypatch.setattr(journal_module, "try_lock", recover_and_lock)
    assert isinstance(commit(edits, policy_for(tmp_path))[0], Committed)
    assert interfered == [[]]
    assert ground.state_of(tmp_path / "a.fits") == "new"
    assert strays(tmp_path, IN_PLACE) == []


@pytest.mark.parametrize("scenario", [IN_PLACE, GROWING])
def test_calls_that_do_a_part_of_their_work_are_repeated(
    scenario: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, scenario)
    edits = scenario.edits(tmp_path)
    pread, pwrite, copy = os.pread, os.pwrite, os.copy_file_range
    monkeypatch.setattr(os, "pread", lambda fd, size, offset: pread(fd, min(size, 1000), offset))
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: pwrite(fd, data[:1000], offset))
    monkeypatch.setattr(os, "copy_file_range", lambda a, b, size, *at: copy(a, b, min(size, 1000), *at))
    assert isinstance(commit(edits, policy_for(tmp_path))[0], Committed)
    assert ground.state_of(tmp_path / "a.fits") == "new"


def test_disk_that_takes_no_bytes_is_not_asked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    edits = IN_PLACE.edits(tmp_path)
    monkeypatch.setattr(os, "pwrite", lambda *_: 0)
    reason = refusal(edits[0], policy_for(tmp_path))
    assert reason.endswith(": the disk takes no bytes; the file was not touched")


def test_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_fitsproc.fits.rewrite import guard, journal

    def fail(_: int) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    IN_PLACE.make(tmp_path)
    edits = IN_PLACE.edits(tmp_path)
    monkeypatch.setattr(journal, "try_lock", fail)
    assert "no journal can be written" in refusal(edits[0], policy_for(tmp_path))
    monkeypatch.setattr(guard, "try_lock", fail)
    assert refusal(edits[0], policy_for(tmp_path)) == "can't be opened for writing: No locks available"
    assert strays(tmp_path, IN_PLACE) == []


def test_attributes_that_can_not_be_read_are_a_refusal(tmp_path: Path, failing: Callable[..., None]) -> None:
    GROWING.make(tmp_path)
    edits = GROWING.edits(tmp_path)
    failing("listxattr", errno.EACCES)
    assert "extended attributes can't be kept" in refusal(edits[0], policy_for(tmp_path))


def test_first_of_two_errors_is_the_one_that_is_told(tmp_path: Path, failing: Callable[..., None]) -> None:
    BLOCK_OF_FILES.make(tmp_path)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    failing("pwrite", errno.ENOSPC, 2)
    failing("unlink", errno.EROFS)
    first, *_ = commit(edits, policy_for(tmp_path))
    assert isinstance(first, Refused)
    assert first.error.reason == "can't be written: No space left on device"


def test_copy_that_can_not_be_removed_waits_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, GROWING)
    edits = GROWING.edits(tmp_path)
    real = os.unlink

    def unlink(path: str, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        patch.setattr(os, "rename", disk_fails)
        assert "can't be written" in refusal(edits[0], policy_for(tmp_path))
    assert len(strays(tmp_path, GROWING)) == 2
    ground.recover()
    assert ground.state_of(tmp_path / "a.fits") == "old"


def disk_fails(*_: Any, **__: Any) -> None:
    """Stand for a call on a disk that fails."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_file_system_that_flushes_no_directories_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    real = os.fsync

    def fsync(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    assert all(isinstance(outcome, Committed) for outcome in commit(edits, policy_for(tmp_path)))
    assert {ground.state_of(edit.path) for edit in edits} == {"new"}
