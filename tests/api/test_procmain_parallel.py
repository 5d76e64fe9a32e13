"""`procmain -j`: the same as without, and no worker takes the run down with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_fitsproc import api

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system can't fork")


class Mess(api.FileProcessor):
    """Gathers names on itself."""

    def _createAuxiliaries(self, dd: Any) -> None:
        self.mess: list[str] = ["first"]

    def process(self, srcName: str) -> None:
        self.mess.append(os.path.basename(srcName))


def names(count: int) -> list[str]:
    return [f"f{number:04d}.fits" for number in range(count)]


def closing_line(run: Any) -> str:
    return str(run.out).rpartition("\r")[2]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 300])
@pytest.mark.parametrize("jobs", ["-j2", "-j4"])
def test_lists_are_joined_in_source_order(archive, many, count, jobs):
    many(count)
    run = archive.procmain(Mess, jobs)
    assert run.processor.mess == ["first", *names(count)]
    assert closing_line(run) == f"{count} files processed, 0 files with errors\n"
    assert run.processor.exitcode == 0


def test_slow_files_are_shared_out_one_by_one(archive, many):
    many(6)

    class Slow(api.FileProcessor):
        pids: list[int] = []  # noqa: RUF012

        def process(self, srcName: str) -> None:
            time.sleep(0.15)
            self.pids.append(os.getpid())

    pids = archive.procmain(Slow, "-j3").processor.pids
    assert sorted(Counter(pids).values()) == [2, 2, 2]
    assert os.getpid() not in pids


def test_report_with_j_classifies_and_does_not_process(archive, many):
    many(20)

    class Both(Mess):
        def classify(self, srcName: str) -> str:
            return "even" if int(srcName[-9:-5].strip("f")) % 2 == 0 else "odd"

    run = archive.procmain(Both, "--report", "--verbose", "-j2")
    assert run.processor.mess == ["first"]
    assert "10  even\n10   odd\n" in run.out
    alone = archive.procmain(Both, "--report", "--verbose")
    assert run.out == alone.out


def test_errors_are_counted_and_named_as_without_j(archive, many):
    paths = many(50)

    class Failing(api.FileProcessor):
        def process(self, srcName: str) -> None:
            if srcName.endswith("7.fits"):
                raise ValueError("seven")
            if srcName.endswith("8.fits"):
                raise api.SkipThis("eight")

    alone, run = archive.procmain(Failing), archive.procmain(Failing, "-j2")
    assert closing_line(run) == closing_line(alone) == "45 files processed, 5 files with errors\n"
    assert sorted(run.err.splitlines()) == alone.err.splitlines()
    assert f"Skipping source {paths[17]}: (ValueError, ValueError('seven'))" in run.err
    assert run.processor.exitcode == 1


def test_bail_with_j_ends_with_one_traceback_and_does_not_hang(archive, many):
    paths = many(500)

    class Failing(api.FileProcessor):
        def process(self, srcName: str) -> None:
            time.sleep(0.001)
            if srcName == paths[3]:
                raise ValueError("three")

    run = archive.procmain(Failing, "--bail", "-j2")
    assert run.status == 1
    assert run.err.startswith(f"*** {paths[3]}\nTraceback")
    assert run.err.endswith("ValueError: three\n")
    assert "processed" not in run.out
    assert run.out.count("\r") < 400


@pytest.mark.parametrize(
    ("death", "words"),
    [
        (lambda: os._exit(7), "it exited with status 7"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "it was killed by SIGKILL"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), "it was killed by SIGTERM"),
    ],
)
def test_a_worker_that_dies_names_its_file_and_the_others_go_on(archive, many, tmp_path, death, words):
    paths = many(120)
    deadly = {paths[0], paths[50], paths[51], paths[119]}
    log = tmp_path / "log"

    class Dying(Mess):
        def process(self, srcName: str) -> None:
            with log.open("a") as file:
                file.write(srcName + "\n")
            if srcName in deadly:
                death()
            time.sleep(0.002)
            super().process(srcName)

    run = archive.procmain(Dying, "-j2")
    assert closing_line(run) == "120 files processed, 4 files with errors\n"
    error = f"the process that worked at this file has died: {words}"
    skipped = [f"Skipping source {path}: (WorkerDied, WorkerDied('{error}'))" for path in sorted(deadly)]
    assert sorted(line for line in run.err.splitlines() if line.startswith("Skipping")) == skipped
    assert Counter(log.read_text().split()) == dict.fromkeys(paths, 1), "each file is run once"


def test_what_a_dead_worker_had_gathered_is_kept_where_files_take_time(archive, many):
    paths = many(12)

    class Dying(Mess):
        def process(self, srcName: str) -> None:
            time.sleep(0.03)
            if srcName == paths[6]:
                os._exit(1)
            super().process(srcName)

    run = archive.procmain(Dying, "-j2")
    assert run.processor.mess == ["first", *(name for name in names(12) if name != "f0006.fits")]


def test_what_a_dead_worker_had_gathered_and_not_sent_is_told(archive, many):
    paths = many(400)

    class Dying(Mess):
        def _createAuxiliaries(self, dd: Any) -> None:
            super()._createAuxiliaries(dd)
            # Makes looking at what was gathered slow, so that it is done rarely.
            self.ballast = {number: str(number) for number in range(50_000)}

        def process(self, srcName: str) -> None:
            super().process(srcName)
            if srcName == paths[399]:
                os._exit(1)

    run = archive.procmain(Dying, "-j2")
    assert closing_line(run).startswith("400 files processed, 1 files with errors\n")
    assert "size.py: warning: self may lack what " in run.err
    assert run.err.endswith(" files left on it: their process has died\n")
    assert run.processor.exitcode == 1


def test_a_worker_that_dies_with_a_child_that_holds_its_pipe_is_noticed(archive, many):
    paths = many(4)

    class Leaving(api.FileProcessor):
        def process(self, srcName: str) -> None:
            if srcName == paths[1]:
                if os.fork() == 0:
                    time.sleep(5)
                    os._exit(0)
                os._exit(3)

    begin = time.monotonic()
    run = archive.procmain(Leaving, "-j2")
    assert closing_line(run) == "4 files processed, 1 files with errors\n"
    assert "it exited with status 3" in run.err
    assert time.monotonic() - begin < 4.5


@pytest.mark.parametrize(("code", "status"), [(3, 3), (None, None), ("sorry", "sorry")])
def test_sys_exit_in_a_worker_ends_the_program_with_its_status(archive, many, code, status):
    paths = many(200)

    class Leaving(api.FileProcessor):
        def process(self, srcName: str) -> None:
            time.sleep(0.001)
            if srcName == paths[5]:
                raise SystemExit(code)

    run = archive.procmain(Leaving, "-j2")
    assert run.processor is None
    assert run.status == status
    assert "processed" not in run.out


class Awkward(Exception):
    """Can't be unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def test_exceptions_that_cannot_be_unpickled_are_reported_as_they_are(archive, many):
    paths = many(100)

    class Raising(api.FileProcessor):
        def process(self, srcName: str) -> None:
            if srcName.endswith("3.fits"):
                raise Awkward(1, 2)

    run = archive.procmain(Raising, "-j2")
    assert closing_line(run) == "100 files processed, 10 files with errors\n"
    assert f"Skipping source {paths[13]}: (Awkward, Awkward('1 and 2'))\n" in run.err


