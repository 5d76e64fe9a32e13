"""Passes on their way to whoever shows them: counted where nobody listens, else reported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.listeners import passes_are_reported, teardowns_are_reported
from pytest_fitsproc.plugin.results import Record, Results
from pytest_fitsproc.plugin.surroundings import Surroundings

# Seconds that a pass may wait: to suspend capture for each would cost as much as a check.
_BEAT = 0.1


class Audience(Protocol):
    """Who is told of passes.

    Attributes
    ----------
    wants_reports : whether a report of each is wanted, not their number alone
    wants_teardowns : whether a report of the teardown is to follow each
    """

    wants_reports: bool
    wants_teardowns: bool

    def turns_to(self, number: int) -> None:
        """Know which item of the session it is told of next."""
        ...

    def waits(self) -> None:
        """Know that the item at hand passed, and that its pass and those after it are told later."""
        ...

    def tell(self, count: int, records: list[Record], reports: list[pytest.TestReport]) -> None:
        """Tell of `count` passes without a report, of what they left behind, and of those with a report."""
        ...


class Passes:
    """What passed since the audience last heard of it."""

    def __init__(self, audience: Audience, surroundings: Surroundings) -> None:
        self._audience, self._surroundings = audience, surroundings
        self._count = 0
        self._records: list[Record] = []
        self._reports: list[pytest.TestReport] = []
        self._last_told = 0.0
        self._is_expecting = False

    def expect(self) -> None:
        """Know that the item at hand will pass or not at some later time, and others with it."""
        self.tell()
        self._audience.waits()
        self._is_expecting = True

    def count(self, record: Record | None, now: float) -> None:
        """Take a pass that needs no report; `now` is the time since the epoch."""
        self._wait()
        self._count += 1
        if record is not None:
            self._records.append(record)
        self._tell_if_due(now)

    def hold(self, reports: Iterable[pytest.TestReport], now: float) -> None:
        """Take the reports of a pass."""
        self._wait()
        self._reports += reports
        self._tell_if_due(now)

    def tell(self) -> None:
        """Tell all that waits."""
        self._is_expecting = False
        if not self._count and not self._reports:
            return
        told = (self._count, self._records, self._reports)
        self._count, self._records, self._reports = 0, [], []
        with self._surroundings.aside():
            self._audience.tell(*told)

    def _wait(self) -> None:
        if not self._is_expecting and not self._count and not self._reports:
            self._audience.waits()

    def _tell_if_due(self, now: float) -> None:
        if now - self._last_told > _BEAT:
            self._last_told = now
            self.tell()


class Here:
    """The audience in the process that makes the reports: the terminal, the results, pytest's hooks."""

    def __init__(self, config: pytest.Config, results: Results, all_html_rows: bool) -> None:
        self.wants_reports = passes_are_reported(config, all_html_rows)
        self.wants_teardowns = teardowns_are_reported(config, all_html_rows)
        self._config, self._results = config, results
        self._any_pass = pytest.TestReport("", ("", None, ""), {}, "passed", None, "call")
        # Without a duration the passes are left out of the slowest items.
        del self._any_pass.duration

    def turns_to(self, number: int) -> None:
        """A report says itself what it is of."""

    def waits(self) -> None:
        """Nobody looks at this process from outside."""

    def tell(self, count: int, records: list[Record], reports: list[pytest.TestReport]) -> None:
        """Show them."""
        for record in records:
            self._results.add(record)
        self._results.uncounted_passes += count
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if count and reporter is not None:
            private.write_passes(reporter, self._any_pass, count)
        for report in reports:
            self._config.hook.pytest_runtest_logreport(report=report)
