"""Fields of which no header is made, as errors that say why."""

from __future__ import annotations

from pytest_fitsproc.processing.astrometry.solution import FieldReport, FieldVerdict
from pytest_fitsproc.processing.outcome import CannotComputeHeader


class UnsolvedError(CannotComputeHeader):
    """A field has no solution, or one that can't be right; the message says why in one line.

    Attributes
    ----------
    label : class of the file in the report of a run
    """

    def __init__(self, message: str, label: str) -> None:
        super().__init__(message, label)
        self.message, self.label = message, label

    def __str__(self) -> str:
        """Return the message."""
        return self.message


def unsolved_error(report: FieldReport) -> UnsolvedError:
    """Return the error of a field without a solution: verdict, cause, sources and time in a line."""
    attempts = f", {report.attempt + 1} attempts" if report.attempt else ""
    return UnsolvedError(f"{report.reason}, {report.time_s:.1f} s{attempts}", label_of(report))


def label_of(report: FieldReport) -> str:
    """Return the class of a field in the report of a run."""
    if report.verdict is FieldVerdict.SOLVED:
        return f"solved by attempt {report.attempt + 1}" if report.attempt else "solved"
    return f"{FieldVerdict.NOT_SOLVED}: {report.cause}"
