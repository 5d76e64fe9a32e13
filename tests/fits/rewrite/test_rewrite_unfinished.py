"""Files of which the journal of a killed run tells are not edited before they are recovered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rewrite_scenario import edit_of, headers_of, plate, policy_for, with_first_and_last_changed

from pytest_fitsproc.fits.rewrite import Committed, HeaderChange, Refused, RewritePolicy, commit, recover
from pytest_fitsproc.fits.rewrite.journal import Content, Journal, Undo
from pytest_fitsproc.fits.rewrite.lock import try_lock
from pytest_fitsproc.fits.rewrite.patch import Patch

_NAME = ".fitsproc/journal"


@contextmanager
def journal_above(path: Path, directory: Path) -> Iterator[str]:
    """A journal of an edit of a file, as a run on a directory has it."""
    old = headers_of(path)[0]
    patch = Patch.of(HeaderChange(old, with_first_and_last_changed(old)), 0)
    content = Content((Undo(os.path.realpath(path), path.stat().st_mtime_ns, (patch,)),), ())
    journal = Journal.create(str(directory / _NAME), content, syncs=False)
    journal.close()
    yield journal.path


def policy_of(root: Path, directory: Path) -> RewritePolicy:
    """The policy of a run on a directory below a root."""
    return RewritePolicy((str(root),), str(directory / _NAME), syncs=False, journals_beside=_NAME)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive/data/below/a.fits"
    path.parent.mkdir(parents=True)
    path.write_bytes(plate())
    return path


@pytest.mark.parametrize("place", ["archive/data/below", "archive/data", "archive", "."])
def test_a_journal_anywhere_above_keeps_its_file_from_being_edited(
    tmp_path: Path, path: Path, place: str
) -> None:
    edit = edit_of(path, with_first_and_last_changed)
    other = path.with_name("b.fits")
    other.write_bytes(plate())
    policy = policy_of(tmp_path / "archive", path.parent)
    with journal_above(path, tmp_path / place) as journal:
        refused, done = commit([edit, edit_of(other, with_first_and_last_changed)], policy)
    assert isinstance(refused, Refused)
    assert refused.error.reason.startswith(
        f"may be half-written: a run that was killed has left {os.path.normpath(journal)}; a run that writes"
    )
    assert isinstance(done, Committed)
    assert path.read_bytes() == plate()
    os.unlink(journal)
    assert isinstance(commit([edit], policy)[0], Committed)


def test_links_on_the_way_to_a_file_hide_no_journal(tmp_path: Path, path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/data").symlink_to(path.parent)
    edit = edit_of(tmp_path / "other/data/a.fits", with_first_and_last_changed)
    policy = policy_of(tmp_path, tmp_path / "elsewhere")
    for place in (tmp_path / "other", tmp_path / "archive"):
        with journal_above(path, place) as journal:
            assert isinstance(commit([edit], policy)[0], Refused)
        os.unlink(journal)
    assert isinstance(commit([edit], policy)[0], Committed)


def test_a_recovered_file_is_edited_again(tmp_path: Path, path: Path) -> None:
    policy = policy_of(tmp_path, tmp_path / "archive")
    edit = edit_of(path, with_first_and_last_changed)
    with journal_above(path, tmp_path / "archive"):
        assert isinstance(commit([edit], policy)[0], Refused)
    recover(policy)
    assert isinstance(commit([edit], policy)[0], Committed)


def test_a_journal_of_the_policy_counts_wherever_it_is(tmp_path: Path, path: Path) -> None:
    policy = policy_for(tmp_path / "archive")
    old = headers_of(path)[0]
    patch = Patch.of(HeaderChange(old, with_first_and_last_changed(old)), 0)
    Journal.create(policy.journals, Content((Undo(str(path), 0, (patch,)),), ()), syncs=False).close()
    assert isinstance(commit([edit_of(path, with_first_and_last_changed)], policy)[0], Refused)


def test_journals_that_can_not_be_read_may_tell_of_any_file(tmp_path: Path, path: Path) -> None:
    directory = tmp_path / "archive" / _NAME
    directory.mkdir(parents=True)
    (directory / "1-a.journal").symlink_to("nowhere")
    (refused,) = commit([edit_of(path, with_first_and_last_changed)], policy_of(tmp_path, path.parent))
    assert isinstance(refused, Refused)
    assert refused.error.reason == (
        f"may be half-written: the journals in {directory} can't be read: Too many levels of symbolic links"
    )
    assert path.read_bytes() == plate()


@pytest.mark.parametrize("content", [b"", b"fitsproc journal 1\nhalf"])
def test_a_journal_that_was_not_finished_tells_of_nothing(tmp_path: Path, path: Path, content: bytes) -> None:
    directory = tmp_path / "archive" / _NAME
    directory.mkdir(parents=True)
    (directory / "1-a.journal").write_bytes(content)
    edit = edit_of(path, with_first_and_last_changed)
    assert isinstance(commit([edit], policy_of(tmp_path, path.parent))[0], Committed)


def test_what_is_called_like_the_directory_of_journals_does_not_disturb(tmp_path: Path, path: Path) -> None:
    (tmp_path / ".fitsproc").write_text("a file")
    edit = edit_of(path, with_first_and_last_changed)
    assert isinstance(commit([edit], policy_of(tmp_path, path.parent))[0], Committed)


def test_a_journal_whose_writer_is_at_work_tells_of_its_own_files_only(tmp_path: Path, path: Path) -> None:
    edit = edit_of(path, with_first_and_last_changed)
    with journal_above(path, tmp_path / "archive") as journal, open(journal) as writer:
        assert try_lock(writer.fileno())
        assert isinstance(commit([edit], policy_of(tmp_path, path.parent))[0], Committed)


def test_a_journal_that_a_recovery_is_at_work_on_still_counts(tmp_path: Path, path: Path) -> None:
    edit = edit_of(path, with_first_and_last_changed)
    with journal_above(path, tmp_path / "archive") as journal:
        # The number of a process that has ended.
        gone = os.spawnlp(os.P_NOWAIT, "true", "true")
        os.waitpid(gone, 0)
        left = Path(journal).with_name(f"{gone}-a.journal")
        os.rename(journal, left)
        with left.open() as recovery:
            assert try_lock(recovery.fileno())
            assert isinstance(commit([edit], policy_of(tmp_path, path.parent))[0], Refused)
