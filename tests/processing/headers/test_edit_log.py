"""The log of edits: what it keeps, for whom, and what it says when it can't."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.rewrite import Edit, HeaderChange
from pytest_fitsproc.processing.headers.edit_database import EditLogError
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.processing.headers.noted import NotedChange, sha256

OLD = lay_out(
    b"".join([f"KEY{number:<5}= {number * 7919 % 10007}".ljust(80).encode() for number in range(170)]), 5
)
NEW = OLD.replace(b"= 7919 ", b"= 1234 ")


def an_edit(path: str) -> Edit:
    return Edit(path, (HeaderChange(OLD, NEW),))


@pytest.fixture
def resdir(tmp_path: Path) -> Path:
    (tmp_path / "res").mkdir()
    return tmp_path / "res"


@pytest.fixture
def log(resdir: Path) -> EditLog:
    return EditLog(str(resdir / ".fitsproc" / "edits.sqlite"), syncs=False)


def stored_paths(log: EditLog) -> list[str | bytes]:
    with closing(sqlite3.connect(log.path)) as connection:
        return [path for (path,) in connection.execute("SELECT path FROM files ORDER BY number")]


def test_nothing_is_made_before_the_first_edit(log, resdir):
    assert log.runs() == []
    assert log.edits("r1") == []
    log.strike([])
    assert list(resdir.iterdir()) == []


def test_an_edit_is_listed_with_all_that_is_known_of_it(log, resdir):
    before = datetime.now(UTC) - timedelta(seconds=1)
    (number,) = log.note("r1", "add_links", [an_edit(f"{resdir}/data/a.fits")])
    (edit,) = log.edits("r1")
    assert (edit.number, edit.path, edit.run, edit.processor) == (
        number,
        f"{resdir}/data/a.fits",
        "r1",
        "add_links",
    )
    assert before <= edit.time <= datetime.now(UTC)
    (change,) = edit.changes
    assert (change.hdu_index, change.old_sha256, change.new_sha256) == (0, sha256(OLD), sha256(NEW))
    assert change.old_header(NEW) == OLD


@pytest.mark.parametrize("syncs", [True, False])
def test_each_file_gets_a_number_and_each_hdu_a_change(resdir, syncs):
    log = EditLog(str(resdir / ".fitsproc/edits.sqlite"), syncs=syncs)
    two, one = (HeaderChange(OLD, NEW), HeaderChange(OLD, NEW, 2)), (HeaderChange(OLD, NEW, 1),)
    numbers = log.note("r1", "p", [Edit(f"{resdir}/a.fits", two), Edit(f"{resdir}/b.fits", one)])
    edits = log.edits("r1")
    assert [edit.number for edit in edits] == list(numbers)
    assert [[change.hdu_index for change in edit.changes] for edit in edits] == [[0, 2], [1]]


def test_runs_are_listed_the_oldest_first(log, resdir):
    log.note("r2", "q", [an_edit(f"{resdir}/a.fits"), an_edit(f"{resdir}/b.fits")])
    log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
    log.note("r2", "p", [an_edit(f"{resdir}/b.fits")])
    assert [(run.name, run.processors, run.files) for run in log.runs()] == [
        ("r2", ("q", "p"), 2),
        ("r1", ("p",), 1),
    ]
    assert log.runs()[0].time == log.edits("r2")[0].time


def test_what_is_struck_is_gone_and_its_number_with_it(log, resdir):
    numbers = log.note("r1", "p", [an_edit(f"{resdir}/{name}.fits") for name in "abc"])
    log.strike(numbers[1:])
    assert [edit.path for edit in log.edits("r1")] == [f"{resdir}/a.fits"]
    (later,) = log.note("r1", "p", [an_edit(f"{resdir}/d.fits")])
    assert later not in numbers
    log.strike([numbers[0], later])
    assert log.runs() == []


def test_paths_below_the_resource_directory_are_kept_relative_to_it(log, resdir):
    beside = f"{resdir}-other/b.fits"
    paths = [f"{resdir}/data/a.fits", beside, f"{resdir}/data/../c.fits"]
    log.note("r1", "p", [an_edit(path) for path in paths])
    assert stored_paths(log) == ["data/a.fits", beside, "c.fits"]
    assert [edit.path for edit in log.edits("r1")] == [paths[0], beside, f"{resdir}/c.fits"]


@pytest.mark.parametrize("name", [b"pl\xe4t\xff.fits", "plät.fits".encode(), b"a\nb'\".fits", b"%20?#.fits"])
def test_any_name_of_a_file_survives(log, resdir, name):
    path = os.path.join(str(resdir), os.fsdecode(name))
    log.note("r1", "p", [an_edit(path)])
    (edit,) = log.edits("r1")
    assert edit.path == path


def test_the_log_may_lie_in_a_directory_of_any_name(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/r\xff?mode=ro#%41")
    log = EditLog(f"{folder}/.fitsproc/edits.sqlite", syncs=False)
    log.note("r1", "p", [an_edit(f"{folder}/a.fits")])
    assert [edit.path for edit in log.edits("r1")] == [f"{folder}/a.fits"]
    assert os.listdir(f"{folder}/.fitsproc") == ["edits.sqlite"]


HEADERS = st.integers(1, 4).flatmap(
    lambda blocks: st.lists(
        st.sampled_from([b"A = 1", b"B = 2", b"COMMENT c", b"C = '\xff'", b""]), max_size=36 * blocks - 1
    ).map(lambda cards: lay_out(b"".join([card.ljust(80) for card in cards]), blocks))
)


@given(HEADERS, HEADERS)
def test_an_old_header_is_made_of_the_new_one_bit_for_bit(old, new):
    assert NotedChange.of(HeaderChange(old, new)).old_header(new) == old


@pytest.mark.parametrize("blocks", [1, 5, 6, 12, 300])
def test_a_big_header_that_changes_everywhere_is_restored(blocks):
    dice = random.Random(blocks)
    old, new = (dice.randbytes(2880 * blocks) for _ in range(2))
    assert NotedChange.of(HeaderChange(old, new)).old_header(new) == old
    mixed = b"".join(
        old[i : i + 80] if dice.random() < 0.9 else dice.randbytes(80) for i in range(0, len(old), 80)
    )
    assert NotedChange.of(HeaderChange(old, mixed)).old_header(mixed) == old


def test_an_edit_of_a_card_or_two_takes_little_room():
    moved = OLD[:80] + b"NEW     = 1".ljust(80) + OLD[80:13600] + OLD[13680:]
    assert len(NotedChange.of(HeaderChange(OLD, NEW)).packed) < 10
    assert len(NotedChange.of(HeaderChange(OLD, moved)).packed) < 500


def test_of_another_header_the_old_one_is_not_made():
    change = NotedChange.of(HeaderChange(OLD, NEW))
    assert change.old_header(NEW.replace(b"KEY5 ", b"KEY_ ")) is None
    assert NotedChange.of(HeaderChange(OLD, OLD[2880:])).old_header(NEW) is None


def in_processes(code: str, *arguments: str, count: int = 1) -> list[str]:
    """Run code in so many processes at once; return what each printed, errors too."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, *arguments, str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(count)
    ]
    return [process.communicate(timeout=120)[0].strip() for process in started]


