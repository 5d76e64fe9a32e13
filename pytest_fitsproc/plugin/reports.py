"""pytest's reports of what the engine did."""

from __future__ import annotations

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.items import FileItem
from pytest_fitsproc.plugin.results import ALONE
from pytest_fitsproc.plugin.surroundings import Section
from pytest_fitsproc.plugin.verdicts import SURROUNDINGS, SetupFailed, skip_of
from pytest_fitsproc.processing.outcome import Outcome, SkipThis, Unavailable


def passed_report(
    item: FileItem, outcome: Outcome, sections: list[Section], alone: bool
) -> pytest.TestReport:
    """Return the report of a pass.

    Parameters
    ----------
    sections : what was captured
    alone : whether no report of a teardown follows
    """
    return pytest.TestReport(
        item.id,
        item.location,
        {},
        "passed",
        None,
        "call",
        [(f"Captured {name} call", content) for name, content in sections],
        outcome.duration,
        outcome.start,
        outcome.start + outcome.duration,
        None,
        **{ALONE: alone},
    )


def teardown_report(report: pytest.TestReport) -> pytest.TestReport:
    """Return the report that ends an item's record, for listeners that wait for it."""
    return pytest.TestReport(
        report.id,
        report.location,
        {},
        "passed",
        None,
        "teardown",
        # What was captured is written from here into JUnit's file.
        report.sections,
        user_properties=report.user_properties,
    )


def other_report(item: FileItem, outcome: Outcome, config: pytest.Config) -> pytest.TestReport:
    """Return the report of what did not pass, as pytest's hooks make it of the exception."""
    call = _call_info(outcome)
    report = report_of_call(item, call, config)
    if private.is_interactive(call, report):
        config.hook.pytest_exception_interact(node=item, call=call, report=report)
    return report


def report_of_call(item: FileItem, call: pytest.CallInfo[None], config: pytest.Config) -> pytest.TestReport:
    """Return the report that pytest's hooks make of a phase that failed."""
    make_report = config.hook.pytest_runtest_makereport
    if call.when != "setup":
        # Plugins look up at a failure what they noted at the setup before it.
        make_report(item=item, call=private.call_info(None, "setup", call.start, 0.0))
    report: pytest.TestReport = make_report(item=item, call=call)
    return report


def _call_info(outcome: Outcome) -> pytest.CallInfo[None]:
    error, when = outcome.error, "call"
    assert error is not None
    if isinstance(error, SetupFailed) and error.__cause__ is not None:
        error, when = error.__cause__, "setup"
    elif isinstance(error, SURROUNDINGS):
        when = "setup"
    elif isinstance(error, SkipThis | Unavailable):
        error = skip_of(str(error))
    return private.call_info(error, when, outcome.start, outcome.duration)