def test_results_that_cannot_be_pickled_do_not_matter(archive, many):
    many(100)

    class Returning(api.FileProcessor):
        def process(self, srcName: str) -> object:
            return lambda: None

    run = archive.procmain(Returning, "-j2")
    assert closing_line(run) == "100 files processed, 0 files with errors\n"


def test_identifiers_that_cannot_be_pickled_are_errors_and_the_others_go_on(archive):
    class Odd(Mess):
        def iterIdentifiers(self) -> Any:
            yield from ("potsdam/data/a.fits", lambda: None, "potsdam/data/b.fits", lambda: None)

    run = archive.procmain(Odd, "-j2")
    assert run.processor.mess == ["first", "a.fits", "b.fits"]
    assert closing_line(run) == "4 files processed, 2 files with errors\n"
    assert "Skipping source function-1: (NotSendable" in run.err
    assert "use -j1" in run.err


def test_an_error_in_iteridentifiers_is_raised_and_leaves_no_process(archive):
    class Broken(Mess):
        def iterIdentifiers(self) -> Any:
            yield "potsdam/data/a.fits"
            raise LookupError("table")

    with pytest.raises(LookupError, match="table"):
        archive.procmain(Broken, "-j2")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_an_interrupt_ends_all_workers_after_they_cleaned_up(archive, many, tmp_path):
    many(8)

    class Slow(api.FileProcessor):
        def process(self, srcName: str) -> None:
            marker = tmp_path / os.path.basename(srcName)
            marker.touch()
            try:
                time.sleep(30)
            finally:
                marker.unlink()

    def interrupt_when_they_work() -> None:
        while len(list(tmp_path.glob("*.fits"))) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt_when_they_work)
    thread.start()
    run = archive.procmain(Slow, "-j2")
    thread.join()
    assert (run.status, run.out, run.err) == (2, "", "")
    assert list(tmp_path.glob("*.fits")) == []
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_worker_that_ignores_the_interrupt_is_killed(archive, many, monkeypatch):
    many(4)
    monkeypatch.setattr("pytest_fitsproc.processing.child._GRACE", 0.2)

    class Stubborn(api.FileProcessor):
        def process(self, srcName: str) -> None:
            if srcName.endswith("0.fits"):
                raise ValueError("bail")
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            time.sleep(30)

    run = archive.procmain(Stubborn, "-j2", "--bail")
    assert run.status == 1
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


