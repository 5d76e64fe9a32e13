"""Notices: what the user is told once about the files and the processors, wherever it was noticed."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.plugin.private import TerminalReporter
from pytest_fitsproc.plugin.run import Run

_OUTPUT = "fitsproc_notices"


class NoticesHere:
    """Told below the number of collected items, by the process that collects them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say what is unexpected, a line each."""
        return lines(self._run)


class NoticesSent:
    """Sent by a worker to its controller."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Put them where pytest-xdist takes what a worker leaves."""
        session.config.workeroutput[_OUTPUT] = lines(self._run)  # type: ignore[attr-defined]


class NoticesReceived:
    """Told at the end by a controller: its workers are those who collect."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._received: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take those of a worker that has ended; one that died leaves none."""
        self._received += getattr(node, "workeroutput", {}).get(_OUTPUT, [])

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say what is unexpected, a line each."""
        for line in dict.fromkeys([*lines(self._run), *self._received]):
            terminalreporter.line(line)


def lines(run: Run) -> list[str]:
    """Return the notices of a run as they are shown."""
    return [printable(f"fitsproc: {notice}") for notice in run.all_notices()]
