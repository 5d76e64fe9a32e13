"""What a header said of the sky before, compared with the solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fitsproc.checks.known_position import Disagreement, disagreements
from pytest_fitsproc.checks.placement import Placement
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry.solution import Solution

if TYPE_CHECKING:
    from astropy.io.fits import Header


def compare_with_header(solution: Solution, header: Header) -> list[Disagreement]:
    """Return what the header knew and the solution contradicts; see `disagreements`.

    Raises
    ------
    OptionError
        The field is not solved.
    """
    wcs = solution.wcs
    if wcs is None or not solution.is_solved:
        raise OptionError(f"{solution.report.path}: there is no solution to compare with the header")
    return disagreements(header, Placement.from_cards(wcs, wcs["IMAGEW"], wcs["IMAGEH"]))
