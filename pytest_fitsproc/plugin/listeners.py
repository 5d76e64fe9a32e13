"""Who listens: whether a pass needs a report, and whether pytest's own protocol must run each item."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

_PROTOCOL_HOOKS = (
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_runtest_teardown",
    "pytest_runtest_makereport",
    "pytest_runtest_logstart",
    "pytest_runtest_logfinish",
    "pytest_pyfunc_call",
)
_REPORT_HOOKS = ("pytest_runtest_logreport",)

# Packages whose hooks change nothing about a processor that has neither marks nor fixtures of its own.
_HARMLESS = (
    "_pytest",
    "xdist",
    # xdist.remote, as execnet calls it in a worker.
    "__channelexec__",
    "pytest_html",
    "pytest_metadata",
    "pytest_fitsproc",
    "_hypothesis_pytestplugin",
    "anyio",
)

# Plugins that act only when they are asked to, and whether they are; their marks have the slow lane anyway.
_IS_ASKED: dict[str, Callable[[pytest.Config], object]] = {
    "pytest_timeout": lambda config: getattr(config, "_env_timeout", None),
    "pytest_rerunfailures": lambda config: (
        config.getoption("reruns") or config.getoption("force_reruns") or config.getini("reruns")
    ),
}

# Options that act on single items through pytest's own protocol.
_PROTOCOL_OPTIONS = ("usepdb", "trace", "setupshow", "setuponly", "setupplan")


def _always(config: pytest.Config) -> bool:
    return True


def who_needs_protocol(config: pytest.Config) -> list[str]:
    """Return who wants each item to be run by pytest's own protocol: plugins, conftests, options."""
    options = [f"--{name}" for name in _PROTOCOL_OPTIONS if config.getoption(name, False)]
    timeout = ["faulthandler_timeout"] if _has_faulthandler_timeout(config) else []
    return [*options, *timeout, *_foreign(config, _PROTOCOL_HOOKS)]


def _has_faulthandler_timeout(config: pytest.Config) -> bool:
    # The plugin may be switched off, and its ini value with it.
    return (
        config.pluginmanager.hasplugin("faulthandler")
        and float(config.getini("faulthandler_timeout") or 0) > 0
    )


def passes_are_reported(config: pytest.Config, all_html_rows: bool) -> bool:
    """Whether somebody wants a report of each item that passed, rather than their number."""
    option = config.option
    return bool(
        hasattr(config, "workerinput")
        or getattr(option, "xmlpath", None)
        or option.durations is not None
        or option.verbose > 0
        or set(option.reportchars) & set("pPA")
        or getattr(option, "stepwise", False)
        or config.getini("console_output_style") == "times"
        or (all_html_rows and getattr(option, "htmlpath", None))
        or _foreign(config, _REPORT_HOOKS)
    )


def teardowns_are_reported(config: pytest.Config, all_html_rows: bool) -> bool:
    """Whether somebody ends an item's record only with the report of its teardown."""
    option = config.option
    return bool(getattr(option, "xmlpath", None) or (all_html_rows and getattr(option, "htmlpath", None)))


def _foreign(config: pytest.Config, hooks: Iterable[str]) -> list[str]:
    functions = [
        implementation.function
        for hook in hooks
        for implementation in getattr(config.hook, hook).get_hookimpls()
    ]
    packages = dict.fromkeys(function.__module__.split(".")[0] for function in functions)
    return [
        package
        for package in packages
        if package not in _HARMLESS and _IS_ASKED.get(package, _always)(config)
    ]
