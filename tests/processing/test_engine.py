from __future__ import annotations

import os

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.ending import Ending, described, ending_of
from pytest_fitsproc.processing.engine import Engine, Processor
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import SkipThis, Unavailable, Verdict


@pytest.fixture
def sources(tmp_path):
    for name in ("a.fits", "b.fits"):
        (tmp_path / name).write_bytes(
            ("SIMPLE  =                    T".ljust(80) + "END").ljust(2880).encode()
        )
    dd = ad_hoc_descriptor(".", InputsDirectory(tmp_path), tmp_path)
    assert dd is not None
    return [Source(path, dd) for path in dd.sources]


def processor(name, run):
    return Processor(name, Kind.CHECK, run)


def test_outcomes_come_file_by_file_in_the_order_of_the_processors(sources):
    names = [processor("one", lambda visit: visit.source.stem), processor("two", lambda visit: 2)]
    outcomes = list(Engine().run((source, names) for source in sources))
    assert [(o.source.stem, o.processor, o.value) for o in outcomes] == [
        ("a", "one", "a"),
        ("a", "two", 2),
        ("b", "one", "b"),
        ("b", "two", 2),
    ]
    assert all(outcome.verdict is Verdict.PASSED and outcome.duration >= 0 for outcome in outcomes)


def test_files_are_asked_for_one_by_one(sources):
    taken = []

    def work():
        for source in sources:
            taken.append(source)
            yield source, [processor("one", lambda visit: None)]

    stream = Engine().run(work())
    next(stream)
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ValueError("x"), Verdict.FAILED),
        (AssertionError("x"), Verdict.FAILED),
        (SystemExit(3), Verdict.FAILED),
        (SkipThis("x"), Verdict.SKIPPED),
        (Unavailable("x"), Verdict.SKIPPED),
    ],
)
def test_an_exception_becomes_a_verdict_and_the_run_goes_on(sources, error, verdict):
    def run(visit):
        if visit.source.stem == "a":
            raise error

    outcomes = list(Engine().run((source, [processor("one", run)]) for source in sources))
    assert [outcome.verdict for outcome in outcomes] == [verdict, Verdict.PASSED]
    assert outcomes[0].error is error


def test_an_interrupt_is_not_judged(sources):
    def run(visit):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Engine().attempt(sources[0], processor("one", run))


def test_the_judge_can_be_another(sources):
    def run(visit):
        raise KeyboardInterrupt

    outcome = Engine(lambda error: Verdict.ERROR).attempt(sources[0], processor("one", run))
    assert outcome.verdict is Verdict.ERROR


def test_a_file_stays_open_for_its_processors_and_is_closed_for_the_next(sources):
    descriptors = []

    def run(visit):
        visit.header_bytes()
        descriptors.append(os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else [])

    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    engine = Engine()
    outcomes = list(engine.run((source, [processor("one", run)] * 2) for source in sources))
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert len({len(found) for found in descriptors}) == 1
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before


def test_an_ending_is_what_is_left_of_an_outcome(sources):
    def run(visit):
        if visit.source.stem == "a":
            return "label"
        raise ValueError("b is bad")

    first, second = Engine().run((source, [processor("one", run)]) for source in sources)
    assert ending_of(first) == Ending(Verdict.PASSED, "label")
    assert ending_of(second) == Ending(Verdict.FAILED, None, "(ValueError, ValueError('b is bad'))")
    with_traceback = ending_of(second, with_traceback=True)
    assert with_traceback.traceback.startswith("Traceback (most recent call last):")
    assert with_traceback.traceback.endswith("ValueError: b is bad\n")


def test_an_error_is_described_on_one_line_as_its_class_and_its_representation():
    assert described(KeyError("x\ny")) == r"(KeyError, KeyError('x\ny'))"