NOTE = """
import os, sys
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.fits.rewrite import Edit, HeaderChange
resdir, number = sys.argv[1:]
log = EditLog(resdir + "/.fitsproc/edits.sqlite", syncs=False)
old, new = b"A".ljust(2880), b"B".ljust(2880)
for turn in range(20):
    paths = [f"{resdir}/{number}-{turn}-{file}" for file in range(5)]
    edits = [Edit(path, (HeaderChange(old, new),)) for path in paths]
    log.strike(list(log.note("r1", "p" + number, edits))[:1])
"""


def test_several_processes_note_at_once(log, resdir):
    assert in_processes(NOTE, str(resdir), count=4) == [""] * 4
    edits = log.edits("r1")
    assert {edit.path for edit in edits} == {
        f"{resdir}/{number}-{turn}-{file}"
        for number in range(4)
        for turn in range(20)
        for file in range(1, 5)
    }
    assert len({edit.number for edit in edits}) == len(edits) == 320


FORK = """
import os, sys
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.fits.rewrite import Edit, HeaderChange
resdir = sys.argv[1]
log = EditLog(resdir + "/.fitsproc/edits.sqlite", syncs=False)
note = lambda name: log.note("r1", "p", [Edit(resdir + name, (HeaderChange(b"a" * 80, b"b" * 80),))])
note("/before")
children = []
for number in range(4):
    if not (child := os.fork()):
        for turn in range(10):
            note(f"/{number}-{turn}")
        os._exit(0)
    children.append(child)
note("/after")
print({os.waitpid(child, 0)[1] for child in children}, len(log.edits("r1")))
"""


