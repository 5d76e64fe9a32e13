"""All that is used of pytest's private parts, each with its reason; `private_fixtures` has those of fixtures.

pytest has no public way to enter its surroundings of a test for many items at once, or to count a pass
without a report. `tests/plugin/test_private.py` notices a change of these.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from _pytest import assertion
from _pytest._code import filter_traceback
from _pytest.capture import CaptureManager
from _pytest.logging import LoggingPlugin, catching_logs
from _pytest.mark.structures import NodeKeywords
from _pytest.nodeid import NodeId
from _pytest.runner import CallInfo, check_interactive_exception
from _pytest.stash import Stash
from _pytest.terminal import TerminalReporter

from pytest_fitsproc.plugin.encodable import encodable

__all__ = [
    "NodeId",
    "NodeKeywords",
    "Stash",
    "TerminalReporter",
    "Worker",
    "allow_restarts",
    "assertion_hooks",
    "call_info",
    "capture_streams",
    "captured_logs",
    "collect_all_for_last_failed",
    "collected_less",
    "count_html_passes",
    "forget_new_first",
    "hear_reports_first",
    "is_interactive",
    "last_failed",
    "recorded_warnings",
    "without_internals",
    "write_passes",
]

_PLUGIN = Path(__file__).parent


def call_info(error: BaseException | None, when: str, start: float, duration: float) -> pytest.CallInfo[None]:
    """The call of a phase that has ended, with its error if any; `CallInfo.from_call` would run it."""
    excinfo = None if error is None else pytest.ExceptionInfo.from_exception(error)
    return CallInfo(None, excinfo, start, start + duration, duration, when, _ispytest=True)  # type: ignore[arg-type]


def is_interactive(call: pytest.CallInfo[None], report: pytest.TestReport) -> bool:
    """Whether a debugger may be opened on a failure."""
    return check_interactive_exception(call, report)


def without_internals(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """A failure without the frames of pytest and of this plugin that lie around a curator's code.

    pytest cuts them off where the failing function is the test's own; a fixture's is not.
    """
    kept = excinfo.traceback.filter(
        lambda entry: filter_traceback(entry) and _PLUGIN not in Path(entry.path).parents
    )
    if kept:
        excinfo.traceback = kept
    return excinfo


def is_raised_by_us(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Whether no code but that of pytest and of this package had a part in a failure."""
    return not any(
        filter_traceback(entry) and _PLUGIN.parent not in Path(entry.path).parents
        for entry in excinfo.traceback
    )


def last_failed(config: pytest.Config) -> dict[NodeId, bool]:
    """Ids that failed in the last run; a pass of one of them must be reported, so that it is forgotten."""
    plugin = config.pluginmanager.get_plugin("lfplugin")
    return plugin.lastfailed if plugin is not None else {}


def collect_all_for_last_failed(config: pytest.Config) -> None:
    """Let --lf choose among items, not among modules: a processor's module fails under the ids of files."""
    # It is this one that would leave modules out, later, by another.
    plugin = config.pluginmanager.get_plugin("lfplugin-collwrapper")
    if plugin is not None:
        config.pluginmanager.unregister(plugin)


def forget_new_first(config: pytest.Config) -> None:
    """Without --nf, keep pytest from storing the id of each file of an archive in its cache, for ever."""
    plugin = config.pluginmanager.get_plugin("nfplugin")
    if plugin is not None and not config.option.newfirst:
        config.pluginmanager.unregister(plugin)


