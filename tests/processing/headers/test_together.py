"""What is proposed for many files is written together, and told when it is written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from header_files import image

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.engine import Engine, Processor
from pytest_fitsproc.processing.headers import batch
from pytest_fitsproc.processing.headers.together import Together
from pytest_fitsproc.processing.headers.writing import WriteOptions, Writings
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, SkipThis, Verdict
from pytest_fitsproc.processing.visit import Visit

NAMES = ("a.fits", "b.fits", "c.fits", "d.fits")


class Bench:
    """Four files and a processor that counts up NEW in each of them, or does something else."""

    def __init__(self, folder: Path) -> None:
        dd = ad_hoc_descriptor(".", InputsDirectory(folder), folder)
        assert dd is not None
        self.folder, self.dd = folder, dd
        self.instead: dict[str, Callable[[], object]] = {}
        self.ran: list[str] = []
        for name in NAMES:
            (folder / name).write_bytes(image("NEW     = 0"))

    def run(self, *names: str, size: int = 10) -> Iterator[Outcome]:
        sources = (Source(str(self.folder / name), self.dd) for name in names or NAMES)
        processor = Processor("new", Kind.CHECK, self._process)
        with closing(Engine(_judge)) as engine:
            writing = Together("new", WriteOptions(syncs=False), size)
            yield from writing.outcomes(sources, lambda source: engine.attempt(source, processor))

    def _process(self, visit: Visit) -> None:
        name = os.path.basename(str(visit.source))
        self.ran.append(name)
        self.instead.get(name, lambda: None)()
        header = visit.header()
        header["NEW"] += 1
        visit.propose_header(header)

    def values(self) -> list[int]:
        return [int((self.folder / name).read_bytes().partition(b"NEW     = ")[2][:20]) for name in NAMES]

    def count_of_notes(self) -> int:
        """How often the log of edits was written to."""
        with closing(sqlite3.connect(self.folder / ".fitsproc" / "edits.sqlite")) as connection:
            (count,) = connection.execute("SELECT count(*) FROM notes").fetchone()
        return int(count)


def _judge(error: BaseException) -> Verdict:
    if isinstance(error, SkipThis):
        return Verdict.SKIPPED
    if isinstance(error, Exception):
        return Verdict.FAILED
    raise error


def raising(error: BaseException) -> Callable[..., object]:
    def call(*_: object) -> object:
        raise error

    return call


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(("size", "steps"), [(1, [1, 2, 3, 4]), (3, [3, 3, 3, 4]), (10, [4, 4, 4, 4])])
def test_outcomes_are_told_when_so_many_files_are_written(bench: Bench, size: int, steps: list[int]) -> None:
    written = [sum(bench.values()) for _ in bench.run(size=size)]
    assert (written, bench.ran) == (steps, list(NAMES))


def test_outcomes_come_in_the_order_of_the_files(bench: Bench) -> None:
    bench.instead["b.fits"] = raising(SkipThis("no plate"))
    outcomes = list(bench.run())
    assert [os.path.basename(str(outcome.source)) for outcome in outcomes] == list(NAMES)
    assert [outcome.verdict.value for outcome in outcomes] == ["passed", "skipped", "passed", "passed"]
    assert bench.values() == [1, 0, 1, 1]


def test_a_failure_is_told_before_the_next_file_is_processed(bench: Bench) -> None:
    bench.instead["b.fits"] = raising(ValueError("bad"))
    seen = [(outcome.verdict.value, bench.ran[-1], sum(bench.values())) for outcome in bench.run()]
    assert seen == [
        ("passed", "b.fits", 1), ("failed", "b.fits", 1), ("passed", "d.fits", 3), ("passed", "d.fits", 3),
    ]  # fmt: skip


def test_without_proposals_nothing_waits(bench: Bench) -> None:
    bench.instead = dict.fromkeys(NAMES, raising(SkipThis("no plate")))
    assert [len(bench.ran) for _ in bench.run()] == [1, 2, 3, 4]
    assert not (bench.folder / ".fitsproc").exists()


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_the_files_before_one_that_ends_the_run_are_written(bench: Bench, error: BaseException) -> None:
    bench.instead["c.fits"] = raising(error)
    told: list[str] = []

    def listen() -> None:
        for outcome in bench.run():
            told.append(outcome.verdict.value)

    with pytest.raises(type(error)):
        listen()
    assert (told, bench.values()) == (["passed", "passed"], [1, 1, 0, 0])


def test_whoever_stops_listening_gets_no_more_files_written(bench: Bench) -> None:
    outcomes = bench.run(size=2)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert bench.values() == [1, 1, 0, 0]


def test_a_file_that_comes_twice_is_written_before_it_is_processed_again(bench: Bench) -> None:
    (bench.folder / "link.fits").symlink_to("a.fits")
    outcomes = list(bench.run("a.fits", "b.fits", "a.fits", "link.fits", "a.fits"))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.PASSED}
    assert bench.values() == [4, 1, 0, 0]


def test_what_can_t_be_written_fails_alone(bench: Bench) -> None:
    os.link(bench.folder / "b.fits", bench.folder / "other")
    outcomes = list(bench.run())
    assert [outcome.verdict.value for outcome in outcomes] == ["passed", "failed", "passed", "passed"]
    assert "is a hard link" in str(outcomes[1].error)
    assert bench.values() == [1, 0, 1, 1]


def test_a_log_that_can_t_be_written_is_an_error_of_every_file(bench: Bench) -> None:
    (bench.folder / ".fitsproc").write_text("in the way")
    outcomes = list(bench.run())
    assert all(isinstance(outcome.error, FitsprocError) for outcome in outcomes)
    assert bench.values() == [0, 0, 0, 0]


def test_a_slow_processor_has_each_file_written_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "PATIENCE", 0.0)
    assert [sum(bench.values()) for _ in bench.run()] == [1, 2, 3, 4]


@pytest.mark.parametrize(("size", "count"), [(1, 4), (2, 2), (10, 1)])
def test_files_that_are_written_together_are_noted_together(bench: Bench, size: int, count: int) -> None:
    list(bench.run(size=size))
    assert bench.count_of_notes() == count


def test_a_source_that_is_no_file_waits_like_the_others(bench: Bench) -> None:
    bench.instead["nowhere"] = raising(SkipThis("a virtual product"))
    outcomes = list(bench.run("a.fits", "nowhere", "b.fits"))
    assert [outcome.verdict.value for outcome in outcomes] == ["passed", "skipped", "passed"]
    assert (bench.values(), bench.count_of_notes()) == ([1, 1, 0, 0], 1)


def test_a_crash_while_files_are_written_is_an_error_of_each(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writings, "of", raising(RuntimeError("ours")))
    outcomes = list(bench.run())
    assert [(outcome.verdict.value, str(outcome.error)) for outcome in outcomes] == [("failed", "ours")] * 4
