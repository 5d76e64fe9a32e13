"""After a power cut that keeps any part of what was not flushed, each file is old or new."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from rewrite_faults import Ground
from rewrite_power_cut import Disk, Recorder, possible_trees, trees_at_end
from rewrite_scenario import (
    FLUSHED_BY_THREADS,
    IN_PLACE,
    SCENARIOS,
    SMALL_GROWING,
    Scenario,
    policy_for,
    strays,
)

from pytest_fitsproc.fits.rewrite import Committed, Edit, Refused, commit, disk, recover
from pytest_fitsproc.fits.rewrite.journal import Content, Journal, Undo
from pytest_fitsproc.fits.rewrite.patch import Patch

ALL = {**SCENARIOS, "small growing": SMALL_GROWING}
FAST = ("in place", "small growing", "flushed by threads")


def record(scenario: Scenario, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Disk, Recorder]:
    """Return the disk before a commit, and what the commit did to it."""
    edits = scenario.edits(folder)
    before = Disk(folder)
    with monkeypatch.context() as patch:
        patch.setattr(disk, "FEWEST_FOR_THREADS", scenario.fewest_for_threads)
        recorder = Recorder(patch)
        assert all(isinstance(outcome, Committed) for outcome in commit(edits, policy_for(folder)))
    return before, recorder


def put(tree: Iterable[tuple[str, bytes]], folder: Path) -> None:
    """Make a folder hold what was found on the disk."""
    shutil.rmtree(folder)
    folder.mkdir()
    for path, content in tree:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in ALL]
)
def test_power_cut_at_any_time_leaves_old_or_new(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, ALL[name])
    before, recorder = record(ALL[name], tmp_path, monkeypatch)
    trees = set(possible_trees(before, recorder.events, random.Random(name)))
    for tree in trees:
        put(tree, tmp_path)
        ground.recover()
    print(f"{name}: {len(trees)} different states of the disk, all whole")


@pytest.mark.parametrize("name", ALL)
def test_power_cut_after_return_leaves_new(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, ALL[name])
    before, recorder = record(ALL[name], tmp_path, monkeypatch)
    last = recorder.events[-1]
    assert isinstance(last, int), "the last thing done is a flush"
    for tree in set(trees_at_end(before, recorder.events, random.Random(name))):
        put(tree, tmp_path)
        assert recover(policy_for(tmp_path)) == []
        assert {ground.state_of(tmp_path / path) for path in ALL[name].files} == {"new"}


def test_power_cut_in_a_recovery_leaves_old_and_after_it_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, IN_PLACE)
    path, copy = tmp_path / "a.fits", tmp_path / ".fitsproc-12-0.tmp"
    (change,) = IN_PLACE.edits(tmp_path)[0].changes
    undo = Undo(str(path), path.stat().st_mtime_ns, (Patch.of(change, 0),))
    Journal.create(policy_for(tmp_path).journals, Content((undo,), (str(copy),)), syncs=True).close()
    content = path.read_bytes()
    path.write_bytes(change.new[:7000] + content[7000:])
    copy.write_bytes(content[:5000])
    before = Disk(tmp_path)
    with monkeypatch.context() as patch:
        recorder = Recorder(patch)
        assert len(recover(policy_for(tmp_path))) == 2
    for tree in set(trees_at_end(before, recorder.events, random.Random(0))):
        put(tree, tmp_path)
        assert ground.state_of(path) == "old"
        assert strays(tmp_path, IN_PLACE) == []
    for tree in set(possible_trees(before, recorder.events, random.Random(0))):
        put(tree, tmp_path)
        ground.recover()
        assert ground.state_of(path) == "old"


def trees_after_refusal(
    edits: list[Edit], folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, broken: Callable[..., None]
) -> set[frozenset[tuple[str, bytes]]]:
    """Return what a power cut may leave when a call has failed and an edit was refused for it."""
    before = Disk(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, broken)
        recorder = Recorder(patch)
        assert isinstance(commit(edits, policy_for(folder))[0], Refused)
    return set(trees_at_end(before, recorder.events, random.Random(0)))


def test_file_that_was_taken_back_is_old_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, FLUSHED_BY_THREADS)
    edits = FLUSHED_BY_THREADS.edits(tmp_path)[:1]
    path, real = Path(edits[0].path), os.fsync
    victim, failures = path.stat().st_ino, [OSError(errno.EIO, os.strerror(errno.EIO))]

    def fsync(fd: int) -> None:
        if os.fstat(fd).st_ino == victim and failures:
            raise failures.pop()
        real(fd)

    for tree in trees_after_refusal(edits, tmp_path, monkeypatch, "fsync", fsync):
        put(tree, tmp_path)
        assert recover(policy_for(tmp_path)) == []
        assert ground.state_of(path) == "old"


def test_copy_that_was_given_up_does_not_come_back_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(tmp_path, SMALL_GROWING)
    edits = SMALL_GROWING.edits(tmp_path)

    def fchmod(*_: int) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    for tree in trees_after_refusal(edits, tmp_path, monkeypatch, "fchmod", fchmod):
        put(tree, tmp_path)
        assert strays(tmp_path, SMALL_GROWING) == []
        assert ground.state_of_each == {"old"}


@pytest.mark.parametrize("name", ["in place", "small growing"])
def test_without_flushes_the_model_finds_damage(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model sees what it looks for."""
    ground = Ground(tmp_path, ALL[name])
    before, recorder = record(ALL[name], tmp_path, monkeypatch)
    unflushed = [event for event in recorder.events if not isinstance(event, int)]
    states = set()
    for tree in set(possible_trees(before, unflushed, random.Random(name))):
        put(tree, tmp_path)
        recover(policy_for(tmp_path))
        states.add(ground.state_of(tmp_path / "a.fits"))
    assert states - {"old", "new"}
