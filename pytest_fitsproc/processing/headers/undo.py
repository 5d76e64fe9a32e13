"""Headers are put back as they were before a run."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.processing.headers.edit_log import EditLog


@dataclass(frozen=True, slots=True)
class Undone:
    """A file that has the headers it had before the run.

    Attributes
    ----------
    path : absolute
    was_old : whether it had them already, so that nothing was written
    """

    path: str
    was_old: bool = False


@dataclass(frozen=True, slots=True)
class NotUndone:
    """A file that was left as it is.

    Attributes
    ----------
    path : absolute
    reason : why, on one line, without the path
    """

    path: str
    reason: str


def undo(log: EditLog, policy: RewritePolicy, run: str | None = None) -> list[Undone | NotUndone]:
    """Put back the headers that files had before a run; return what came of each file."""
    raise NotImplementedError
