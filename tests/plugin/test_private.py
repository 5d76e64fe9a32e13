"""The private parts of pytest that are used are as they were: a change of them is noticed here."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from _pytest import assertion, logging, runner, terminal
from _pytest.nodeid import NodeId

from pytest_fitsproc.plugin import private


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (
            runner.CallInfo.__init__,
            ["self", "result", "excinfo", "start", "stop", "duration", "when", "_ispytest"],
        ),
        (runner.check_interactive_exception, ["call", "report"]),
        (runner.SetupState.setup, ["self", "item"]),
        (runner.SetupState.teardown_exact, ["self", "nextitem"]),
        (assertion.pytest_runtest_protocol, ["item"]),
        (logging.catching_logs.__init__, ["self", "handler", "level"]),
        (terminal.TerminalReporter._add_stats, ["self", "category", "items"]),
        (terminal.TerminalReporter._write_progress_information_if_past_edge, ["self"]),
        (pytest.Config._catch_configured_warnings, ["self", "record"]),
    ],
)
def test_signatures_are_known(function: Any, parameters: list[str]) -> None:
    assert _parameters(function) == parameters


def test_the_terminal_has_what_passes_are_written_by(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    pytester.makeconftest(
        """
        def pytest_terminal_summary(terminalreporter):
            assert terminalreporter._tests_ran is True
            assert terminalreporter._numcollected == 1
            assert len(terminalreporter._progress_nodeids_reported) == 1
            assert isinstance(terminalreporter._progress_nodeids_reported, set)
            assert terminalreporter._screen_width == terminalreporter._tw.fullwidth
            assert isinstance(terminalreporter._tw.width_of_current_line, int)
            assert terminalreporter._show_progress_info in ("progress", "count", "times", False)
            assert terminalreporter._is_last_item is True
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1)
    assert result.ret == 0


def test_the_plugins_that_are_changed_have_their_names(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfigure("--lf")
    for name in ("lfplugin", "nfplugin", "logging-plugin", "capturemanager", "terminalreporter"):
        assert config.pluginmanager.get_plugin(name) is not None
    assert isinstance(config.pluginmanager.get_plugin("lfplugin").lastfailed, dict)  # type: ignore[union-attr]
    assert config.pluginmanager.hasplugin("warnings")


def test_the_collection_wrapper_of_lf_has_its_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): assert False")
    pytester.makeconftest(
        """
        def pytest_collection(session):
            session.config.names = [name for name, _ in session.config.pluginmanager.list_name_plugin()]
        def pytest_terminal_summary(config): print("has wrapper:", "lfplugin-collwrapper" in config.names)
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly")
    pytester.runpytest_inprocess("--lf", "-p", "no:randomly", "-s").stdout.fnmatch_lines(
        ["has wrapper: True"]
    )


def test_a_call_that_ended_makes_pytests_report(pytester: pytest.Pytester) -> None:
    item = pytester.getitem("def test_it(): pass", "test_it")
    try:
        raise ValueError("seen")
    except ValueError as error:
        call = private.call_info(error, "call", 10.0, 2.5)
    report = pytest.TestReport.from_item_and_call(item, call)
    assert (report.outcome, report.when, report.duration, report.start, report.stop) == (
        "failed",
        "call",
        2.5,
        10.0,
        12.5,
    )
    assert "ValueError: seen" in str(report.longrepr)


def test_a_node_id_is_parsed_and_printed_without_loss() -> None:
    text = "potsdam/q/import::data/a%5B1%5D.fits::test_it[x-y]"
    assert str(NodeId.parse(text)) == text
    assert NodeId.parse(text) == NodeId.parse(text)
    assert hash(NodeId.parse(text)) == hash(NodeId.parse(text))


def test_session_values_are_those_that_tests_get_and_are_torn_down_with_the_session(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_fitsproc.plugin import private
        @pytest.fixture(scope="session")
        def thing():
            yield []
            print("torn down")
        @pytest.fixture(scope="module")
        def other(): return 1
        def test_first(request):
            item = request.node
            request.config.value = None
        def test_it(thing, request): assert thing is request.session.early["thing"]
        """
    )
    pytester.makeconftest(
        """
        from pytest_fitsproc.plugin import private_fixtures
        def pytest_runtestloop(session):
            function = next(item for item in session.items if item.name == "test_it")
            session.early = private_fixtures.session_values(function, ["thing"])
        """
    )
    result = pytester.runpytest_inprocess("-s", "-p", "no:randomly")
    result.assert_outcomes(passed=2)
    assert result.stdout.str().count("torn down") == 1


def test_passes_written_at_once_look_like_passes_written_one_by_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.parametrize("n", range(200))
        def test_it(n): pass
        """
    )
    one_by_one = pytester.runpytest_inprocess("-p", "no:randomly", "-q")
    pytester.makeconftest(
        """
        import pytest
        from pytest_fitsproc.plugin import private
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(session):
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            report = pytest.TestReport("", ("", None, ""), {}, "passed", None, "call")
            for count in (1, 100, 0, 99): private.write_passes(reporter, report, count)
            return True
        """
    )
    at_once = pytester.runpytest_inprocess("-p", "no:randomly", "-q")
    assert at_once.outlines[:-1] == one_by_one.outlines[:-1]
    assert at_once.parseoutcomes() == one_by_one.parseoutcomes()


def test_pytest_html_keeps_its_counts_where_they_are_added_to(pytester: pytest.Pytester) -> None:
    config = pytester.parseconfigure("--html=report.html")
    private.count_html_passes(config, 3)
    counts = [
        plugin._report.outcomes["passed"]["value"]
        for plugin in config.pluginmanager.get_plugins()
        if type(plugin).__module__.startswith("pytest_html")
    ]
    assert counts == [3]
