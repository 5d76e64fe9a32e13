"""The hooks that run items: those of the fast lane here, all others as pytest does."""

from __future__ import annotations

import warnings
from collections.abc import Generator

import pytest

from pytest_fitsproc.plugin.encodable import make_encodable, make_warning_encodable
from pytest_fitsproc.plugin.fast_lane import FastLane, printed_text
from pytest_fitsproc.plugin.items import FileFunction, FileItem
from pytest_fitsproc.plugin.results import Record, label_of_failure
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.verdicts import SURROUNDINGS


class Running:
    """The hooks that run items."""

    def __init__(self, run: Run, lane: FastLane) -> None:
        self._run, self._lane = run, lane

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run an item of the fast lane, where somebody else asks for them one by one."""
        if type(item) is not FileItem:
            return None
        self._run_fast(item.session, item, 0, nextitem)
        self._lane.pause()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to a report of the slow lane what its item left behind, and tell errors from failures."""
        report = yield
        make_encodable(report)
        if type(item) is FileItem or (call.when == "setup" and report.passed):
            return report
        if call.excinfo is not None and isinstance(call.excinfo.value, SURROUNDINGS):
            report.when = "setup"
        record = _record_of_slow(item, report, call, self._run)
        if record is not None:
            record.attach(report)
            # Those who take the properties off the report of the teardown find them there too.
            item.user_properties = [*report.user_properties]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Let a warning name a file whose name is not UTF-8."""
        make_warning_encodable(warning_message)

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Close the last file."""
        self._run.engine.close()

    def run_items(self, session: pytest.Session, numbers: range, following: pytest.Item | None) -> None:
        """Run a range of the session's items, with next to nothing between those of the fast lane.

        Parameters
        ----------
        following : the item that comes after them, if any
        """
        items = session.items
        try:
            for number in numbers:
                item = items[number]
                nextitem = items[number + 1] if number + 1 < numbers.stop else following
                if type(item) is FileItem:
                    self.begin(number)
                    self._run_fast(session, item, number, nextitem)
                else:
                    # Which reports items before this one, that waited to be written.
                    self._lane.pause()
                    self.begin(number)
                    session.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
                if session.shouldfail or session.shouldstop:
                    break
        finally:
            self._lane.pause()

    def begin(self, number: int) -> None:
        """Do what is to be done before an item."""

    def _run_fast(
        self, session: pytest.Session, item: FileItem, number: int, nextitem: pytest.Item | None
    ) -> None:
        self._lane.run(item, number)
        if nextitem is None or session.shouldfail or session.shouldstop:
            self._lane.finish(item)


class OwnLoop(Running):
    """The hooks of the process that runs all items itself."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all items."""
        if session.config.option.collectonly:
            return None
        self.run_items(session, range(len(session.items)), None)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True


def _record_of_slow(
    item: pytest.Item, report: pytest.TestReport, call: pytest.CallInfo[None], run: Run
) -> Record | None:
    rows = run.rows.take()
    if not isinstance(item, FileFunction):
        return Record.of(item, None, rows)
    if report.when != "call" or not report.passed:
        if call.excinfo is None:
            return Record.of(item, None, rows)
        outcome = item.outcome if call.when == "call" else None
        label = label_of_failure(call.excinfo.value, outcome.field if outcome else None)
        return Record.of(item, label, rows, run.writers.shown(outcome, ""))
    sections = [(name, content) for when, name, content in item._report_sections if when == "call"]
    printed = printed_text(sections) if item.template.shows_output else ""
    return Record.of(item, item.label, rows, run.writers.shown(item.outcome, printed))
