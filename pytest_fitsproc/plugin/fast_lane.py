"""The fast lane: items that the engine runs, with pytest's surroundings put up once around many."""

from __future__ import annotations

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.items import FileItem
from pytest_fitsproc.plugin.passes import Audience, Passes
from pytest_fitsproc.plugin.reports import other_report, passed_report, report_of_call, teardown_report
from pytest_fitsproc.plugin.results import Record
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.surroundings import Section, Surroundings
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, Verdict


class FastLane:
    """Runs items one after the other; passes are counted, all else is reported through pytest's hooks."""

    def __init__(self, run: Run, config: pytest.Config, audience: Audience) -> None:
        self._run, self._config, self._audience = run, config, audience
        self._surroundings = Surroundings(config)
        self._passes = Passes(audience, self._surroundings)
        self._last_failed = private.last_failed(config)
        self._announced: pytest.Collector | None = None

    def run(self, item: FileItem) -> None:
        """Run one item."""
        surroundings = self._surroundings
        surroundings.enter(item)
        if item.parent is not self._announced:
            self._announce(item)
        with surroundings.of_one_item():
            outcome = self._run.engine.attempt(item.source, item.processor)
        sections = surroundings.take_sections()
        if surroundings.has_warnings:
            surroundings.hand_on_warnings(item.nodeid)
        record = _record(item, outcome, self._run.rows.take(), sections)
        if outcome.verdict is not Verdict.PASSED:
            self._report(item, outcome, sections, record)
        elif self._audience.wants_reports or self._was_last_failed(item):
            self._hold(item, outcome, sections, record)
        else:
            self._passes.count(record, outcome.start)

    def finish(self, item: FileItem) -> None:
        """Tear down what lives as long as the session; its failure is one of the last item, as in pytest."""
        self._surroundings.enter(item)
        session = item.session
        call = pytest.CallInfo.from_call(
            lambda: session._setupstate.teardown_exact(None), "teardown", reraise=pytest.exit.Exception
        )
        sections = self._surroundings.take_sections()
        if call.excinfo is not None:
            self._passes.tell()
            for name, content in sections:
                item.add_report_section("teardown", name, content)
            with self._surroundings.aside():
                report = report_of_call(item, call, self._config)
                self._config.hook.pytest_runtest_logreport(report=report)

    def pause(self) -> None:
        """Leave the terminal and the streams as pytest expects them between items."""
        self._surroundings.leave()
        self._passes.tell()

    def _announce(self, item: FileItem) -> None:
        """Let the terminal write the data descriptor in front of the line, as it does with files."""
        self._announced = item.parent
        self._passes.tell()
        with self._surroundings.aside():
            self._config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)

    def _was_last_failed(self, item: FileItem) -> bool:
        return bool(self._last_failed) and item.id in self._last_failed

    def _hold(self, item: FileItem, outcome: Outcome, sections: list[Section], record: Record | None) -> None:
        report = passed_report(item, outcome, sections, alone=not self._audience.wants_teardowns)
        if record is not None:
            record.attach(report)
        teardown = [teardown_report(report)] if self._audience.wants_teardowns else []
        self._passes.hold([report, *teardown], outcome.start)

    def _report(
        self, item: FileItem, outcome: Outcome, sections: list[Section], record: Record | None
    ) -> None:
        self._passes.tell()
        for name, content in sections:
            item.add_report_section("call", name, content)
        with self._surroundings.aside():
            report = other_report(item, outcome, self._config)
            if record is not None:
                record.attach(report)
            for one in (report, teardown_report(report)):
                self._config.hook.pytest_runtest_logreport(report=one)


def printed_text(sections: list[Section]) -> str:
    """What was written to standard output."""
    return "".join(content for name, content in sections if name == "stdout")


def _record(
    item: FileItem, outcome: Outcome, rows: list[dict[str, object]], sections: list[Section]
) -> Record | None:
    """What an item leaves behind: most leave nothing."""
    template = item.template
    if outcome.verdict is not Verdict.PASSED:
        return Record.of(item, None, rows, "")
    label = str(outcome.value) if template.kind is Kind.CLASSIFIER else None
    return Record.of(item, label, rows, printed_text(sections) if template.shows_output else "")
