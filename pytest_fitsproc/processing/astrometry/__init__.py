"""Plate solving: astrometry.net finds out where on the sky an image was taken, and a record says how."""

from pytest_fitsproc.processing.astrometry.errors import (
    AstrometryError,
    ImageError,
    IndexNotFoundError,
    ObjectFilterError,
    ProgramFailed,
    ProgramMissing,
    ProgramTimeout,
    SandboxCopyError,
)
from pytest_fitsproc.processing.astrometry.extraction import (
    PLATE_MINAREA,
    PLATE_THRESHOLD,
    SourceExtraction,
)
from pytest_fitsproc.processing.astrometry.failure_groups import failure_groups, summary_lines
from pytest_fitsproc.processing.astrometry.header_check import compare_with_header
from pytest_fitsproc.processing.astrometry.indices import find_indices, index_directory
from pytest_fitsproc.processing.astrometry.object_filter import ObjectFilter, TableFilter, on_the_table
from pytest_fitsproc.processing.astrometry.overlay import draw_overlay
from pytest_fitsproc.processing.astrometry.parameters import SolverParameters
from pytest_fitsproc.processing.astrometry.sandbox import (
    copy_sandbox,
    require_replaceable,
    sub_directory,
    temporary_sandbox,
)
from pytest_fitsproc.processing.astrometry.solution import Cause, FieldReport, FieldVerdict, Solution
from pytest_fitsproc.processing.astrometry.solving import Attempt, first_solution, solve
from pytest_fitsproc.processing.astrometry.wcs_cards import (
    NOT_COPIED,
    keeps_comment,
    keeps_history,
    wcs_cards,
    wcs_cards_of,
)

__all__ = [
    "NOT_COPIED",
    "PLATE_MINAREA",
    "PLATE_THRESHOLD",
    "AstrometryError",
    "Attempt",
    "Cause",
    "FieldReport",
    "FieldVerdict",
    "ImageError",
    "IndexNotFoundError",
    "ObjectFilter",
    "ObjectFilterError",
    "ProgramFailed",
    "ProgramMissing",
    "ProgramTimeout",
    "SandboxCopyError",
    "Solution",
    "SolverParameters",
    "SourceExtraction",
    "TableFilter",
    "compare_with_header",
    "copy_sandbox",
    "draw_overlay",
    "failure_groups",
    "find_indices",
    "first_solution",
    "index_directory",
    "keeps_comment",
    "keeps_history",
    "on_the_table",
    "require_replaceable",
    "solve",
    "sub_directory",
    "summary_lines",
    "temporary_sandbox",
    "wcs_cards",
    "wcs_cards_of",
]
