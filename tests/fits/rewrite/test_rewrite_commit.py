"""What a commit writes, and what it tells."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rewrite_faults import Ground
from rewrite_scenario import (
    BLOCK_OF_FILES,
    GROWING,
    IN_PLACE,
    SCENARIOS,
    TWO_HEADERS,
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
    Refused,
    commit,
    recover,
)
from pytest_fitsproc.fits.rewrite.journal import Content, Journal, Undo
from pytest_fitsproc.fits.rewrite.patch import Patch


@pytest.mark.parametrize("name", SCENARIOS)
def test_committed_files_are_new(name: str, tmp_path: Path) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    edits = SCENARIOS[name].edits(tmp_path)
    outcomes = commit(edits, policy_for(tmp_path))
    assert [outcome.edit for outcome in outcomes] == edits
    assert all(isinstance(outcome, Committed) for outcome in outcomes)
    assert {ground.state_of(edit.path) for edit in edits} == {"new"}
    assert strays(tmp_path, SCENARIOS[name]) == []


def test_outcome_names_the_protocol_and_the_hash_of_the_data(tmp_path: Path) -> None:
    BLOCK_OF_FILES.make(tmp_path)
    outcomes = commit(BLOCK_OF_FILES.edits(tmp_path), policy_for(tmp_path))
    for outcome in outcomes:
        assert isinstance(outcome, Committed)
        content, header = Path(outcome.edit.path).read_bytes(), outcome.edit.changes[0].new
        assert outcome.data_sha256 == hashlib.sha256(content[len(header) :]).hexdigest()
    assert [outcome.protocol for outcome in outcomes if isinstance(outcome, Committed)] == [
        Protocol.IN_PLACE,
        Protocol.REPLACED,
        Protocol.IN_PLACE,
        Protocol.REPLACED,
    ]


def test_hash_leaves_out_only_the_edited_headers(tmp_path: Path) -> None:
    TWO_HEADERS.make(tmp_path)
    path = tmp_path / "a.fits"
    content, (primary, extension) = path.read_bytes(), headers_of(path)
    (outcome,) = commit([edit_of(path, with_first_and_last_changed, (1,))], policy_for(tmp_path))
    assert isinstance(outcome, Committed)
    assert path.read_bytes().startswith(primary)
    assert outcome.data_sha256 == hashlib.sha256(content.replace(extension, b"")).hexdigest()


@pytest.mark.parametrize("scenario", [IN_PLACE, GROWING])
def test_without_hashing_and_syncing_the_file_is_new_too(scenario: Any, tmp_path: Path) -> None:
    ground = Ground(tmp_path, scenario)
    policy = policy_for(tmp_path, hashes_data=False, syncs=False)
    (outcome,) = commit(scenario.edits(tmp_path), policy)
    assert isinstance(outcome, Committed)
    assert outcome.data_sha256 == ""
    assert ground.state_of(tmp_path / "a.fits") == "new"


def test_header_that_needs_fewer_blocks_shrinks_by_replacement(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(174))
    (old,), short = headers_of(path), plate(20)[:2880]
    (outcome,) = commit([Edit(str(path), (HeaderChange(old, short),))], policy_for(tmp_path))
    assert isinstance(outcome, Committed)
    assert outcome.protocol is Protocol.REPLACED
    assert path.read_bytes() == plate(20)


def test_unchanged_edit_opens_no_file(tmp_path: Path) -> None:
    header = plate()[:14400]
    (outcome,) = commit(
        [Edit(str(tmp_path / "none.fits"), (HeaderChange(header, header),))], policy_for(tmp_path)
    )
    assert outcome == Committed(outcome.edit, Protocol.UNCHANGED)
    assert list(tmp_path.iterdir()) == []


def test_edit_in_place_writes_only_the_span_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    path = tmp_path / "a.fits"
    edit = edit_of(path, lambda header: header.replace(b"extra 50", b"extra 51"))
    written = []
    real = os.pwrite
    monkeypatch.setattr(
        os, "pwrite", lambda fd, data, offset: written.append(bytes(data)) or real(fd, data, offset)
    )
    commit([edit], policy_for(tmp_path))
    assert written[1:] == [b"1"]


def test_blocks_share_a_journal_and_its_flushes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edits = []
    for number in range(10):
        (tmp_path / f"{number}.fits").write_bytes(plate())
        edits.append(edit_of(tmp_path / f"{number}.fits", with_first_and_last_changed))
    (tmp_path / ".fitsproc" / "journals").mkdir(parents=True)
    flushes: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: flushes.append(fd) or real(fd))
    assert all(
        isinstance(outcome, Committed) for outcome in commit(edits, policy_for(tmp_path, files_per_block=5))
    )
    assert len(flushes) == 10 + 2 * 3, "each file once; each journal twice to come and once to go"


def test_one_bad_file_does_not_keep_the_others(tmp_path: Path) -> None:
    ground = Ground(tmp_path, BLOCK_OF_FILES)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    (tmp_path / "b.fits").unlink()
    outcomes = commit(edits, policy_for(tmp_path))
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False, True, False, False]
    assert ground.state_of(tmp_path / "below/d.fits") == "new"


@pytest.mark.parametrize("happens", ["nothing", "files are refused", "the disk fails", "a run was killed"])
def test_no_descriptor_stays_open(happens: str, tmp_path: Path, failing: Callable[..., None]) -> None:
    BLOCK_OF_FILES.make(tmp_path)
    edits = BLOCK_OF_FILES.edits(tmp_path)
    (tmp_path / "b.fits").chmod(0o444 if happens == "files are refused" else 0o644)
    if happens == "files are refused":
        (tmp_path / "a.fits").unlink()
        (tmp_path / "below" / "c.fits").write_bytes(plate(1))
    elif happens == "the disk fails":
        failing("pwrite", errno.EIO, 2, lasting=True)
    elif happens == "a run was killed":
        undo = Undo(edits[0].path, 0, (Patch.of(edits[0].changes[0], 0),))
        Journal.create(policy_for(tmp_path).journals, Content((undo,), ()), syncs=False).close()
    before = os.listdir("/proc/self/fd")
    recover(policy_for(tmp_path))
    commit([*edits, edits[-1]], policy_for(tmp_path))
    assert os.listdir("/proc/self/fd") == before


def test_copy_is_its_owners_alone_until_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    GROWING.make(tmp_path)
    modes, real = [], os.posix_fallocate

    def look_and_reserve(fd: int, offset: int, size: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(fd).st_mode))
        real(fd, offset, size)

    monkeypatch.setattr(os, "posix_fallocate", look_and_reserve)
    commit(GROWING.edits(tmp_path), policy_for(tmp_path))
    assert modes == [0o600]


def test_second_edit_of_the_same_file_is_refused(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    edits = IN_PLACE.edits(tmp_path) * 2
    first, second = commit(edits, policy_for(tmp_path))
    assert isinstance(first, Committed)
    assert isinstance(second, Refused)
    assert "locked" in second.error.reason


@pytest.mark.parametrize("scenario", [IN_PLACE, GROWING])
@pytest.mark.parametrize("keeps", [True, False])
def test_time_of_modification_is_kept_or_new(scenario: Any, keeps: bool, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    path = tmp_path / "a.fits"
    os.utime(path, ns=(10**18, 10**18 + 123))
    commit(scenario.edits(tmp_path), policy_for(tmp_path, keeps_mtime=keeps))
    assert (path.stat().st_mtime_ns == 10**18 + 123) is keeps
