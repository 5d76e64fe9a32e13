"""What is left of an outcome when it leaves its process: text, and nothing that lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.outcome import Outcome, Verdict


class Ending(NamedTuple):
    """How a processor ended on one file.

    Attributes
    ----------
    verdict : what became of it
    label : what a classifier returned
    error : the exception, as ``(ValueError, ValueError('bad size'))``
    traceback : of the exception, where it was asked for
    """

    verdict: Verdict
    label: str | None = None
    error: str = ""
    traceback: str = ""


Attempts = Callable[[Iterable[Source], Callable[[], None]], Iterator[Ending]]
"""Runs a processor on files and yields how it ended on each, in order; calls a function before it writes any.

It takes the next file when the processor has run on one, and may tell of several together.
"""


def ending_of(outcome: Outcome, with_traceback: bool = False) -> Ending:
    """Return what is left of an outcome; the value that the processor returned is, where it is a string."""
    if outcome.error is None:
        return Ending(outcome.verdict, outcome.value if isinstance(outcome.value, str) else None)
    return Ending(
        outcome.verdict,
        error=described(outcome.error),
        traceback=_traceback(outcome.error) if with_traceback else "",
    )


def described(error: BaseException) -> str:
    """Return an exception as one line: its class and its representation, as DaCHS shows it."""
    name = type(error).__name__
    try:
        return f"({name}, {error!r})"
    except Exception as failure:
        return f"({name}, which can't be shown: its __repr__ raises {type(failure).__name__})"


def _traceback(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))
