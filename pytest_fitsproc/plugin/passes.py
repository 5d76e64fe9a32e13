"""Passes on their way to the terminal: counted where nobody listens, else reported, a few times a second."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.surroundings import Surroundings

# Seconds that a pass may wait: to suspend capture for each would cost as much as a check.
_BEAT = 0.1


class Passes:
    """What passed since the terminal last heard of it."""

    def __init__(self, config: pytest.Config, surroundings: Surroundings) -> None:
        self._config, self._surroundings = config, surroundings
        self._count = 0
        self._held: list[pytest.TestReport] = []
        self._last_sent = 0.0
        self._any_pass = pytest.TestReport("", ("", None, ""), {}, "passed", None, "call")
        # Without a duration the passes are left out of the slowest items.
        del self._any_pass.duration

    def count(self, now: float) -> None:
        """Take a pass that needs no report; `now` is the time since the epoch."""
        self._count += 1
        self._send_if_due(now)

    def hold(self, reports: Iterable[pytest.TestReport], now: float) -> None:
        """Take the reports of a pass."""
        self._held += reports
        self._send_if_due(now)

    def send(self) -> None:
        """Tell all that waits."""
        if not self._count and not self._held:
            return
        count, self._count = self._count, 0
        held, self._held = self._held, []
        with self._surroundings.aside():
            reporter = self._config.pluginmanager.get_plugin("terminalreporter")
            if count and reporter is not None:
                private.write_passes(reporter, self._any_pass, count)
            for report in held:
                self._config.hook.pytest_runtest_logreport(report=report)

    def _send_if_due(self, now: float) -> None:
        if now - self._last_sent > _BEAT:
            self._last_sent = now
            self.send()
