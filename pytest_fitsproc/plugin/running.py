"""The hooks that run items: those of the fast lane here, all others as pytest does."""

from __future__ import annotations

from collections.abc import Generator
from itertools import zip_longest
from typing import Any

import pytest

from pytest_fitsproc.plugin.encodable import make_encodable
from pytest_fitsproc.plugin.fast_lane import FastLane, printed_text
from pytest_fitsproc.plugin.items import FileFunction, FileItem
from pytest_fitsproc.plugin.results import Record
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.verdicts import SetupFailed


class Running:
    """The hooks that run items."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run = run
        self._lane = FastLane(run, config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run an item of the fast lane; pytest-xdist's workers ask for them one by one."""
        if type(item) is not FileItem:
            return None
        self._lane.run(item)
        if _is_last(item, nextitem):
            self._lane.finish(item)
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
                    if _is_last(item, following):
                        self._lane.finish(item)
                else:
                    self._lane.pause()
                    session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                _stop_if_asked(session)
        finally:
            self._lane.pause()
        return True


def _is_last(item: FileItem, following: pytest.Item | None) -> bool:
    return following is None or bool(item.session.shouldfail or item.session.shouldstop)


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
    if report.when != "call" or not report.passed:
        return Record.of(item, None, rows, "")
    sections = [(name, content) for when, name, content in item._report_sections if when == "call"]
    return Record.of(item, item.label, rows, printed_text(sections) if item.template.shows_output else "")
