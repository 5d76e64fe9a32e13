"""What a killed run left half-written is put right before the next run that writes."""

from __future__ import annotations

from argparse import Namespace

from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.headers.recovering import unfinished

# Options of pytest by which it shows something, and runs nothing.
_SHOWING = {
    "collectonly": "--collect-only",
    "help": "--help",
    "version": "--version",
    "markers": "--markers",
    "cacheshow": "--cache-show",
    "showfixtures": "--fixtures",
    "show_fixtures_per_test": "--fixtures-per-test",
    "setupplan": "--setup-plan",
}


def put_right(run: Run, may_write: bool) -> list[str]:
    """Recover what the journals of earlier runs name; return what the user is to know, a line each.

    A run that may not write says only that there is something to recover.
    """
    return [
        line
        for found in unfinished(run.descriptors)
        for line in (found.recovered(run.settings.write) if may_write else [found.advice()])
    ]


def only_shows(option: Namespace) -> str | None:
    """Return the option by which nothing is run, whatever else is asked for, so that nothing may change."""
    return next((flag for name, flag in _SHOWING.items() if getattr(option, name, None)), None)