def collected_less(config: pytest.Config, count: int) -> None:
    """Let the terminal count that many items less as collected."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter._numcollected -= count


def assertion_hooks(item: pytest.Item) -> contextlib.AbstractContextManager[None]:
    """What explains failed assertions while items run."""
    return _as_context(assertion.pytest_runtest_protocol(item))


def recorded_warnings(config: pytest.Config) -> contextlib.AbstractContextManager[list[Any] | None]:
    """The warning filters of the ini file and the command line; yields the list that warnings go to."""
    if not config.pluginmanager.hasplugin("warnings"):
        return contextlib.nullcontext(None)
    return config._catch_configured_warnings(record=True)


def capture_streams(manager: CaptureManager) -> list[IO[Any]]:
    """Where captured output is kept: at position 0 nothing came, which is cheaper to see than to read it."""
    capturing = manager._global_capturing
    assert capturing is not None
    streams: tuple[Any, ...] = (capturing.out, capturing.err)
    return [stream.tmpfile.buffer for stream in streams if stream is not None]


@contextlib.contextmanager
def captured_logs(config: pytest.Config) -> Iterator[Callable[[], str]]:
    """Capture logging as pytest does around a test; yields what takes the text since the last call."""
    plugin: LoggingPlugin | None = config.pluginmanager.get_plugin("logging-plugin")
    if plugin is None:
        yield str
        return

    def take() -> str:
        if not handler.records:
            return ""
        text = encodable(handler.stream.getvalue().strip())
        handler.reset()
        return text

    with catching_logs(plugin.report_handler, level=plugin.log_level) as handler:
        handler.reset()
        yield take


def allow_restarts(config: pytest.Config, count: int) -> None:
    """Let pytest-xdist replace that many more workers that died, unless the user has set a limit."""
    session: Any = config.pluginmanager.get_plugin("dsession")
    if config.option.maxworkerrestart is None and session._max_worker_restart is not None:
        session._max_worker_restart += count


def write_passes(reporter: TerminalReporter, passed: pytest.TestReport, count: int) -> None:
    """Count passes in the terminal's statistics and write their dots, without a report for each."""
    reporter._tests_ran = True
    reporter._add_stats("passed", [passed] * count)
    done = len(reporter._progress_nodeids_reported)
    if reporter.config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES) > 0:
        return
    while count:
        # The progress at the line's end needs room for " [100%]" and one column more.
        room = max(1, reporter._screen_width - reporter._tw.width_of_current_line - len(" [100%]") - 1)
        dots = min(count, room)
        reporter._progress_nodeids_reported.update(range(done, done + dots))  # type: ignore[arg-type]
        reporter._tw.write("." * dots, green=True)
        if reporter._show_progress_info and not reporter._is_last_item:
            reporter._write_progress_information_if_past_edge()
        done, count = done + dots, count - dots
    reporter.flush()


@contextlib.contextmanager
def _as_context(wrapper: Any) -> Iterator[None]:
    """A hook wrapper, which is a generator that yields once, as a context manager."""
    next(wrapper)
    try:
        yield
    finally:
        with contextlib.suppress(StopIteration):
            wrapper.send(None)


def hear_reports_first(config: pytest.Config, hear: Callable[[Any, Any], bool]) -> None:
    """Let `hear(node, report)` see what workers send before pytest-xdist makes reports of it.

    A message about many items is no report, and pytest-xdist has no place for it.
    """
    session = config.pluginmanager.get_plugin("dsession")
    if session is None:
        return
    original = session.worker_testreport

    def worker_testreport(node: Any, rep: Any) -> None:
        if not hear(node, rep):
            original(node=node, rep=rep)

    session.worker_testreport = worker_testreport


class Worker:
    """pytest-xdist's side of a worker: which items it was given, and the channel to the controller."""

    def __init__(self, config: pytest.Config) -> None:
        plugins = config.pluginmanager.get_plugins()
        self._interactor: Any = next(p for p in plugins if type(p).__name__ == "WorkerInteractor")

    def begin(self, number: int) -> None:
        """Note which item reports are about."""
        self._interactor.item_index = number

    def run_blocks(self, run: Callable[[pytest.Session, range, pytest.Item | None], None]) -> None:
        """Have `run(session, numbers, following item)` run what comes, instead of one item after the other.

        pytest-xdist's own method would put the surroundings of the first item around all others.
        """
        interactor = self._interactor

        def run_one_test() -> None:
            first, last, following = interactor.nextitem_index, interactor.torun.get(), interactor.torun.get()
            interactor.nextitem_index = following
            session = interactor.session
            run(
                session,
                range(first, last + 1),
                session.items[following] if isinstance(following, int) else None,
            )
            interactor.sendevent("runtest_protocol_complete", item_index=first, duration=0.0)

        interactor.run_one_test = run_one_test

    def send_report(self, data: dict[str, Any]) -> None:
        """Send plain values to where the controller gets reports."""
        self._interactor.sendevent("testreport", data=data)


def count_html_passes(config: pytest.Config, count: int) -> None:
    """Add passes that have no row to the counts of the HTML report."""
    if not count:
        return
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__module__.startswith("pytest_html.") and hasattr(plugin, "_report"):
            plugin._report.outcomes["passed"]["value"] += count
