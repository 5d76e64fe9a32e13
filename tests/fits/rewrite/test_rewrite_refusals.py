"""Files that are not written, and what their owners, modes, names and attributes become where they are."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rewrite_scenario import (
    BLOCK,
    GROWING,
    IN_PLACE,
    Scenario,
    card,
    edit_of,
    header,
    headers_of,
    plate,
    policy_for,
    strays,
    with_first_and_last_changed,
    with_more_cards,
)

from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.rewrite import (
    Committed,
    Edit,
    HeaderChange,
    Protocol,
    Refused,
    RewritePolicy,
    commit,
)

NOBODY = 65534
END = b"END".ljust(80)
HAS_CHANGED = "has changed since it was read; nothing is written, process it again"

both_protocols = pytest.mark.parametrize("scenario", [IN_PLACE, GROWING], ids=["in place", "growing"])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of other owners")


def outcome_of(edit: Edit, policy: RewritePolicy) -> Committed | Refused:
    """Return what came of one edit."""
    (outcome,) = commit([edit], policy)
    return outcome


def refusal(edit: Edit, policy: RewritePolicy) -> str:
    """Return why an edit is refused; its file must be as it was, and nothing else be there."""
    path = Path(edit.path)
    before = path.read_bytes() if path.is_file() else None
    outcome = outcome_of(edit, policy)
    assert isinstance(outcome, Refused)
    assert str(outcome.error) == f"{edit.path}: {outcome.error.reason}"
    assert "\n" not in str(outcome.error)
    assert before is None or path.read_bytes() == before
    return outcome.error.reason


def status_of(path: Path) -> tuple[int, int, int]:
    """Return mode, owner and group."""
    status = path.stat()
    return status.st_mode, status.st_uid, status.st_gid


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can get at, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name).resolve()


@contextmanager
def being(user: int) -> Iterator[None]:
    """Be another user for a while; without root's rights, as they go with the user."""
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@both_protocols
def test_symbolic_link_below_the_root_is_followed_and_stays(scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one.fits").symlink_to("two.fits")
    (tmp_path / "links" / "two.fits").symlink_to(tmp_path / "a.fits")
    (edit,) = scenario.edits(tmp_path)
    through_link = Edit(str(tmp_path / "links" / "one.fits"), edit.changes)
    assert isinstance(outcome_of(through_link, policy_for(tmp_path)), Committed)
    assert headers_of(tmp_path / "a.fits") == [edit.changes[0].new]
    assert (tmp_path / "links" / "one.fits").is_symlink()
    assert not (tmp_path / "a.fits").is_symlink()


@both_protocols
@pytest.mark.parametrize("link", ["file", "directory"])
def test_link_that_leaves_the_root_is_refused(link: str, scenario: Scenario, tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    scenario.make(outside)
    root.mkdir()
    (root / "a.fits").symlink_to(outside / "a.fits")
    (root / "below").symlink_to(outside)
    (edit,) = scenario.edits(outside)
    path = root / ("a.fits" if link == "file" else "below/a.fits")
    reason = refusal(Edit(str(path), edit.changes), policy_for(root))
    assert reason == f"lies in {outside}; files are written only below {root}"


def test_file_that_leaves_the_root_is_written_if_its_directory_is_another_root(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    IN_PLACE.make(outside)
    root.mkdir()
    policy = RewritePolicy((str(root), str(outside)), str(root / "journals"))
    assert isinstance(outcome_of(IN_PLACE.edits(outside)[0], policy), Committed)


def test_root_may_be_named_through_a_link(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path / "root")
    (tmp_path / "link").symlink_to(tmp_path / "root")
    policy = RewritePolicy((str(tmp_path / "link"),), str(tmp_path / "journals"))
    assert isinstance(outcome_of(IN_PLACE.edits(tmp_path / "link")[0], policy), Committed)


def test_journals_may_be_named_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    policy = RewritePolicy((str(tmp_path),), "journals")
    monkeypatch.chdir("/")
    assert isinstance(outcome_of(IN_PLACE.edits(tmp_path)[0], policy), Committed)
    assert (tmp_path / "journals").is_dir()


def test_without_roots_nothing_is_written(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    reason = refusal(IN_PLACE.edits(tmp_path)[0], RewritePolicy((), str(tmp_path / "journals")))
    assert reason == f"lies in {tmp_path}; files are written only below no directory at all"


def test_relative_path_is_written_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IN_PLACE.make(tmp_path)
    (edit,) = IN_PLACE.edits(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert isinstance(outcome_of(Edit("a.fits", edit.changes), policy_for(tmp_path)), Committed)


def test_directory_that_becomes_a_link_meanwhile_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for place in (root / "below" / "deep", outside / "deep"):
        IN_PLACE.make(place)
    (edit,) = IN_PLACE.edits(root / "below" / "deep")
    real = os.path.relpath

    def swap_and_relpath(*args: Any) -> str:
        shutil.rmtree(root / "below")
        (root / "below").symlink_to(outside)
        return real(*args)

    monkeypatch.setattr(os.path, "relpath", swap_and_relpath)
    assert "can't be opened for writing" in refusal(edit, policy_for(root))


@both_protocols
def test_hard_link_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    os.link(tmp_path / "a.fits", tmp_path / "b.fits")
    reason = refusal(scenario.edits(tmp_path)[0], policy_for(tmp_path))
    assert reason == "is a hard link, one of 2 names of the same file"


def test_hard_link_is_edited_in_place_where_the_policy_allows(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    os.link(tmp_path / "a.fits", tmp_path / "b.fits")
    (edit,) = IN_PLACE.edits(tmp_path)
    assert isinstance(outcome_of(edit, policy_for(tmp_path, allows_hard_links=True)), Committed)
    assert headers_of(tmp_path / "b.fits") == [edit.changes[0].new]


def test_hard_link_is_never_replaced(tmp_path: Path) -> None:
    GROWING.make(tmp_path)
    os.link(tmp_path / "a.fits", tmp_path / "b.fits")
    reason = refusal(GROWING.edits(tmp_path)[0], policy_for(tmp_path, allows_hard_links=True))
    assert reason == ("is one of 2 names of the same file, and can't grow without leaving the others behind")


@pytest.mark.parametrize(
    "name", ["x" * 250 + ".fits", "-o.fits", "plate 1[2](3).fits", "\udcff\udcfe.fits", "a\tb"]
)
@both_protocols
def test_any_name_is_written(scenario: Scenario, name: str, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (edit,) = scenario.edits(tmp_path)
    (tmp_path / "a.fits").rename(tmp_path / name)
    assert isinstance(outcome_of(Edit(str(tmp_path / name), edit.changes), policy_for(tmp_path)), Committed)
    assert os.listdir(tmp_path) in ([name, ".fitsproc"], [".fitsproc", name])


@pytest.mark.parametrize("kind", ["directory", "pipe", "device", "nothing"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    (edit,) = IN_PLACE.edits(tmp_path)
    path = tmp_path / "a.fits"
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/null")
    reason = refusal(edit, RewritePolicy(("/",), str(tmp_path / "journals")))
    assert reason in ("is no regular file", "can't be opened for writing: No such file or directory")


@pytest.mark.parametrize(("module", "word"), [(gzip, "gunzip"), (bz2, "bunzip2")])
@pytest.mark.parametrize("hdu", [0, 1])
def test_compressed_file_is_refused_with_what_to_do(module: Any, word: str, hdu: int, tmp_path: Path) -> None:
    path = tmp_path / "a.fits.gz"
    path.write_bytes(module.compress(plate(n_extensions=1)))
    reason = refusal(edit_of(path, with_first_and_last_changed, (hdu,)), policy_for(tmp_path))
    what = {"gunzip": "gzip data", "bunzip2": "bzip2 data"}[word]
    assert reason == f"is {what}: its header can't be edited in place; {word} it first"


@both_protocols
def test_file_whose_header_has_changed_since_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (edit,) = scenario.edits(tmp_path)
    path = tmp_path / "a.fits"
    path.write_bytes(path.read_bytes().replace(b"extra 9 ", b"extra X "))
    assert refusal(edit, policy_for(tmp_path)) == HAS_CHANGED


@both_protocols
@pytest.mark.parametrize("what", ["data", "time", "file"])
def test_file_that_is_not_as_it_was_seen_is_refused(what: str, scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (edit,) = scenario.edits(tmp_path)
    path = tmp_path / "a.fits"
    edit = Edit(edit.path, edit.changes, path.stat())
    if what == "data":
        path.write_bytes(path.read_bytes() + bytes(BLOCK))
    elif what == "time":
        os.utime(path, ns=(0, 0))
    else:
        shutil.copy2(path, tmp_path / "copy")
        (tmp_path / "copy").rename(path)
    assert refusal(edit, policy_for(tmp_path)) == HAS_CHANGED


def test_file_as_it_was_seen_is_written(tmp_path: Path) -> None:
    IN_PLACE.make(tmp_path)
    (edit,) = IN_PLACE.edits(tmp_path)
    with FitsFile(edit.path) as file:
        seen = file.status
    assert isinstance(outcome_of(Edit(edit.path, edit.changes, seen), policy_for(tmp_path)), Committed)


@pytest.mark.parametrize("damage", [slice(0, 14400 + 8192), slice(0, 100), slice(0, 0)])
def test_file_that_has_lost_the_hdu_is_refused(damage: slice, tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(n_extensions=1))
    edit = edit_of(path, with_first_and_last_changed, (1,))
    path.write_bytes(path.read_bytes()[damage])
    assert refusal(edit, policy_for(tmp_path)) == HAS_CHANGED


@pytest.mark.parametrize("becomes", ["another file", "a link to itself"])
def test_file_replaced_between_opening_and_locking_is_refused(
    becomes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pytest_fitsproc.fits.rewrite import guard

    IN_PLACE.make(tmp_path)
    (edit,) = IN_PLACE.edits(tmp_path)
    path = tmp_path / "a.fits"

    def replace_and_lock(_: int) -> bool:
        path.rename(tmp_path / "moved")
        if becomes == "another file":
            shutil.copy(tmp_path / "moved", path)
        else:
            path.symlink_to("moved")
        return True

    monkeypatch.setattr(guard, "try_lock", replace_and_lock)
    assert refusal(edit, policy_for(tmp_path)) == HAS_CHANGED


def test_locked_file_is_refused(tmp_path: Path) -> None:
    import fcntl

    IN_PLACE.make(tmp_path)
    with (tmp_path / "a.fits").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        reason = refusal(IN_PLACE.edits(tmp_path)[0], policy_for(tmp_path))
    assert reason == "is locked: another process is writing it"


CARDS = header(10, 100)
SOUND = lay_out(b"".join(CARDS), 0)

BAD_HEADERS = {
    "the new header has 2879 bytes, not whole blocks of 2880": SOUND[:-1],
    "the new header has 0 bytes, not whole blocks of 2880": b"",
    "the new header has no END card": b"".join(CARDS).ljust(BLOCK),
    "the new header goes on for 4400 bytes after its END card": SOUND + b" " * BLOCK,
    "the new header has 300024 cards, more than 300000": lay_out(b"".join(CARDS), 300_024 * 80 // BLOCK),
    "the first card of the new header is not SIMPLE": lay_out(b"".join([card("OTHER", 1), *CARDS[1:]]), 0),
    "the new header has more than blanks after END": SOUND[:-2] + b"X ",
    "the new header describes 101 bytes of data, the file has 100; nothing is written": lay_out(
        b"".join(header(10, 101)), 0
    ),
    "the new header BITPIX is 7, not one of 8, 16, 32, 64, -32, -64; nothing is written": lay_out(
        b"".join([CARDS[0], card("BITPIX", 7), *CARDS[2:]]), 0
    ),
    "the new header has no NAXIS card; nothing is written": lay_out(b"".join([*CARDS[:2], *CARDS[4:]]), 0),
}


@pytest.mark.parametrize("reason", BAD_HEADERS)
def test_header_that_would_damage_the_file_is_refused(reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(10, 100))
    edit = Edit(str(path), (HeaderChange(headers_of(path)[0], BAD_HEADERS[reason]),))
    assert refusal(edit, policy_for(tmp_path)) == f"HDU 0: {reason}"


def test_old_header_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(10, 100))
    edit = Edit(str(path), (HeaderChange(b"".join(CARDS).ljust(BLOCK), SOUND),))
    assert refusal(edit, policy_for(tmp_path)) == "HDU 0: the old header has no END card"


def test_header_whose_structure_is_damaged_can_be_repaired(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    damaged = lay_out(b"".join([CARDS[0], card("BITPIX", 7), *CARDS[2:]]), 0)
    path.write_bytes(damaged + bytes(BLOCK))
    edit = Edit(str(path), (HeaderChange(damaged, SOUND),))
    assert isinstance(outcome_of(edit, policy_for(tmp_path)), Committed)


@pytest.mark.parametrize("hdus", [(1, 0), (0, 0)])
def test_changes_out_of_order_are_refused(hdus: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate(n_extensions=1))
    edit = edit_of(path, with_first_and_last_changed, hdus)
    reason = f"the changes name the HDUs {list(hdus)}, not each once and in order"
    assert refusal(edit, policy_for(tmp_path)) == reason


@both_protocols
@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664, 0o640, 0o700])
def test_mode_is_kept(mode: int, scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    path = tmp_path / "a.fits"
    path.chmod(mode)
    before = status_of(path)
    assert isinstance(outcome_of(scenario.edits(tmp_path)[0], policy_for(tmp_path)), Committed)
    assert status_of(path) == before


@both_protocols
@pytest.mark.parametrize("mode", [0o444, 0o400, 0o464])
def test_read_only_file_is_refused(mode: int, scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    (tmp_path / "a.fits").chmod(mode)
    reason = refusal(scenario.edits(tmp_path)[0], policy_for(tmp_path))
    assert reason == "is read-only; chmod u+w it to have it written"


@as_root
@both_protocols
def test_owner_and_group_are_kept_by_root(scenario: Scenario, folder: Path) -> None:
    scenario.make(folder)
    os.chown(folder / "a.fits", 1234, 2345)
    (folder / "a.fits").chmod(0o4754)
    before = status_of(folder / "a.fits")
    assert isinstance(outcome_of(scenario.edits(folder)[0], policy_for(folder)), Committed)
    # In place, the kernel itself may drop the set-user-ID bit of a file that is written to.
    assert status_of(folder / "a.fits")[1:] == before[1:]
    assert status_of(folder / "a.fits")[0] & 0o777 == before[0] & 0o777


@as_root
@both_protocols
def test_file_of_somebody_else_is_refused(scenario: Scenario, folder: Path) -> None:
    scenario.make(folder)
    (folder / "a.fits").chmod(0o666)
    with being(NOBODY):
        reason = refusal(scenario.edits(folder)[0], policy_for(folder))
    assert reason == "belongs to user 0, who alone may have it rewritten"


@as_root
@both_protocols
def test_file_of_ones_own_is_written_without_root(scenario: Scenario, folder: Path) -> None:
    with being(NOBODY):
        scenario.make(folder)
        before = status_of(folder / "a.fits")
        assert isinstance(outcome_of(scenario.edits(folder)[0], policy_for(folder)), Committed)
    assert status_of(folder / "a.fits") == before


@as_root
def test_group_that_can_not_be_kept_is_a_refusal(folder: Path) -> None:
    GROWING.make(folder)
    os.chown(folder / "a.fits", NOBODY, 2345)
    with being(NOBODY):
        reason = refusal(GROWING.edits(folder)[0], policy_for(folder))
    assert reason == "its owner, mode or extended attributes can't be kept: Operation not permitted"
    assert strays(folder, GROWING) == []


@as_root
@pytest.mark.parametrize(("scenario", "is_written"), [(IN_PLACE, True), (GROWING, False)])
def test_read_only_directory_allows_edits_in_place_only(
    scenario: Scenario, is_written: bool, folder: Path
) -> None:
    (folder / "data").mkdir()
    scenario.make(folder / "data")
    os.chown(folder / "data" / "a.fits", NOBODY, NOBODY)
    policy = policy_for(folder)
    with being(NOBODY):
        outcome = outcome_of(scenario.edits(folder / "data")[0], policy)
    assert isinstance(outcome, Committed) is is_written
    if isinstance(outcome, Refused):
        assert outcome.error.reason == "can't be written: Permission denied"


@as_root
def test_journals_that_can_not_be_written_keep_files_from_being_touched(folder: Path) -> None:
    IN_PLACE.make(folder)
    os.chown(folder / "a.fits", NOBODY, NOBODY)
    folder.chmod(0o755)
    with being(NOBODY):
        reason = refusal(IN_PLACE.edits(folder)[0], policy_for(folder))
    journals = folder / ".fitsproc" / "journals"
    assert reason == f"no journal can be written in {journals}: Permission denied; the file was not touched"


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """Return a POSIX access control list as Linux stores it, of tags, permissions and ids."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NO_ID = 0xFFFFFFFF
FOR_NOBODY_TOO = access_list((1, 6, NO_ID), (2, 6, NOBODY), (4, 4, NO_ID), (16, 6, NO_ID), (32, 4, NO_ID))

HANDED_DOWN = access_list((1, 7, NO_ID), (2, 7, NOBODY), (4, 5, NO_ID), (16, 7, NO_ID), (32, 5, NO_ID))


def set_attribute(path: Path, name: str, value: bytes) -> None:
    """Set an extended attribute, or skip the test where the file system has none."""
    try:
        os.setxattr(path, name, value)
    except OSError as exc:
        pytest.skip(f"the file system does not take {name}: {exc.strerror}")


@both_protocols
def test_extended_attributes_and_access_lists_are_kept(scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    path = tmp_path / "a.fits"
    set_attribute(path, "user.origin", b"plate archive")
    set_attribute(path, "system.posix_acl_access", FOR_NOBODY_TOO)
    before = {name: os.getxattr(path, name) for name in os.listxattr(path)}, status_of(path)
    assert isinstance(outcome_of(scenario.edits(tmp_path)[0], policy_for(tmp_path)), Committed)
    assert ({name: os.getxattr(path, name) for name in os.listxattr(path)}, status_of(path)) == before


@both_protocols
def test_access_list_that_a_directory_hands_down_is_not_added(scenario: Scenario, tmp_path: Path) -> None:
    scenario.make(tmp_path)
    path = tmp_path / "a.fits"
    before = status_of(path)
    set_attribute(tmp_path, "system.posix_acl_default", HANDED_DOWN)
    assert isinstance(outcome_of(scenario.edits(tmp_path)[0], policy_for(tmp_path)), Committed)
    assert os.listxattr(path) == []
    assert status_of(path) == before


@pytest.mark.parametrize("change", [with_first_and_last_changed, with_more_cards])
def test_inode_is_kept_in_place_only(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_bytes(plate())
    inode = path.stat().st_ino
    outcome = outcome_of(edit_of(path, change), policy_for(tmp_path))
    assert isinstance(outcome, Committed)
    assert (path.stat().st_ino == inode) is (outcome.protocol is Protocol.IN_PLACE)
