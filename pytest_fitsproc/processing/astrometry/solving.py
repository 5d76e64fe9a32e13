"""Solve a field with astrometry.net: from a file to the cards of a WCS, and a record of how it went."""

from __future__ import annotations

import errno
import os
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from pytest_fitsproc.checks.placement import Placement
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry.diagnosis import diagnose_error, diagnose_unsolved
from pytest_fitsproc.processing.astrometry.errors import AstrometryError
from pytest_fitsproc.processing.astrometry.extraction import SourceExtraction, extract_sources
from pytest_fitsproc.processing.astrometry.field_objects import read_objects
from pytest_fitsproc.processing.astrometry.image import place_image
from pytest_fitsproc.processing.astrometry.indices import find_indices, index_directory
from pytest_fitsproc.processing.astrometry.object_filter import ObjectFilter, filter_sources
from pytest_fitsproc.processing.astrometry.parameters import SolverParameters
from pytest_fitsproc.processing.astrometry.sandbox import (
    IMAGE,
    SOLVED,
    SOURCES,
    Sandbox,
    copy_sandbox,
    require_replaceable,
    temporary_sandbox,
)
from pytest_fitsproc.processing.astrometry.solution import Cause, FieldReport, FieldVerdict, Solution
from pytest_fitsproc.processing.astrometry.wcs_cards import wcs_cards

PROGRAM = "solve-field"
_CONFIGURATION = "backend.cfg"

# What a full or broken disk says; any other error of the system is a slip of ours.
_DISK_ERRORS = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS}


@dataclass(frozen=True)
class Attempt:
    """One way to solve a field.

    Attributes
    ----------
    parameters : of solve-field
    extraction : of source-extractor; None leaves the sources to solve-field
    """

    parameters: SolverParameters = field(default_factory=SolverParameters)
    extraction: SourceExtraction | None = None


def solve(
    path: Path,
    parameters: SolverParameters | None = None,
    extraction: SourceExtraction | None = None,
    object_filter: ObjectFilter | None = None,
    *,
    hdu_index: int = 0,
    index_path: Path | None = None,
    copy_to: Path | None = None,
    wall_limit_s: float | None = None,
) -> Solution:
    """Return what astrometry.net makes of the image in a file; the file is only read.

    What is wrong with this file, or with a program, is in the solution; see `FieldVerdict`.

    Parameters
    ----------
    parameters : of solve-field
    extraction : of source-extractor; None leaves the sources to solve-field
    object_filter : changes the table of sources in place (see `on_the_table` for functions that return one);
        it needs `extraction`
    hdu_index : of the image; 0 is the primary
    index_path : directory of the index files; see `index_directory`
    copy_to : the sandbox is copied there, whatever happens
    wall_limit_s : seconds on the clock for all programs; else it follows from ``total_timelimit``

    Raises
    ------
    IndexNotFoundError
        A name of the parameters means no index file; nothing was run.
    OptionError
        There is a filter, but nothing for it to filter.
    SandboxCopyError
        The sandbox may not, or can't, be copied to `copy_to`.
    AstrometryError
        There is no directory for temporary files.
    """
    attempt = Attempt(parameters or SolverParameters(), extraction)
    if object_filter is not None and extraction is None:
        raise OptionError("an object filter needs sources of source-extractor: give an extraction, too")
    indices = find_indices(attempt.parameters.indices, index_path or index_directory())
    if copy_to is not None:
        require_replaceable(copy_to)
    start = time.monotonic()
    with temporary_sandbox(wall_limit_s or attempt.parameters.wall_limit_s) as sandbox:
        try:
            work = partial(_work, sandbox, path, hdu_index, attempt, indices, object_filter)
            error = _error_of(work)
        finally:
            if copy_to is not None:
                copy_sandbox(sandbox.directory, copy_to)
        return _solution(sandbox, path, hdu_index, attempt.parameters, error, start)


