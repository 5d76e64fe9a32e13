"""Plate solving by astrometry.net with the names of DaCHS' module ``anet``."""

# ruff: noqa: N802, N803

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FindingError

if TYPE_CHECKING:
    from astropy.io.fits import Card

#: A key of DaCHS' solver parameters that is no parameter: a function to be called first.
_PREPARATION = "_preparationFunction"


class Error(FindingError):
    """Root of the errors that DaCHS' module knows."""


class NotSolved(Error):
    """A field has no solution; `getWCSFieldsFor` returns None instead of raising it."""


class ObjectNotFound(Error):
    """For processors that raise it."""


class ShellCommandFailed(Error):
    """A program failed, or nothing that was tried has worked.

    Attributes
    ----------
    msg : what the program said
    retcode : what it ended with; None where no program has ended
    """

    def __init__(self, msg: str, retcode: int | None) -> None:
        super().__init__(msg, retcode)
        self.msg, self.retcode = msg, retcode

    def __str__(self) -> str:
        """Return one line with both."""
        return self.msg if self.retcode is None else f"{self.msg} (status {self.retcode})"


def getWCSFieldsFor(
    fName: str | os.PathLike[str],
    solverParameters: Mapping[str, Any],
    sourceExtractorControl: str | None = None,
    objectFilter: Callable[[str], object] | None = None,
    copyTo: str | os.PathLike[str] | None = None,
    indexPath: str | os.PathLike[str] | None = None,
    verbose: bool = False,
) -> list[Card] | None:
    """Return the cards that solve-field wrote for the image in a file, or None where it found no solution.

    Parameters
    ----------
    solverParameters : see `SolverParameters`, whose fields they are
    sourceExtractorControl : parameters of source-extractor; None leaves the sources to solve-field
    objectFilter : changes the file whose name it gets; the sandbox is the working directory then. It is not
        called without a control text.
    copyTo : a directory that becomes a copy of the sandbox
    indexPath : directory of the index files; else DaCHS' own, if it is there, else the system's
    verbose : print the commands

    Raises
    ------
    ShellCommandFailed
        A program failed, or the file has no image.
    ObjectFilterError, ProgramMissing
        The filter does not work, or a program is not installed: other parameters would not help.
    OptionError, IndexNotFoundError, SandboxCopyError
        What was asked for can't be done for any file.
    """
    from pytest_fitsproc.processing.astrometry import (
        ObjectFilterError,
        ProgramMissing,
        SolverParameters,
        SourceExtraction,
        solve,
    )
    from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand, field_at_hand
    from pytest_fitsproc.processing.solver_settings import SolverSettings

    field = field_at_hand() or FieldAtHand(SolverSettings(), os.path.basename(fName))
    values = dict(solverParameters)
    values.pop(_PREPARATION, lambda: None)()
    control = sourceExtractorControl
    extraction = field.settings.extraction(None if control is None else SourceExtraction(control))
    solution = solve(
        Path(fName),
        SolverParameters.from_dachs(values),
        extraction,
        objectFilter if extraction else None,
        index_path=field.index_directory(indexPath),
        copy_to=field.sandbox_copy(copyTo),
    )
    field.note(solution)
    if verbose:
        print(*solution.report.commands, sep="\n")
    if isinstance(solution.error, ObjectFilterError | ProgramMissing):
        raise solution.error
    if solution.error is not None:
        raise ShellCommandFailed(
            solution.report.message, getattr(solution.error, "returncode", None)
        ) from solution.error
    return None if solution.wcs is None else list(solution.wcs.cards)
