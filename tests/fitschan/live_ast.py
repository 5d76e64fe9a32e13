"""What the tests against the live library share: running both, and what they see of a channel."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def sizes(default: int, slow: int) -> pytest.MarkDecorator:
    """Run a test with a few examples always, and with many under ``-m slow``."""
    return pytest.mark.parametrize("n_examples", [default, pytest.param(slow, marks=pytest.mark.slow)])


def check(n_examples: int, property_of: Callable[..., None], *strategies: SearchStrategy[Any]) -> None:
    """Run a property on a number of examples."""
    limited = settings(max_examples=n_examples, deadline=None, database=None, suppress_health_check=_QUIET)
    limited(given(*strategies)(property_of))()


class Lines:
    """The source and the sink of a Channel of starlink.Ast."""

    def __init__(self, lines: list[str] | None = None) -> None:
        self._unread = iter(lines or [])
        self.written: list[str] = []

    def astsource(self) -> str | None:
        return next(self._unread, None)

    def astsink(self, line: str) -> None:
        self.written.append(line)


def dump(ast: ModuleType, ast_object: Any, full: int = -1) -> str:
    """Return the Channel text of an object of AST."""
    lines = Lines()
    ast.Channel(None, lines, f"Full={full}").write(ast_object)
    return "".join(f"{line}\n" for line in lines.written)


def load(ast: ModuleType, text: str) -> Any:
    """Return the object of AST that a Channel text describes."""
    return ast.Channel(Lines(text.splitlines()), None).read()


def live_cards(chan: Any) -> list[str]:
    """Return all cards of a FitsChan of AST, which is left alone."""
    copy = chan.copy()
    copy.clear("Card")
    return [copy.findfits("%f", True)[1] for _ in range(copy.Ncard)]


def written(ast: ModuleType, ast_object: Any, attributes: str = "") -> list[str]:
    """Return the cards that AST writes for an object."""
    chan = ast.FitsChan(None, None, attributes)
    chan.write(ast_object)
    return live_cards(chan)