def first_solution(attempts: Iterable[Attempt], solve_by: Callable[[Attempt], Solution]) -> Solution:
    """Return the first solution of several attempts, or else the last failure.

    ``report.attempt`` tells which it is. A program that fails does not end the series, unless it is missing.

    Parameters
    ----------
    attempts : in their order
    solve_by : makes one, by `solve`

    Raises
    ------
    OptionError
        There is no attempt.
    """
    solution = None
    for index, attempt in enumerate(attempts):
        solution = solve_by(attempt)
        solution = replace(solution, report=replace(solution.report, attempt=index))
        if solution.is_solved or solution.report.verdict is FieldVerdict.MISSING_PROGRAM:
            break
    if solution is None:
        raise OptionError("there are no parameters to try")
    return solution


def _error_of(work: Callable[[], None]) -> AstrometryError | None:
    """Do the work; return what has gone wrong with this file or a program."""
    try:
        work()
    except AstrometryError as error:
        return error
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        failure = AstrometryError(
            f"the sandbox can't be written: {error.strerror}; set TMPDIR to another disk"
        )
        failure.__cause__ = error
        return failure
    return None


def _work(
    sandbox: Sandbox,
    path: Path,
    hdu_index: int,
    attempt: Attempt,
    indices: Sequence[Path],
    object_filter: ObjectFilter | None,
) -> None:
    """Fill the sandbox: image, sources, solution."""
    parameters, extraction = attempt.parameters, attempt.extraction
    size = place_image(path, sandbox.path(IMAGE), hdu_index=hdu_index, inverts=parameters.invert)
    _write_configuration(sandbox, indices)
    if extraction is None:
        sandbox.run(PROGRAM, [*_options(parameters), IMAGE])
        return
    extract_sources(sandbox, extraction)
    if object_filter is None or _filtered(sandbox, object_filter, extraction.needed_columns):
        helpers = [] if parameters.helpers else ["--no-remove-lines", "--uniformize", "0"]
        options = [*_options(parameters), *helpers, *extraction.options(*size)]
        sandbox.run(PROGRAM, [*options, SOURCES])


def _filtered(sandbox: Sandbox, object_filter: ObjectFilter, columns: tuple[str, ...]) -> bool:
    """Filter the sources, if there are any; return whether there are then."""
    found = len(read_objects(sandbox.directory, None).kept)
    return found > 0 and filter_sources(sandbox, object_filter, columns) > 0


def _write_configuration(sandbox: Sandbox, indices: Sequence[Path]) -> None:
    lines = [f"index {path}" for path in indices]
    sandbox.path(_CONFIGURATION).write_bytes(os.fsencode("\n".join([*lines, "inparallel", ""])))


def _options(parameters: SolverParameters) -> list[str]:
    files = ["--backend-config", _CONFIGURATION, "--temp-dir", ".", "--new-fits", "none"]
    return ["--continue", "-v", *files, *parameters.options()]


def _solution(
    sandbox: Sandbox,
    path: Path,
    hdu_index: int,
    parameters: SolverParameters,
    error: AstrometryError | None,
    start: float,
) -> Solution:
    objects = read_objects(sandbox.directory, parameters.endob)
    is_solved = error is None and sandbox.path(SOLVED).exists()
    wcs = wcs_cards(sandbox.directory) if is_solved else None
    if error is not None:
        verdict, cause, reason = diagnose_error(error)
    elif wcs is None:
        verdict, cause, reason = diagnose_unsolved(objects, sandbox.outputs)
    else:
        verdict, cause, reason = FieldVerdict.SOLVED, Cause.NONE, ""
    report = FieldReport(
        path=str(path),
        hdu_index=hdu_index,
        verdict=verdict,
        cause=cause,
        reason=reason,
        sources_found=len(objects.detected),
        sources_used=len(objects.used),
        matched=len(objects.matched),
        rms_px=objects.rms_px,
        time_s=time.monotonic() - start,
        commands=tuple(map(shlex.join, sandbox.commands)),
    )
    if wcs is not None:
        report = replace(report, **vars(Placement.from_cards(wcs, wcs["IMAGEW"], wcs["IMAGEH"])))
    return Solution(report, wcs, objects, error)
