"""Workers without a program around them; `tests/api/test_procmain_parallel.py` shows them at work."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.ending import Ending
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.outcome import Verdict
from pytest_fitsproc.processing.self_state import SelfState
from pytest_fitsproc.processing.workers import Workers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system can't fork")


@pytest.fixture
def dd(tmp_path):
    found = ad_hoc_descriptor(".", InputsDirectory(tmp_path), tmp_path)
    assert found is not None
    return found


def workers(dd, attempt, count=2):
    return of_attempts(dd, lambda some, _: map(attempt, some), count)


def of_attempts(dd, attempts, count=2):
    return Workers(attempts, SelfState(FileProcessor(None, dd)), dd, count, lambda stream, data: None)


def sources(dd, count):
    return (Source(f"{dd.rd.resdir}/f{number}.fits", dd) for number in range(count))


def passed(source: Source) -> Ending:
    return Ending(Verdict.PASSED, str(os.getpid()))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("files", [0, 1, 7, 3000])
def test_every_source_ends_once_under_its_place(dd, count, files):
    ended = list(workers(dd, passed, count).run(sources(dd, files)))
    assert sorted(place for place, _, _ in ended) == list(range(files))
    assert all(source.stem == f"f{place}" for place, source, _ in ended)
    assert len({ending.label for _, _, ending in ended}) <= count


def test_workers_get_consecutive_files(dd):
    ended = list(workers(dd, passed).run(sources(dd, 3000)))
    owners = [ending.label for _, _, ending in sorted(ended, key=lambda entry: entry[0])]
    changes = sum(one != other for one, other in itertools.pairwise(owners))
    assert changes < 100


def test_no_more_files_are_listed_than_are_worked_at(dd):
    listed = []

    def slow(source: Source) -> Ending:
        time.sleep(0.1)
        return passed(source)

    def listing():
        for source in sources(dd, 100):
            listed.append(source)
            yield source

    run = workers(dd, slow).run(listing())
    next(run)
    assert len(listed) <= 4
    run.close()


def test_closing_the_iterator_leaves_no_process(dd):
    before = children()
    run = workers(dd, passed).run(sources(dd, 1000))
    next(run)
    assert children() != before
    run.close()
    assert children() == before


def children() -> set[str]:
    """Processes that this one has started; other tests may have left some."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def test_no_descriptor_is_left_open(dd):
    before = set(os.listdir("/dev/fd"))
    list(workers(dd, passed, 4).run(sources(dd, 50)))
    assert set(os.listdir("/dev/fd")) == before


def test_no_more_processes_are_forked_than_there_are_files(dd):
    ended = list(workers(dd, passed, 8).run(sources(dd, 3)))
    assert len(Counter(ending.label for _, _, ending in ended)) <= 3


def test_each_file_may_kill_its_worker(dd):
    def deadly(source: Source) -> Ending:
        os._exit(9)

    ended = list(workers(dd, deadly).run(sources(dd, 10)))
    assert sorted(place for place, _, _ in ended) == list(range(10))
    assert {ending.verdict for _, _, ending in ended} == {Verdict.FAILED}
    assert all("it exited with status 9" in ending.error for _, _, ending in ended)


def test_files_that_waited_for_one_that_kills_its_worker_are_run_again(dd):
    """And it alone is an error, wherever it is among them."""

    def deadly(some, announce):
        waiting = []
        for source in some:
            if source.stem in ("f5", "f17"):
                os._exit(9)
            waiting.append(passed(source))
        announce()
        yield from waiting

    ended = sorted(of_attempts(dd, deadly).run(sources(dd, 40)), key=lambda entry: entry[0])
    assert [place for place, _, _ in ended] == list(range(40))
    failed = [(source.stem, ending.error) for _, source, ending in ended if ending.error]
    assert [stem for stem, _ in failed] == ["f5", "f17"]
    assert all("the process that worked at this file has died" in error for _, error in failed)


def test_files_that_a_worker_was_writing_when_it_died_are_errors_and_not_run_again(dd, tmp_path):
    log = tmp_path / "log"

    def deadly(some, announce):
        waiting = []
        for source in some:
            with log.open("a") as file:
                file.write(f"{source.stem}\n")
            waiting.append(passed(source))
        announce()
        if "f5\n" in log.read_text() and not (tmp_path / "died").exists():
            (tmp_path / "died").touch()
            os._exit(9)
        yield from waiting

    ended = sorted(of_attempts(dd, deadly, 1).run(sources(dd, 40)), key=lambda entry: entry[0])
    assert [place for place, _, _ in ended] == list(range(40))
    failed = [source.stem for _, source, ending in ended if ending.error]
    assert "f5" in failed
    assert all(
        "the process that wrote this file has died" in ending.error for *_, ending in ended if ending.error
    )
    assert Counter(log.read_text().split()) == {f"f{number}": 1 for number in range(40)}
