"""The built-in checks as functions that pytest can make items of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.checks import BUILTIN_CHECKS, Check
from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.errors import FindingError, OptionError
from pytest_fitsproc.plugin import private_fixtures
from pytest_fitsproc.plugin.settings import Settings
from pytest_fitsproc.plugin.templates import BUILTIN
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.engine import Engine
from pytest_fitsproc.processing.previews.rules import preview_maker


class CheckFailed(FindingError):
    """A file has findings; the message has a line for each."""


def chosen_checks(names: str) -> dict[str, Check]:
    """Return the built-in checks that ``--fitsproc-checks`` names, by name.

    Raises
    ------
    OptionError
        There is no such check.
    """
    if names == "none":
        return {}
    if names == "all":
        return BUILTIN_CHECKS
    unknown = [name for name in names.split(",") if name not in BUILTIN_CHECKS]
    if unknown:
        raise OptionError(
            f"--fitsproc-checks: there is no check {unknown[0]!r}; there are {', '.join(BUILTIN_CHECKS)}"
        )
    return {name: BUILTIN_CHECKS[name] for name in names.split(",")}


def builtin_functions(session: pytest.Session, settings: Settings, engine: Engine) -> list[pytest.Function]:
    """Return a pytest function for each chosen check, which fails where the check finds an error.

    There is one more where previews were asked for.
    """
    module = pytest.Module.from_parent(session, path=Path(__file__))
    functions: dict[str, Callable[[Source], object]] = {
        name: _item_function(check, engine) for name, check in chosen_checks(settings.checks).items()
    }
    if settings.default_previews:
        private_fixtures.place_conftests(session)
        functions[preview.__name__] = preview
    return [
        pytest.Function.from_parent(module, name=name, callobj=function)
        for name, function in functions.items()
    ]


@preview_maker
def preview(source: Source) -> Source:
    """Make the preview of the first image or spectrum in a file."""
    return source


setattr(preview, BUILTIN, True)


def _item_function(check: Check, engine: Engine) -> Callable[[Source], None]:
    def run(source: Source) -> None:
        try:
            findings = check(engine.visit(source).file)
        except Exception as error:
            raise SetupFailed from error
        if any(finding.level is Level.ERROR for finding in findings):
            raise CheckFailed(_lines(source, findings))
        if findings:
            # A pass with warnings: pytest keeps what it prints, and shows it with -rP.
            print(_lines(source, findings))

    run.__doc__ = check.__doc__
    setattr(run, BUILTIN, True)
    return run


def _lines(source: Source, findings: Iterable[Finding]) -> str:
    return "\n".join(printable(f"{source.label}: {finding}") for finding in findings)
