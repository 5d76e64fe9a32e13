"""Work in several processes: the controller lists the files, workers run blocks and tell what passed."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.fast_lane import FastLane
from pytest_fitsproc.plugin.passes import Here
from pytest_fitsproc.plugin.progress import Progress
from pytest_fitsproc.plugin.recovery import put_right
from pytest_fitsproc.plugin.results import Record
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.running import Running
from pytest_fitsproc.plugin.scheduling import BlockScheduling
from pytest_fitsproc.plugin.sent_warnings import SentWarnings

_INPUT = "fitsproc"

# Distributions of pytest-xdist that know nothing of files.
_SPLITTING = ("each", "loadgroup", "worksteal")

# The variable by which the OpenBLAS of numpy's wheels is told its number of threads.
_BLAS_THREADS = "OPENBLAS_NUM_THREADS"

# Type of the message that tells of passes, among the types of pytest's reports.
_PASSES = "FitsprocPasses"


class Controller:
    """The hooks of the process that distributes the items."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run, self._config = run, config
        self._here = Here(config, run.results, run.settings.all_html_rows)
        self._scratch = tempfile.TemporaryDirectory(prefix="fitsproc-", ignore_cleanup_errors=True)
        self._progress: dict[Any, Progress] = {}
        self._has_crashed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """List the files before there are workers, and be told of passes before pytest is."""
        dist = self._config.option.dist
        if dist in _SPLITTING and self._run.settings.waking.is_possible:
            raise pytest.UsageError(
                f"--dist={dist} may give a file to several workers, which must not write to it at once:"
                " leave it out"
            )
        self._run.list_sources()
        private.hear_reports_first(self._config, self._tell_of_passes)
        # Each file may end a worker; one that dies at its start ends the run.
        private.allow_restarts(self._config, sum(len(target.paths) for target in self._run.targets))

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send a worker the files, and how it shall tell of passes."""
        progress = Path(self._scratch.name, node.gateway.id)
        self._progress[node] = Progress(progress)
        node.workerinput[_INPUT] = {
            # As bytes: names that are not UTF-8 can't be sent as text.
            "paths": [os.fsencode("\0".join(target.paths)) for target in self._run.targets],
            "run": self._run.writers.run_name,
            "blocks": self._config.option.dist == "load",
            "progress": str(progress) if node.gateway.spec.popen else "",
            "pictures": str(self._run.pictures or ""),
            "wants": (self._here.wants_reports, self._here.wants_teardowns),
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> Any:
        """Hand out blocks of whole files, unless another distribution was asked for."""
        if config.option.dist != "load":
            return None
        return BlockScheduling(config, lambda node: self._progress[node].read())

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Put right what a worker left that died, before another one gets its files."""
        if error is not None:
            self._run.notices += put_right(self._run, self._run.settings.waking.is_possible)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, report: pytest.TestReport) -> None:
        """A worker that dies is no finding about the file."""
        report.when = "setup"

    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Any:
        """Let a message that tells of passes through as it is."""
        return PassesMessage(data) if data["$report_type"] == _PASSES else None

    @pytest.hookimpl
    def pytest_internalerror(self) -> None:
        """Remember that something other than a processor failed, be it in a worker."""
        self._has_crashed = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let the status tell; pytest-xdist's would be 0 where a worker told nothing but passes before."""
        if self._has_crashed:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_unconfigure(self) -> None:
        """Remove what workers wrote."""
        self._scratch.cleanup()

    def _tell_of_passes(self, node: Any, report: Any) -> bool:
        """Take what a worker sent, if it tells of passes."""
        if not isinstance(report, PassesMessage):
            return False
        self._here.tell(report.count, report.records(), report.reports(node))
        return True


class PassesMessage:
    """What a worker tells of passes, in words that cross from process to process."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @staticmethod
    def data(count: int, records: list[Record], reports: list[pytest.TestReport]) -> dict[str, Any]:
        """Return the message as plain values."""
        return {
            "$report_type": _PASSES,
            "count": count,
            # As one text: execnet would take each value of each record for itself.
            "records": json.dumps([record.plain() for record in records]),
            "reports": [{**vars(report), "_id": report.nodeid} for report in reports],
        }

    @property
    def count(self) -> int:
        """Passes without a report."""
        return int(self._data["count"])

    def records(self) -> list[Record]:
        """What they left behind."""
        return [Record.from_plain(values) for values in json.loads(self._data["records"])]

    def reports(self, node: Any) -> list[pytest.TestReport]:
        """The reports of the others, as those of a worker."""
        return [
            pytest.TestReport(nodeid=values.pop("_id"), **values, node=node)
            for values in self._data["reports"]
        ]


class There:
    """The audience of a worker: its controller."""

    def __init__(self, wants: tuple[bool, bool], progress: Progress | None, worker: private.Worker) -> None:
        self.wants_reports, self.wants_teardowns = wants
        self._progress, self._worker = progress, worker

    def turns_to(self, number: int) -> None:
        """pytest-xdist sends the number of the item along with a report."""
        self._worker.begin(number)
        if self._progress is not None:
            self._progress.turns_to(number)

    def waits(self) -> None:
        """Let the controller see from where on it was not told."""
        if self._progress is not None:
            self._progress.waits()

    def tell(self, count: int, records: list[Record], reports: list[pytest.TestReport]) -> None:
        """Send one message."""
        self._worker.send_report(PassesMessage.data(count, records, reports))
        if self._progress is not None:
            self._progress.told()


def worker_plugins(run: Run, config: pytest.Config, workerinput: dict[str, Any]) -> list[object]:
    """Return the hooks of a worker, which takes the list of files from the controller."""
    values = workerinput[_INPUT]
    _share_cores(workerinput["workercount"])
    for target, paths in zip(run.targets, values["paths"], strict=True):
        target.paths = os.fsdecode(paths).split("\0") if paths else []
    run.is_worker = True
    run.writers.join(values["run"])
    run.pictures = Path(values["pictures"]) if values["pictures"] else None
    if not values["blocks"]:
        lane = FastLane(run, config, Here(config, run.results, run.settings.all_html_rows))
        return [Running(run, lane), SentWarnings()]
    worker = private.Worker(config)
    progress = Progress(Path(values["progress"])) if values["progress"] else None
    lane = FastLane(run, config, There(tuple(values["wants"]), progress, worker))
    return [BlockRunning(run, lane, worker, progress), SentWarnings()]


def _share_cores(workers: int) -> None:
    """Let numpy, where it is not loaded yet, start no more threads than this worker has cores."""
    os.environ.setdefault(_BLAS_THREADS, str(max(1, (os.cpu_count() or 1) // workers)))


class BlockRunning(Running):
    """The hooks of a worker that runs blocks: pytest-xdist gives it the first and the last item of each."""

    def __init__(self, run: Run, lane: FastLane, worker: private.Worker, progress: Progress | None) -> None:
        super().__init__(run, lane)
        self._worker, self._progress = worker, progress
        worker.run_blocks(self.run_items)

    def run_items(self, session: pytest.Session, numbers: range, following: pytest.Item | None) -> None:
        """Run a block."""
        try:
            super().run_items(session, numbers, following)
        except pytest.exit.Exception as error:
            # Of an exception the controller would know only that there was one.
            session.shouldstop = error.msg

    def begin(self, number: int) -> None:
        """Note which item is at hand, for reports and for the case that it ends the process."""
        self._worker.begin(number)
        if self._progress is not None:
            self._progress.at(number)
