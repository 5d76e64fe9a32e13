"""The two lanes: what a processor asks for decides how its items run.

The fast lane is for a processor that needs nothing but what is given file by file and fixtures of session
scope: its function is called with no more of pytest around it than is seen from outside. All others go the
slow lane, where each item is an ordinary pytest function.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from pytest_fitsproc.plugin import private_fixtures
from pytest_fitsproc.plugin.rows import Rows
from pytest_fitsproc.plugin.steps import Steps
from pytest_fitsproc.plugin.templates import Template
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.classes import checked_label
from pytest_fitsproc.processing.engine import Processor
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Unavailable
from pytest_fitsproc.processing.visit import PROVIDERS, Visit

_FIXTURES_MODULE = "pytest_fitsproc.plugin.fixtures"

# Marks that pytest and well-known plugins act on, item by item.
_SLOW_MARKS = frozenset(
    {
        "skip",
        "skipif",
        "xfail",
        "usefixtures",
        "filterwarnings",
        "parametrize",
        "timeout",
        "flaky",
        "no_cover",
    }
)


def fast_processor(template: Template, rows: Rows, steps: Steps) -> Processor | None:
    """Return the processor of a template that may go the fast lane, else None."""
    if not _is_plain(template.function) or not all(map(_is_shared(template), template.function.fixturenames)):
        return None
    call = _calling(template.function, rows)
    if template.kind.writes:
        step = steps.step(template)
        return Processor(
            template.name, template.kind, lambda visit: step(visit, partial(call, visit)), template.is_awake
        )
    value_of = checked_label if template.kind is Kind.CLASSIFIER else _nothing_returned(template)
    return Processor(template.name, template.kind, lambda visit: value_of(call(visit, {})))


def _is_plain(function: pytest.Function) -> bool:
    """Whether calling the function is all that running it takes."""
    params = function.callspec.params.keys() if hasattr(function, "callspec") else ()
    return (
        not (set(params) - {"dd"})
        and not any(mark.name in _SLOW_MARKS for mark in function.iter_markers())
        and not inspect.iscoroutinefunction(function.obj)
        and not inspect.isasyncgenfunction(function.obj)
        and not hasattr(function.obj, "is_hypothesis_test")
    )


def _is_shared(template: Template) -> Callable[[str], bool]:
    """Whether a fixture is ours, not overridden, or lives as long as the session."""
    info = template.function._fixtureinfo
    definitions = info.name2fixturedefs

    def is_shared(name: str) -> bool:
        if not definitions.get(name):
            # `request` has no definition; that of a session fixture is not the processor's.
            return name == "request" and name not in info.argnames
        definition = definitions[name][-1]
        return definition.scope == "session" or definition.func.__module__ == _FIXTURES_MODULE

    return is_shared


def _calling(function: pytest.Function, rows: Rows) -> Callable[[Visit, Mapping[str, object]], object]:
    """Return what calls the function with its arguments for a visit, but for those that are given."""
    names = function._fixtureinfo.argnames
    by_file = [(name, PROVIDERS[name]) for name in names if name in PROVIDERS]
    shared = _SharedValues(function, rows)
    bound = _bound(function)

    def call(visit: Visit, given: Mapping[str, object]) -> object:
        arguments = shared.values()
        for name, provide in by_file:
            arguments[name] = given[name] if name in given else _provided(provide, visit)
        return bound()(**arguments)

    return call


def _provided(provide: Callable[[Visit], object], visit: Visit) -> object:
    try:
        return provide(visit)
    except Unavailable:
        raise
    except Exception as error:
        raise SetupFailed from error


def _bound(function: pytest.Function) -> Callable[[], Callable[..., object]]:
    """Return what gives the callable: for a method, that of a fresh instance of its class."""
    if isinstance(function.parent, pytest.Class):
        cls, name = function.parent.obj, function.originalname
        return lambda: getattr(cls(), name)
    obj = function.obj
    return lambda: obj


class _SharedValues:
    """Values of the arguments that do not depend on the file, made when the first file needs them."""

    def __init__(self, function: pytest.Function, rows: Rows) -> None:
        self._function, self._rows = function, rows
        self._values: dict[str, Any] | None = None
        self._failure: BaseException | None = None

    def values(self) -> dict[str, Any]:
        """A fresh dict of them."""
        if self._failure is not None:
            raise SetupFailed from self._failure
        if self._values is None:
            self._values = self._made()
        return self._values.copy()

    def _made(self) -> dict[str, Any]:
        names = [name for name in self._function._fixtureinfo.argnames if name not in PROVIDERS]
        own = {"gather": self._rows.gather} if "gather" in names else {}
        try:
            return (
                private_fixtures.session_values(self._function, [name for name in names if name not in own])
                | own
            )
        except Exception as error:
            self._failure = error
            raise SetupFailed from error


def _nothing_returned(template: Template) -> Callable[[object], None]:
    """Return what warns, as pytest does, of a check that returns something instead of asserting it."""

    def warn(value: object) -> None:
        if value is not None:
            warnings.warn(
                pytest.PytestReturnNotNoneWarning(
                    f"{template.name} returned {type(value).__name__};"
                    " did you mean to use `assert` instead of `return`?"
                ),
                stacklevel=2,
            )

    return warn