def test_a_log_is_used_on_both_sides_of_a_fork(resdir):
    assert in_processes(FORK, str(resdir)) == ["{0} 42"]


def test_notes_of_a_killed_process_are_all_there_or_not_at_all(log, resdir):
    code = (
        NOTE.replace("log.strike(", "print(")
        .replace("range(20)", "range(10**6)")
        .replace("[:1]", ", flush=True")
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", code, str(resdir), "0"], stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    told = [killed.stdout.readline() for _ in range(20)]
    killed.kill()
    told += killed.stdout.readlines()
    killed.wait()
    killed.stdout.close()
    noted = len(log.edits("r1"))
    assert noted % 5 == 0
    assert noted >= 5 * sum(line.endswith("]\n") for line in told)
    assert log.note("r2", "p", [an_edit(f"{resdir}/a.fits")])


def test_a_log_that_others_keep_locked_says_so(log, resdir):
    log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
    impatient = EditLog(log.path, patience_s=0.05)
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        message = "edits.sqlite: is locked by another process; wait until that has ended"
        for use in (impatient.runs, lambda: impatient.edits("r1"), lambda: impatient.strike([1])):
            with pytest.raises(EditLogError, match=message):
                use()
    assert len(log.edits("r1")) == 1


@pytest.mark.parametrize(
    "content", [b"this is no database" * 300, b"\0" * 4096, b"SQLite format 3\0" + b"\1" * 9999]
)
def test_a_file_that_is_no_database_says_so(log, content):
    Path(log.path).parent.mkdir()
    Path(log.path).write_bytes(content)
    for use in (log.runs, lambda: log.note("r1", "p", [an_edit("/a.fits")])):
        with pytest.raises(
            EditLogError, match=r"edits.sqlite: .*; move it away, the next run begins a new one"
        ):
            use()
    assert Path(log.path).read_bytes() == content


def test_the_database_of_another_program_is_not_touched(log):
    Path(log.path).parent.mkdir()
    with closing(sqlite3.connect(log.path)) as connection:
        connection.execute("CREATE TABLE files (a)")
    for use in (log.runs, lambda: log.note("r1", "p", [an_edit("/a.fits")])):
        with pytest.raises(EditLogError, match="is no log of edits; move it away"):
            use()


def test_a_log_of_a_later_version_says_so(log, resdir):
    log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
    with closing(sqlite3.connect(log.path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(EditLogError, match="has the format 7, this version knows 1"):
        log.runs()


def test_an_empty_file_is_an_empty_log(log, resdir):
    Path(log.path).parent.mkdir()
    Path(log.path).touch()
    assert log.runs() == []
    log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
    assert len(log.edits("r1")) == 1


def test_a_damaged_log_is_never_more_than_an_error(log, resdir):
    for number in range(4):
        log.note(f"r{number}", "p", [an_edit(f"{resdir}/{file}.fits") for file in range(40)])
    whole = Path(log.path).read_bytes()
    dice = random.Random(5)
    said = []
    for _ in range(int(os.environ.get("FITSPROC_DAMAGES", "150"))):
        Path(log.path).write_bytes(with_damage(whole, dice))
        for use in (log.runs, lambda: use_edits(log), lambda: log.note("r9", "p", [an_edit("/a.fits")])):
            try:
                use()
            except EditLogError as error:
                said.append(str(error))
    assert said
    assert all(line.startswith(f"{log.path}: ") and line.isprintable() for line in said)


def with_damage(content: bytes, dice: random.Random) -> bytes:
    """Return bytes of which some are others, and some at the end may be missing."""
    damaged = bytearray(content[: dice.choice([len(content), len(content), dice.randrange(len(content))])])
    for _ in range(dice.choice([1, 20, 400])):
        position = dice.randrange(len(damaged) + 1)
        damaged[position : position + 1] = dice.randbytes(1)
    return bytes(damaged)


def use_edits(log: EditLog) -> None:
    for edit in log.edits("r1"):
        for change in edit.changes:
            change.old_header(NEW)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE files SET path = 'a' || char(0) || 'b'",
        "UPDATE files SET path = 7.5",
        "UPDATE headers SET packed = 'text'",
        "UPDATE headers SET start = 'text'",
        "UPDATE notes SET time = 'yesterday'",
    ],
)
def test_values_that_nobody_wrote_are_damage(log, resdir, damage):
    log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(EditLogError, match=r"edits.sqlite: is damaged; move it away"):
        log.edits("r1")


def test_a_place_where_no_directory_can_be_says_so(resdir):
    (resdir / ".fitsproc").write_text("in the way")
    log = EditLog(str(resdir / ".fitsproc" / "edits.sqlite"))
    with pytest.raises(EditLogError, match=r"edits.sqlite: can't be made: .*(exists|ot a directory)"):
        log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])


