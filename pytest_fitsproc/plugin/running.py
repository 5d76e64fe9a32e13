"""The loop: items of the fast lane are run by the engine, all others by pytest."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from itertools import zip_longest
from typing import Any

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.items import FileFunction, FileItem
from pytest_fitsproc.plugin.listeners import passes_are_reported, teardowns_are_reported
from pytest_fitsproc.plugin.results import ALONE, Record, stands_alone
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.surroundings import Section, Surroundings
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, SkipThis, Unavailable, Verdict

# Seconds between two looks of the terminal at the number of passes.
_BEAT = 0.1


class FastLane:
    """Runs items one after the other; passes are counted, all else is reported through pytest's hooks."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run, self._config = run, config
        self._reports_passes = passes_are_reported(config, run.settings.all_html_rows)
        self._reports_teardowns = teardowns_are_reported(config, run.settings.all_html_rows)
        self._surroundings = Surroundings(config)
        self._passes = QuietPasses(config)
        self._last_failed = private.last_failed(config)
        self._announced = ""

    def run(self, item: FileItem) -> None:
        """Run one item."""
        self._surroundings.enter(item)
        self._announce(item)
        with self._surroundings.of_one_item():
            outcome = self._run.engine.attempt(item.source, item.processor)
        sections = self._surroundings.take_sections()
        if self._surroundings.has_warnings:
            with self._surroundings.aside():
                self._surroundings.hand_on_warnings(item.nodeid)
        record = Record.of(item, _label(item, outcome), self._run.rows.take(), printed_text(item, sections))
        if outcome.verdict is Verdict.PASSED and self._is_quiet(item):
            self._count(record, outcome)
        else:
            self._report(item, outcome, sections, record)

    def pause(self) -> None:
        """Leave the terminal and the streams as pytest expects them between items."""
        self._surroundings.leave()
        self._passes.write()

    def _announce(self, item: FileItem) -> None:
        assert item.parent is not None
        if item.parent.name != self._announced:
            self._announced = item.parent.name
            with self._surroundings.aside():
                self._passes.write()
                self._config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)

    def _is_quiet(self, item: FileItem) -> bool:
        return not self._reports_passes and not (self._last_failed and item.id in self._last_failed)

    def _count(self, record: Record | None, outcome: Outcome) -> None:
        if record is not None:
            self._run.results.add(record)
        self._run.results.uncounted_passes += 1
        if self._passes.add(outcome.start):
            with self._surroundings.aside():
                self._passes.write()

    def _report(
        self, item: FileItem, outcome: Outcome, sections: list[Section], record: Record | None
    ) -> None:
        with self._surroundings.aside():
            self._passes.write()
            for name, content in sections:
                item.add_report_section("call", name, content)
            for report in self._reports(item, outcome, record):
                self._config.hook.pytest_runtest_logreport(report=report)

    def _reports(
        self, item: FileItem, outcome: Outcome, record: Record | None
    ) -> Iterator[pytest.TestReport]:
        if outcome.error is None:
            report = _passed_report(item, outcome, alone=not self._reports_teardowns)
        else:
            report = self._other_report(item, outcome)
        if record is not None:
            record.attach(report)
        yield report
        if not stands_alone(report):
            yield _teardown_report(report)

    def _other_report(self, item: FileItem, outcome: Outcome) -> pytest.TestReport:
        call, make_report = _call_info(outcome), self._config.hook.pytest_runtest_makereport
        if call.when == "call":
            # Plugins look up at a failure what they noted at the setup before it.
            make_report(item=item, call=private.call_info(None, "setup", outcome.start, 0.0))
        report: pytest.TestReport = make_report(item=item, call=call)
        if private.is_interactive(call, report):
            self._config.hook.pytest_exception_interact(node=item, call=call, report=report)
        return report


