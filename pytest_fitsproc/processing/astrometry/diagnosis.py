"""From what the programs left to a verdict, a cause and one line for a person."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fitsproc.processing.astrometry.errors import (
    AstrometryError,
    ImageError,
    ObjectFilterError,
    ProgramMissing,
    ProgramTimeout,
)
from pytest_fitsproc.processing.astrometry.field_objects import FieldObjects
from pytest_fitsproc.processing.astrometry.solution import Cause, FieldVerdict

#: A quad needs four sources, and the solver some more to believe it.
MIN_SOURCES = 10

_CPU_LIMIT_REACHED = "CPU time limit reached"

#: The first that fits counts.
_OF_ERRORS: tuple[tuple[type[AstrometryError], FieldVerdict, Cause], ...] = (
    (ImageError, FieldVerdict.FAILED, Cause.IMAGE),
    (ObjectFilterError, FieldVerdict.FAILED, Cause.FILTER),
    (ProgramMissing, FieldVerdict.MISSING_PROGRAM, Cause.MISSING_PROGRAM),
    (ProgramTimeout, FieldVerdict.TIMEOUT, Cause.TIME_LIMIT),
    (AstrometryError, FieldVerdict.FAILED, Cause.PROGRAM),
)


def diagnose_error(error: AstrometryError) -> tuple[FieldVerdict, Cause, str]:
    """Return verdict, cause and reason of a field that could not be worked on to the end."""
    verdict, cause = next((verdict, cause) for kind, verdict, cause in _OF_ERRORS if isinstance(error, kind))
    return verdict, cause, str(error)


def diagnose_unsolved(objects: FieldObjects, outputs: Iterable[str]) -> tuple[FieldVerdict, Cause, str]:
    """Return verdict, cause and reason of a field that the solver did not recognise.

    Parameters
    ----------
    outputs : what the programs printed
    """
    if len(objects.detected) < MIN_SOURCES:
        cause = Cause.FEW_SOURCES
    elif len(objects.kept) < MIN_SOURCES:
        cause = Cause.FILTERED_AWAY
    elif any(_CPU_LIMIT_REACHED in output for output in outputs):
        cause = Cause.TIME_LIMIT
    else:
        cause = Cause.NO_MATCH
    counts = f"found {len(objects.detected)}, kept {len(objects.kept)}, used {len(objects.used)}"
    return FieldVerdict.NOT_SOLVED, cause, f"not solved: {cause} ({counts})"