SLOW_SCRIPT = """
import os, sys, time
from pytest_fitsproc import api

class Slow(api.FileProcessor):
    def process(self, srcName):
        open(os.path.join(self.dd.rd.resdir, f"{os.getpid()}.pid"), "w").close()
        time.sleep(0.1)

if __name__ == "__main__":
    api.procmain(Slow, "potsdam/q", "import")
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc to look for processes")
def test_workers_end_when_their_parent_is_killed(archive, many):
    many(1000)
    script = archive.write("bin/slow.py", SLOW_SCRIPT)
    parent = subprocess.Popen([sys.executable, script, "-j2"], env=archive.environ, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(list(archive.resdir.glob("*.pid"))) == 2)
    parent.kill()
    parent.wait()
    pids = [path.stem for path in archive.resdir.glob("*.pid")]
    wait_until(lambda: not any(is_running(pid) for pid in pids))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it has not come to pass"
        time.sleep(0.02)


def is_running(pid: str) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class TestOutput:
    def test_printed_lines_are_whole(self, archive, many):
        many(200)

        class Talking(api.FileProcessor):
            def process(self, srcName: str) -> None:
                name = os.path.basename(srcName)
                for part in (name, " ", "is ", "x" * 3000, " ", name):
                    print(part, end="", flush=True)
                print()

        run = archive.procmain(Talking, "-j4")
        lines = sorted(line for line in run.out.replace("\r", "\n").split("\n") if "is " in line)
        assert lines == [f"{name} is {'x' * 3000} {name}" for name in names(200)]

    def test_a_line_without_end_is_shown_although_its_worker_dies(self, archive, many):
        paths = many(3)

        class Dying(api.FileProcessor):
            def process(self, srcName: str) -> None:
                if srcName == paths[1]:
                    print("last words", end="", flush=True)
                    os._exit(1)

        assert "last words\n" in archive.procmain(Dying, "-j2").out

    def test_stderr_and_text_beyond_ascii_come_through(self, archive):
        class Talking(api.FileProcessor):
            def process(self, srcName: str) -> None:
                print("Größe", srcName, file=sys.stderr)
                sys.stdout.buffer.write(b"raw\n")

        run = archive.procmain(Talking, "-j2", "--filter=a.fits")
        assert run.err == f"Größe {archive.path('a.fits')}\n"
        assert "raw\n" in run.out


class TestGathered:
    def test_sets_and_dictionaries_are_united_and_numbers_summed(self, archive, many):
        many(150)

        class Gathering(api.FileProcessor):
            shared: list[str] = []  # noqa: RUF012

            def _createAuxiliaries(self, dd: Any) -> None:
                self.names = {"none"}
                self.kinds = frozenset({"none"})
                self.sizes = {"none": 0}
                self.by_end: dict[str, list[str]] = defaultdict(list)
                self.ends: Counter[str] = Counter()
                self.plain: dict[str, int] = {}
                self.count, self.weight = 10, 0.5

            def process(self, srcName: str) -> None:
                name = os.path.basename(srcName)
                self.names.add(name)
                self.kinds |= {name[-6]}
                self.sizes[name] = os.path.getsize(srcName)
                self.by_end[name[-6]].append(name)
                self.ends[name[-6]] += 1
                self.plain[name[-6]] = self.plain.get(name[-6], 0) + 1
                self.count += 1
                self.weight += 0.25
                self.shared.append(name)

        def gathered(*arguments: str) -> dict[str, Any]:
            Gathering.shared = []
            processor = archive.procmain(Gathering, *arguments).processor
            values = {name: value for name, value in vars(processor).items() if name[0] != "_"}
            del values["opts"], values["dd"]
            return {**values, "shared": processor.shared}

        parallel, alone = gathered("-j3"), gathered()
        assert parallel == alone
        assert alone["count"] == 160
        assert type(parallel["by_end"]) is defaultdict
        assert type(parallel["ends"]) is Counter

    def test_what_cannot_be_put_together_is_an_error_that_names_it_and_gather(self, archive, many):
        many(40)

        class Scratching(Mess):
            last = ""

            def process(self, srcName: str) -> None:
                super().process(srcName)
                self.last = srcName
                time.sleep(0.01)

        run = archive.procmain(Scratching, "-j2")
        assert run.status == 1
        assert closing_line(run).startswith("40 files processed, 0 files with errors\n")
        assert run.err.startswith("size.py: error: self.last was set to several things, one of them a str")
        assert "gather" in run.err
        assert run.err.count("\n") == 1
        assert archive.procmain(Scratching).status is None

    def test_what_cannot_be_pickled_and_changes_is_an_error(self, archive, many):
        many(40)

        class Handles(api.FileProcessor):
            def _createAuxiliaries(self, dd: Any) -> None:
                self.calls = [lambda: None]
                self.lock = threading.Lock()

            def process(self, srcName: str) -> None:
                with self.lock:
                    self.calls.append(lambda: None)

        run = archive.procmain(Handles, "-j2")
        assert run.status == 1
        assert "self.calls was set to something that can't be sent from one process to another" in run.err
        assert "lock" not in run.err

    def test_what_is_filled_alike_by_all_workers_is_no_error(self, archive, many):
        many(40)

        class Lazy(api.FileProcessor):
            catalogue: dict[str, int] | None = None

            def process(self, srcName: str) -> None:
                if self.catalogue is None:
                    self.catalogue = {"plate": 3, "other": 4}
                time.sleep(0.005)

        assert archive.procmain(Lazy, "-j2").processor.catalogue == {"plate": 3, "other": 4}

    def test_the_descriptor_on_the_processor_is_not_gathered(self, archive, many):
        many(10)

        class Holding(Mess):
            def _createAuxiliaries(self, dd: Any) -> None:
                super()._createAuxiliaries(dd)
                self.rd, self.source_of = dd.rd, self.process

            def process(self, srcName: str) -> None:
                self.rd.getById("main")
                super().process(srcName)

        processor = archive.procmain(Holding, "-j2").processor
        assert processor.rd is processor.dd.rd
        assert len(processor.mess) == 11