class QuietPasses:
    """Passes that nobody listens to: the terminal gets their number, a few times a second."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._count = 0
        self._last = 0.0
        self._report = pytest.TestReport("", ("", None, ""), {}, "passed", None, "call")
        # Without a duration the passes are left out of the slowest items.
        del self._report.duration

    def add(self, now: float) -> bool:
        """Count one more; say whether it is time to write."""
        self._count += 1
        return now - self._last > _BEAT

    def write(self) -> None:
        """Write what was counted since the last time."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if self._count and reporter is not None:
            private.write_passes(reporter, self._report, self._count)
            self._last = time.time()
            self._count = 0


def printed_text(item: FileItem | FileFunction, sections: list[Section]) -> str:
    """What a passing processor class printed, which is shown at the end; a test's output is not."""
    return (
        "".join(content for name, content in sections if name == "stdout")
        if item.template.shows_output
        else ""
    )


def _label(item: FileItem, outcome: Outcome) -> str | None:
    return (
        str(outcome.value)
        if item.template.kind is Kind.CLASSIFIER and outcome.verdict is Verdict.PASSED
        else None
    )


def _call_info(outcome: Outcome) -> pytest.CallInfo[None]:
    error, when = outcome.error, "call"
    assert error is not None
    if isinstance(error, SetupFailed) and error.__cause__ is not None:
        error, when = error.__cause__, "setup"
    elif isinstance(error, SkipThis | Unavailable):
        error = _skip_of(str(error))
    return private.call_info(error, when, outcome.start, outcome.duration)


def _skip_of(reason: str) -> BaseException:
    """The exception that skips an item for a reason and is reported at the processor's place."""
    try:
        raise pytest.skip.Exception(reason, _use_item_location=True)
    except pytest.skip.Exception as skipped:
        return skipped


def _passed_report(item: FileItem, outcome: Outcome, alone: bool) -> pytest.TestReport:
    return pytest.TestReport(
        item.id,
        item.location,
        {},
        "passed",
        None,
        "call",
        [(f"Captured {key} {when}", content) for when, key, content in item._report_sections],
        outcome.duration,
        outcome.start,
        outcome.start + outcome.duration,
        None,
        **{ALONE: alone},
    )


def _teardown_report(report: pytest.TestReport) -> pytest.TestReport:
    """The end of an item's record, for listeners that wait for it."""
    return pytest.TestReport(
        report.id, report.location, {}, "passed", None, "teardown", user_properties=report.user_properties
    )


class Running:
    """The hooks that run items."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run = run
        self._lane = FastLane(run, config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run an item of the fast lane; pytest-xdist's workers ask for them one by one."""
        if type(item) is not FileItem:
            return None
        self._lane.run(item)
        self._lane.pause()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to a report of the slow lane what its item left behind, and tell errors from failures."""
        report = yield
        if type(item) is FileItem or (call.when == "setup" and report.passed):
            return report
        if call.excinfo is not None and isinstance(call.excinfo.value, SetupFailed):
            report.when = "setup"
        record = _record_of_slow(item, report, self._run.rows.take())
        if record is not None:
            record.attach(report)
        return report

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Close the last file."""
        self._run.engine.close()


class OwnLoop(Running):
    """The same, for the process that runs all items itself."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all items, with next to nothing between those of the fast lane."""
        if session.config.option.collectonly:
            return None
        items = session.items
        try:
            for item, following in zip_longest(items, items[1:]):
                if type(item) is FileItem:
                    self._lane.run(item)
                else:
                    self._lane.pause()
                    session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                _stop_if_asked(session)
        finally:
            self._lane.pause()
        return True


def _stop_if_asked(session: pytest.Session) -> None:
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


def _record_of_slow(
    item: pytest.Item, report: pytest.TestReport, rows: list[dict[str, Any]]
) -> Record | None:
    if not isinstance(item, FileFunction):
        return Record.of(item, None, rows, "")
    called = report.when == "call" and report.passed
    sections = [(name, content) for when, name, content in item._report_sections if when == "call"]
    return Record.of(
        item, item.label if called else None, rows, printed_text(item, sections) if called else ""
    )