def test_a_directory_in_the_place_of_the_log_says_so(log, resdir):
    Path(log.path).mkdir(parents=True)
    for use in (log.runs, lambda: log.note("r1", "p", [an_edit("/a.fits")])):
        with pytest.raises(EditLogError, match="can't be opened; give yourself the right"):
            use()


AS_NOBODY = """
import os, sys
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.headers.edit_log import EditLog
from pytest_fitsproc.fits.rewrite import Edit, HeaderChange
import sqlite3, zlib, urllib.parse
log = EditLog(sys.argv[1] + "/.fitsproc/edits.sqlite")
edits = [Edit(f"/{n}.fits", (HeaderChange(os.urandom(2880), os.urandom(2880)),)) for n in range(256)]
if os.geteuid() == 0 and sys.argv[2] == "drop":
    os.setuid(65534)
try:
    print(len(log.runs()), end=" ")
    log.note("r2", "p", edits)
except FitsprocError as error:
    print(error)
"""


@pytest.mark.parametrize("has_log", [True, False])
def test_a_directory_that_is_not_ours_says_so(log, resdir, has_log):
    if has_log:
        log.note("r1", "p", [an_edit(f"{resdir}/a.fits")])
        for path in (Path(log.path), Path(log.path).parent):
            path.chmod(path.stat().st_mode & ~0o222)
    resdir.chmod(0o555)
    for folder in resdir.parents:
        if Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(folder.stat().st_mode | 0o055)
    (said,) = in_processes(AS_NOBODY, str(resdir), "drop")
    if has_log:
        assert said.startswith(f"1 {log.path}: may not be written; give yourself the right to write it")
    else:
        assert said == f"0 {log.path}: can't be made: Permission denied"


def on_a_small_disk(folder: Path, require_program: Callable[[str], str], code: str) -> str:
    """Run code on a file system of 300 kB that is mounted at `folder` for it alone."""
    if os.geteuid():
        pytest.skip("only root can mount a file system")
    unshare = [require_program("unshare"), "--mount", "sh", "-c"]
    mounting = 'mount -t tmpfs -o size=300k tmpfs "$1" && exec "$2" -c "$3" "$1" keep'
    done = subprocess.run(
        [*unshare, mounting, "sh", str(folder), sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"no file system can be mounted here: {done.stderr}")
    return done.stdout.strip() + done.stderr


def test_a_full_disk_says_so_and_what_was_noted_stays(resdir, require_program):
    again = AS_NOBODY.split("try:")[1].replace("\n    ", "\n").split("except")[0]
    code = AS_NOBODY + "print(os.listdir(sys.argv[1] + '/.fitsproc'))" + again.split("log.note")[0]
    said = on_a_small_disk(resdir, require_program, code)
    log = resdir / ".fitsproc" / "edits.sqlite"
    assert said.startswith(f"0 {log}: can't be written, its disk is full; make room")
    assert said.endswith("['edits.sqlite']\n0")
    assert shutil.disk_usage(resdir).total > 300_000


def test_importing_it_imports_nothing_slow():
    code = "import sys, pytest_fitsproc.processing.headers.undo; print({'sqlite3'} & set(sys.modules))"
    assert in_processes(code) == ["set()"]
