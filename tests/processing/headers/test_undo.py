"""Runs that edited headers are undone: every file is bit for bit what it was."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.fits.blocks import end_offset, split_cards
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.rewrite import RewritePolicy, recover
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.processing.headers.logged_run import LoggedArchive, find_run
from pytest_fitsproc.processing.headers.proposal import Proposal, edit_of
from pytest_fitsproc.processing.headers.undo import NotUndone, Result, Undone, undo
from pytest_fitsproc.processing.headers.writing import Writing

BLOCK = 2880


def card(keyword: str, value: object) -> bytes:
    return f"{keyword:8}= {value!s:>20}".ljust(80).encode()


def fits_content(n_keys: int, data_size: int = 100, n_extensions: int = 1) -> bytes:
    """A FITS file with as many keywords in each of its headers, and data behind each."""
    structure = [card("BITPIX", 8), card("NAXIS", 1), card("NAXIS1", data_size)]
    keys = [card(f"KEY{number}", number) for number in range(n_keys)]
    data = bytes(number % 256 for number in range(data_size)).ljust(-(-data_size // BLOCK) * BLOCK, b"\0")
    extension = [b"XTENSION= 'IMAGE   '".ljust(80), *structure, card("PCOUNT", 0), card("GCOUNT", 1), *keys]
    primary = lay_out(b"".join([card("SIMPLE", "T"), *structure, *keys]), 1) + data
    return primary + (lay_out(b"".join(extension), 1) + data) * n_extensions


class Archive:
    """A resource directory with files, their log, and what writes them."""

    def __init__(self, resdir: Path, *, syncs: bool = False) -> None:
        self.resdir = resdir
        self.log = EditLog(str(resdir / ".fitsproc" / "edits.sqlite"), syncs=syncs)
        self.policy = RewritePolicy((str(resdir),), str(resdir / ".fitsproc" / "journals"), syncs=syncs)

    def add(self, name: str, content: bytes) -> Path:
        path = self.resdir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def edit(
        self, run: str, *files: Path, processor: str = "p", hdus: tuple[int, ...] = (0,), **cards: object
    ) -> None:
        """Have a run set cards in the headers of files; one with the value None goes."""
        proposals = [[proposal(path, hdu_index, cards) for hdu_index in hdus] for path in files]
        assert Writing(self.policy, self.log, run).write(proposals, processor) == [None] * len(files)

    def undo(self, run: str | None = None) -> list[Result]:
        return undo(find_run([LoggedArchive(self.log, self.policy)], run))

    def content(self) -> dict[str, bytes]:
        """All files but the state of the runs."""
        paths = [path for path in self.resdir.rglob("*") if path.is_file() and ".fitsproc" not in path.parts]
        return {str(path.relative_to(self.resdir)): path.read_bytes() for path in paths}


def proposal(path: Path, hdu_index: int, cards: dict[str, object]) -> Proposal:
    with FitsFile(str(path)) as file:
        seen, old = file.status, file.header_bytes(hdu_index)
    return Proposal(str(path), hdu_index, old, with_cards(old, cards), seen)


def with_cards(old: bytes, cards: dict[str, object]) -> bytes:
    """A header in which cards are set, added or, where the value is None, removed."""
    present = {raw[:8].decode().rstrip(): raw for raw in split_cards(old[: end_offset(old)])}
    present.pop("", None)
    for keyword, value in cards.items():
        if value is None:
            present.pop(keyword, None)
        else:
            present[keyword] = card(keyword, value)
    return lay_out(b"".join(present.values()), 1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "res")


def test_an_edited_file_is_what_it_was(archive):
    path = archive.add("data/a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    assert archive.content() != before
    assert archive.undo() == [Undone(str(path))]
    assert archive.content() == before


def test_a_file_that_was_edited_several_times_is_written_once(archive):
    path = archive.add("a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    archive.edit("r1", path, processor="q", KEY3=78, NEW=1)
    archive.edit("r1", path, processor="r", NEW=None, KEY4=0)
    assert archive.undo("r1") == [Undone(str(path))]
    assert archive.content() == before
    (edit,) = archive.log.edits("undo-of-r1")
    assert edit.processor == "undo"


@pytest.mark.parametrize(("before", "after"), [(10, 60), (60, 10), (10, 31)])
def test_headers_get_their_number_of_blocks_back(archive, before, after):
    path = archive.add("a.fits", fits_content(before))
    archived = archive.content()
    more = {f"KEY{number}": number if number < after else None for number in range(max(before, after))}
    archive.edit("r1", path, hdus=(0, 1), **more)
    assert archive.undo() == [Undone(str(path))]
    assert archive.content() == archived


def test_an_undo_can_be_undone_and_that_again(archive):
    path = archive.add("a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77, hdus=(0, 1))
    after = archive.content()
    assert archive.undo() == [Undone(str(path))]
    assert archive.undo("undo-of-r1") == [Undone(str(path))]
    assert archive.content() == after
    assert archive.undo("r1") == [Undone(str(path))]
    assert archive.content() == before
    assert [run.name for run in archive.log.runs()] == [
        "r1",
        "undo-of-r1",
        "undo-of-undo-of-r1",
        "undo-of-r1-2",
    ]


def test_to_undo_twice_does_no_harm(archive):
    path = archive.add("a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    archive.undo()
    assert archive.undo() == [Undone(str(path), was_old=True)]
    assert archive.content() == before
    assert [run.name for run in archive.log.runs()] == ["r1", "undo-of-r1"]


def test_only_the_last_run_is_undone(archive):
    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77)
    between = archive.content()
    archive.edit("r2", path, KEY3=78)
    assert archive.undo() == [Undone(str(path))]
    assert archive.content() == between


def test_an_earlier_run_waits_for_those_after_it(archive):
    path = archive.add("a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    archive.edit("r2", path, KEY3=78)
    after = archive.content()
    reason = "the run 'r2' has edited the header of HDU 0 since; undo that first"
    assert archive.undo("r1") == [NotUndone(str(path), reason)]
    assert archive.content() == after
    archive.undo("r2")
    assert archive.undo("r1") == [Undone(str(path))]
    assert archive.content() == before


def test_a_header_that_changed_since_is_left_alone_and_the_others_go_on(archive):
    changed = archive.add("a.fits", fits_content(10))
    other = archive.add("b.fits", fits_content(12))
    before = other.read_bytes()
    archive.edit("r1", changed, other, KEY3=77)
    changed.write_bytes(changed.read_bytes().replace(b"KEY4 ", b"KEY_ ", 1))
    found = changed.read_bytes()
    reason = "the header of HDU 0 has changed since, and is left as it is"
    assert archive.undo() == [NotUndone(str(changed), reason), Undone(str(other))]
    assert changed.read_bytes() == found
    assert other.read_bytes() == before


def test_data_that_changed_since_are_no_matter(archive):
    path = archive.add("a.fits", fits_content(10, n_extensions=0))
    old = path.read_bytes()
    archive.edit("r1", path, KEY3=77)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert archive.undo() == [Undone(str(path))]
    assert path.read_bytes() == old[:-1] + b"x"


def test_one_header_of_several_that_changed_keeps_them_all(archive):
    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77, hdus=(0, 1))
    content = path.read_bytes()
    position = content.rindex(b"KEY4 ")
    path.write_bytes(content[:position] + b"KEY_ " + content[position + 5 :])
    found = path.read_bytes()
    (result,) = archive.undo()
    assert result == NotUndone(str(path), "the header of HDU 1 has changed since, and is left as it is")
    assert path.read_bytes() == found


def test_edits_that_were_noted_and_not_made_are_skipped(archive):
    path = archive.add("a.fits", fits_content(10))
    never = archive.add("b.fits", fits_content(10))
    before = archive.content()
    archive.log.note("r1", "p", [edit_of([proposal(never, 0, {"KEY3": 5})])])
    archive.edit("r1", path, KEY3=77)
    archive.log.note("r1", "p", [edit_of([proposal(path, 0, {"KEY3": 78})])])
    assert archive.undo() == [Undone(str(never), was_old=True), Undone(str(path))]
    assert archive.content() == before


def test_an_edit_between_others_that_was_not_made_is_skipped(archive):
    path = archive.add("a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    archive.log.note("r1", "p", [edit_of([proposal(path, 0, {"KEY3": 78})])])
    archive.edit("r1", path, KEY3=79)
    assert archive.undo() == [Undone(str(path))]
    assert archive.content() == before


def test_a_file_that_came_back_from_elsewhere_is_old_already(archive):
    path = archive.add("a.fits", fits_content(10))
    before = path.read_bytes()
    archive.edit("r1", path, KEY3=77)
    archive.edit("r1", path, KEY3=78)
    path.write_bytes(before)
    assert archive.undo() == [Undone(str(path), was_old=True)]


def test_a_file_edited_by_two_names_is_one_file(archive):
    path = archive.add("a.fits", fits_content(10))
    link = archive.resdir / "link.fits"
    link.symlink_to("a.fits")
    before = path.read_bytes()
    archive.edit("r1", path, KEY3=77)
    archive.edit("r1", link, KEY3=78)
    assert archive.undo() == [Undone(str(link))]
    assert path.read_bytes() == before
    assert link.is_symlink()


def test_what_is_gone_read_only_linked_or_cut_off_is_told_and_the_others_go_on(archive):
    names = ["gone", "read_only", "hard_link", "short", "fine"]
    paths = {name: archive.add(f"{name}.fits", fits_content(10)) for name in names}
    before = paths["fine"].read_bytes()
    archive.edit("r1", *paths.values(), KEY3=77)
    paths["gone"].unlink()
    paths["read_only"].chmod(0o444)
    os.link(paths["hard_link"], archive.resdir / "second_name")
    paths["short"].write_bytes(paths["short"].read_bytes()[:1000])
    results = {Path(result.path).stem: result for result in archive.undo()}
    assert results.pop("fine") == Undone(str(paths["fine"]))
    assert paths["fine"].read_bytes() == before
    reasons = {name: result.reason for name, result in results.items()}
    assert reasons["gone"] == "there is no such file (any more)"
    assert reasons["read_only"] == "is read-only; chmod u+w it to have it written"
    assert reasons["hard_link"] == "is a hard link, one of 2 names of the same file"
    assert "END" in reasons["short"]
    assert {edit.path for edit in archive.log.edits("undo-of-r1")} == {str(paths["fine"])}


def test_a_locked_file_is_told(archive):
    import fcntl

    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert archive.undo() == [NotUndone(str(path), "is locked: another process is writing it")]


def test_a_file_outside_the_roots_is_not_written(archive):
    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77)
    elsewhere = RewritePolicy((str(archive.resdir / "other"),), archive.policy.journals, syncs=False)
    (result,) = undo(find_run([LoggedArchive(archive.log, elsewhere)]))
    assert isinstance(result, NotUndone)
    assert "files are written only below" in result.reason


def test_many_files_are_undone_block_by_block(archive):
    paths = [archive.add(f"{number}.fits", fits_content(10)) for number in range(7)]
    before = archive.content()
    archive.edit("r1", *paths, KEY3=77)
    paths[3].unlink()
    results = undo(find_run([LoggedArchive(archive.log, replace(archive.policy, files_per_block=3))]))
    assert [type(result) for result in results] == [Undone] * 3 + [NotUndone] + [Undone] * 3
    assert archive.content().items() == before.items() - {("3.fits", before["3.fits"])}
    assert archive.log.runs()[-1].files == 6


def test_a_header_that_was_repaired_is_not_made_faulty_again(archive):
    content = fits_content(10, n_extensions=0)
    path = archive.add("a.fits", content[: BLOCK - 5] + b"trash" + content[BLOCK:])
    archive.edit("r1", path, KEY3=77)
    edited = path.read_bytes()
    reason = "HDU 0: the new header has more than blanks after END"
    assert archive.undo() == [NotUndone(str(path), reason)]
    assert path.read_bytes() == edited


def test_a_moved_resource_directory_is_undone_where_it_is(archive, tmp_path):
    path = archive.add("data/a.fits", fits_content(10))
    before = archive.content()
    archive.edit("r1", path, KEY3=77)
    shutil.move(archive.resdir, tmp_path / "moved")
    moved = Archive(tmp_path / "moved")
    assert moved.undo() == [Undone(str(tmp_path / "moved/data/a.fits"))]
    assert moved.content() == before


def test_a_damaged_note_is_told(archive):
    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77)
    edited = path.read_bytes()
    with closing(sqlite3.connect(archive.log.path)) as connection, connection:
        connection.execute("UPDATE headers SET packed = x'00'")
    reason = "what the log says of the old header of HDU 0 is damaged"
    assert archive.undo() == [NotUndone(str(path), reason)]
    assert path.read_bytes() == edited


def test_a_log_that_can_not_be_written_keeps_the_files_as_they_are(archive):
    path = archive.add("a.fits", fits_content(10))
    archive.edit("r1", path, KEY3=77)
    edited = path.read_bytes()
    log = EditLog(archive.log.path, patience_s=0.1)
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (result,) = undo(find_run([LoggedArchive(log, archive.policy)]))
    assert isinstance(result, NotUndone)
    assert result.reason.startswith(f"{log.path}: is locked by another process")
    assert path.read_bytes() == edited


def test_a_run_that_is_not_there_is_told_with_those_that_are(archive):
    with pytest.raises(NotFoundError, match="there is no run to undo; the last runs are: none"):
        archive.undo()
    archive.edit("r1", archive.add("a.fits", fits_content(10)), KEY3=77)
    with pytest.raises(NotFoundError, match="there is no run 'r7'; the last runs are: 'r1'"):
        archive.undo("r7")


EDITS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sets(st.integers(0, 1), min_size=1),
        st.dictionaries(
            st.integers(0, 70).map(lambda number: f"KEY{number}"),
            st.none() | st.integers(0, 9),
            min_size=1,
            max_size=45,
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=int(os.environ.get("FITSPROC_UNDO_EXAMPLES", "40")), deadline=None)
@given(st.lists(st.integers(0, 70), min_size=3, max_size=3), EDITS)
def test_any_chain_of_edits_is_undone_and_the_undo_is_undone(sizes, edits):
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        paths = [archive.add(f"{index}.fits", fits_content(size)) for index, size in enumerate(sizes)]
        before = archive.content()
        for index, hdus, cards in edits:
            archive.edit("r1", paths[index], hdus=tuple(hdus), **cards)
        after = archive.content()
        assert not [result for result in archive.undo() if isinstance(result, NotUndone)]
        assert archive.content() == before
        if before != after:
            assert not [result for result in archive.undo("undo-of-r1") if isinstance(result, NotUndone)]
            assert archive.content() == after
        assert sorted(os.listdir(folder)) == [".fitsproc", "0.fits", "1.fits", "2.fits"]


UNDO = """
import sys
from pytest_fitsproc.fits.rewrite import RewritePolicy
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.processing.headers.logged_run import LoggedArchive, find_run
from pytest_fitsproc.processing.headers.undo import undo
resdir = sys.argv[1]
log = EditLog(resdir + "/.fitsproc/edits.sqlite", syncs=False)
policy = RewritePolicy((resdir,), resdir + "/.fitsproc/journals", syncs=False, files_per_block=5)
import sqlite3, zlib  # loaded before the clock runs
print("ready", flush=True)
undo(find_run([LoggedArchive(log, policy)]))
"""


@pytest.mark.slow
def test_an_undo_that_was_killed_is_begun_again(tmp_path):
    partly = 0
    for number in range(int(os.environ.get("FITSPROC_UNDO_KILLS", "60"))):
        archive = Archive(tmp_path / str(number))
        paths = [archive.add(f"{index:02d}.fits", fits_content(20 + index)) for index in range(40)]
        before = archive.content()
        archive.edit("r1", *paths, KEY3=77)
        archive.edit("r1", *paths[::2], **{f"MORE{index}": index for index in range(30)})
        after = archive.content()
        undoing = subprocess.Popen(
            [sys.executable, "-c", UNDO, str(archive.resdir)], stdout=subprocess.PIPE, text=True
        )
        assert undoing.stdout is not None
        undoing.stdout.readline()
        time.sleep(number * 0.0007)
        undoing.send_signal(signal.SIGKILL)
        undoing.communicate()
        recover(archive.policy)
        found = archive.content()
        partly += found not in (before, after)
        assert found.keys() == before.keys()
        assert all(found[name] in (before[name], after[name]) for name in found)
        assert not [result for result in archive.undo() if isinstance(result, NotUndone)]
        assert archive.content() == before
        shutil.rmtree(archive.resdir)
    print(f"{partly} undos were killed between their files")
