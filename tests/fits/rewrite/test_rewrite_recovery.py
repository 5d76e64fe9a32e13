"""What the next run makes of what a killed one left."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from rewrite_faults import Ground
from rewrite_scenario import (
    BLOCK_OF_FILES,
    IN_PLACE,
    edit_of,
    headers_of,
    plate,
    policy_for,
    strays,
    with_first_and_last_changed,
)

from pytest_fitsproc.fits.rewrite import (
    Committed,
    Edit,
    HeaderChange,
    Protocol,
    Recovered,
    Refused,
    RewritePolicy,
    State,
    Unrecovered,
    commit,
    recover,
)
from pytest_fitsproc.fits.rewrite.journal import Content, Journal, Undo
from pytest_fitsproc.fits.rewrite.patch import Patch

MTIME_NS = 1_000_000_000_123_456_789


def journal_of(path: Path, folder: Path, *temporaries: Path) -> Path:
    """Leave a journal of an edit in place, as a killed process does."""
    old = headers_of(path)[0]
    undo = Undo(str(path), MTIME_NS, (patch_of(old),))
    return leave(Content((undo,), tuple(map(str, temporaries))), folder)


def patch_of(old: bytes) -> Patch:
    return Patch.of(HeaderChange(old, with_first_and_last_changed(old)), 0)


def leave(content: Content, folder: Path) -> Path:
    """Leave a journal."""
    journal = Journal.create(policy_for(folder).journals, content, syncs=False)
    journal.close()
    return Path(journal.path)


def tear(path: Path) -> None:
    """Write the first half of the change only."""
    content = path.read_bytes()
    path.write_bytes(with_first_and_last_changed(content)[:7000] + content[7000:])


def reason_of(result: Recovered | Unrecovered) -> str:
    """Return why something is not recovered."""
    assert isinstance(result, Unrecovered)
    assert "\n" not in str(result.error)
    return result.error.reason


def test_nothing_left_is_nothing_to_do(tmp_path: Path) -> None:
    assert recover(policy_for(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_torn_file_gets_its_old_header_and_time_back(tmp_path: Path) -> None:
    ground = Ground(tmp_path, IN_PLACE)
    path = tmp_path / "a.fits"
    journal_of(path, tmp_path)
    tear(path)
    assert ground.state_of(path) == "torn"
    assert recover(policy_for(tmp_path)) == [Recovered(str(path), State.RESTORED)]
    assert ground.state_of(path) == "old"
    assert path.stat().st_mtime_ns == MTIME_NS
    assert strays(tmp_path, IN_PLACE) == []


def test_journals_of_earlier_runs_are_read_for_ever() -> None:
    payload = (
        b'{"undos": [["/a.fits", 123, [[0, 2880, 80, "6f6c64", "6e6577", "ab"]]]],'
        b' "temporaries": ["/.fitsproc-1-0.tmp"]}'
    )
    undo = Undo("/a.fits", 123, (Patch(0, 2880, 80, b"old", b"new", "ab"),))
    content = Content((undo,), ("/.fitsproc-1-0.tmp",))
    raw = b"fitsproc journal 1\n" + hashlib.sha256(payload).digest() + payload
    assert Content.from_bytes(raw) == content
    assert content.to_bytes() == raw


@pytest.mark.parametrize(
    "kind", [Committed, Edit, HeaderChange, Recovered, Refused, RewritePolicy, Unrecovered]
)
def test_values_stay_as_they_were_made(kind: type[Any]) -> None:
    value = object.__new__(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, dataclasses.fields(kind)[0].name, None)
    # Only a change remembers what it was asked for once.
    assert hasattr(value, "__dict__") == (kind is HeaderChange)


@pytest.mark.parametrize(
    ("call", "name", "reason"),
    [
        ("utime", "a.fits", "its old header can't be put back: Input/output error"),
        ("unlink", ".fitsproc-12-0.tmp", "can't be removed: Input/output error"),
    ],
)
def test_what_the_disk_refuses_waits_in_the_journal(
    call: str, name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, IN_PLACE)
    copy = tmp_path / ".fitsproc-12-0.tmp"
    copy.touch()
    journal_of(tmp_path / "a.fits", tmp_path, copy)
    tear(tmp_path / "a.fits")
    real = getattr(os, call)

    def fail(path: Any, *args: Any, **kwargs: Any) -> None:
        if call == "utime" or path == name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        (told,) = [result for result in recover(policy_for(tmp_path)) if isinstance(result, Unrecovered)]
    assert (told.path, reason_of(told)) == (str(tmp_path / name), reason)
    ground.recover()
    assert ground.state_of(tmp_path / "a.fits") == "old"


def test_journal_is_its_owners_alone(tmp_path: Path) -> None:
    assert leave(Content((), ()), tmp_path).stat().st_mode & 0o777 == 0o600


def test_words_of_states_and_protocols() -> None:
    assert list(State) == [
        "had its old header",
        "got its old header back",
        "was removed: a copy that was not finished",
    ]
    assert list(Protocol) == ["unchanged", "in place", "replaced"]


def test_old_file_is_not_written(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    before = path.stat()
    journal_of(path, tmp_path)
    assert recover(policy_for(tmp_path)) == [Recovered(str(path), State.OLD)]
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_unfinished_copy_is_removed(tmp_path: Path) -> None:
    copies = [tmp_path / ".fitsproc-12-0.tmp", tmp_path / ".fitsproc-12-1.tmp"]
    copies[0].write_bytes(b"half")
    leave(Content((), tuple(map(str, copies))), tmp_path)
    assert recover(policy_for(tmp_path)) == [Recovered(str(copies[0]), State.REMOVED)]
    assert not copies[0].exists()


@pytest.mark.parametrize("content", [b"", b"fitsproc journal 1\n", b"\0" * 5000, None])
def test_unfinished_journal_is_removed(content: bytes | None, tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = journal_of(tmp_path / "a.fits", tmp_path)
    path.write_bytes(path.read_bytes()[:-1] if content is None else content)
    assert recover(policy_for(tmp_path)) == []
    assert not path.exists()


@pytest.mark.parametrize("where", ["in the span", "in the header", "length"])
def test_file_that_others_wrote_to_is_left_and_told_again(where: str, tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    journal_of(path, tmp_path)
    tear(path)
    content = path.read_bytes()
    others = {
        "in the span": content.replace(b"extra 50", b"extra 5X"),
        "in the header": content.replace(
            b"SIMPLE  =                    T", b"SIMPLE  =                    F"
        ),
        "length": content[:1000],
    }[where]
    path.write_bytes(others)
    for _ in range(2):
        (result,) = recover(policy_for(tmp_path))
        assert reason_of(result) == (
            "another program wrote to it after a run was killed in it; "
            f"check its header, then remove the journal in {policy_for(tmp_path).journals}"
        )
        assert path.read_bytes() == others


def test_file_put_back_from_a_copy_is_fine(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    journal_of(path, tmp_path)
    path.unlink()
    IN_PLACE.make(tmp_path)
    assert recover(policy_for(tmp_path)) == [Recovered(str(path), State.OLD)]


def test_missing_file_waits_in_the_journal_without_the_others(tmp_path: Path) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    paths = [tmp_path / "a.fits", tmp_path / "below" / "c.fits"]
    undos = []
    for path in paths:
        old = headers_of(path)[0]
        undos.append(Undo(str(path), MTIME_NS, (patch_of(old),)))
        tear(path)
    leave(Content(tuple(undos), ()), tmp_path)
    paths[0].rename(tmp_path / "elsewhere")
    first, second = recover(policy_for(tmp_path))
    assert reason_of(first) == "can't be opened for writing: No such file or directory"
    assert second == Recovered(str(paths[1]), State.RESTORED)
    waiting = os.listdir(policy_for(tmp_path).journals)
    assert [reason_of(result) for result in recover(policy_for(tmp_path))] == [reason_of(first)]
    assert os.listdir(policy_for(tmp_path).journals) == waiting
    (tmp_path / "elsewhere").rename(paths[0])
    assert recover(policy_for(tmp_path)) == [Recovered(str(paths[0]), State.RESTORED)]
    ground.recover()


def test_committed_file_is_not_taken_back_by_a_journal_that_waits_for_another(tmp_path: Path) -> None:
    """Else a recovery would undo an edit that was made, the same again, after the first recovery."""
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    path, missing = tmp_path / "a.fits", tmp_path / "below" / "c.fits"
    edit = edit_of(path, with_first_and_last_changed)
    undos = []
    for each in (path, missing):
        old = headers_of(each)[0]
        undos.append(Undo(str(each), MTIME_NS, (patch_of(old),)))
    leave(Content(tuple(undos), ()), tmp_path)
    missing.rename(tmp_path / "elsewhere")
    recover(policy_for(tmp_path))
    commit([edit], policy_for(tmp_path))
    recover(policy_for(tmp_path))
    assert ground.state_of(path) == "new"


def test_file_outside_the_roots_is_left(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path / "outside")
    path = tmp_path / "outside" / "a.fits"
    journal_of(path, tmp_path)
    tear(path)
    (result,) = recover(RewritePolicy((str(tmp_path / "root"),), policy_for(tmp_path).journals))
    assert "files are written only below" in reason_of(result)


@pytest.mark.parametrize("name", ["a.fits", ".fitsproc-notes", "a.tmp"])
def test_journal_removes_no_file_that_is_not_a_copy(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    leave(Content((), (str(tmp_path / name),)), tmp_path)
    (result,) = recover(policy_for(tmp_path))
    assert reason_of(result) == "is no copy of ours, and is not removed"
    assert (tmp_path / name).exists()


def test_file_that_a_live_process_writes_is_left_until_later(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    journal_of(path, tmp_path)
    tear(path)
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        (result,) = recover(policy_for(tmp_path))
        assert "locked" in reason_of(result)
    assert recover(policy_for(tmp_path)) == [Recovered(str(path), State.RESTORED)]


def test_journal_of_a_live_process_is_waited_for(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = journal_of(tmp_path / "a.fits", tmp_path)
    with path.open() as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        (result,) = recover(policy_for(tmp_path), patience_s=0)
        assert reason_of(result) == "belongs to a run that is still writing; let it end first"

        def finish() -> None:
            path.unlink()
            fcntl.flock(writer, fcntl.LOCK_UN)

        timer = threading.Timer(0.2, finish)
        timer.start()
        assert recover(policy_for(tmp_path)) == []
        timer.join()


def test_journal_that_goes_before_it_is_opened_is_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    path = journal_of(tmp_path / "a.fits", tmp_path)
    real = os.open

    def vanish_and_open(name: Any, *args: Any, **kwargs: Any) -> int:
        path.unlink(missing_ok=True)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(os, "open", vanish_and_open)
    assert recover(policy_for(tmp_path)) == []


def test_journal_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    path = journal_of(tmp_path / "a.fits", tmp_path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    (result,) = recover(policy_for(tmp_path))
    assert reason_of(result) == f"the journal can't be worked off: {os.strerror(errno.ELOOP)}"


def test_file_that_is_no_journal_is_left(tmp_path: Path) -> None:
    journals = Path(policy_for(tmp_path).journals)
    journals.mkdir(parents=True)
    (journals / "notes.txt").write_text("not ours")
    assert recover(policy_for(tmp_path)) == []
    assert (journals / "notes.txt").exists()


def test_paths_that_are_not_utf8_come_back(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\xfe.fits")
    path.write_bytes(plate())
    journal_of(path, tmp_path)
    tear(path)
    assert recover(policy_for(tmp_path)) == [Recovered(str(path), State.RESTORED)]
    assert path.read_bytes() == plate()
