"""What became of a field: a record of plain values, and the solution with its cards and positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pytest_fitsproc.processing.astrometry.errors import AstrometryError

if TYPE_CHECKING:
    from astropy.io.fits import Header

    from pytest_fitsproc.processing.astrometry.field_objects import FieldObjects


class FieldVerdict(StrEnum):
    """Only SOLVED has a solution; NOT_SOLVED: the programs ran well, and did not recognise the sky."""

    SOLVED = "solved"
    NOT_SOLVED = "not solved"
    FAILED = "failed"
    TIMEOUT = "timeout"
    MISSING_PROGRAM = "missing program"


class Cause(StrEnum):
    """Why a field has no solution, as far as can be told; fields are grouped by it."""

    NONE = ""
    FEW_SOURCES = "too few sources were found"
    FILTERED_AWAY = "the object filter left too few sources"
    TIME_LIMIT = "the time limit was reached"
    NO_MATCH = "the sources match no stars of the index"
    CONTRADICTION = "the solution contradicts the header"
    IMAGE = "there is no image to solve"
    FILTER = "the object filter does not work"
    PROGRAM = "a program failed"
    MISSING_PROGRAM = "a program is missing"


@dataclass(frozen=True)
class FieldReport:
    """What is known of an attempt at a field, in plain values.

    Attributes
    ----------
    path, hdu_index : the image; 0 is the primary
    verdict, cause : see there
    reason : why it is not solved, without the path; empty when solved
    sources_found : by source extraction
    sources_used : those that the solver was allowed to look at (after the filter, up to ``endob``)
    matched : sources that are stars of the index
    rms_px : distance of matched sources from their stars, in pixels; None without a solution, as all below
    pixel_scale_arcsec : at the centre, per pixel
    ra_deg, dec_deg : of the centre of the image, ICRS
    radius_deg : of a circle about the image
    time_s : seconds on the clock
    commands : as they were run, quoted for a shell
    attempt : index of the attempt, of several (0 is the first)
    """

    path: str
    hdu_index: int
    verdict: FieldVerdict
    cause: Cause
    reason: str
    sources_found: int = 0
    sources_used: int = 0
    matched: int = 0
    rms_px: float | None = None
    pixel_scale_arcsec: float | None = None
    ra_deg: float | None = None
    dec_deg: float | None = None
    radius_deg: float | None = None
    time_s: float = 0.0
    commands: tuple[str, ...] = field(default=())
    attempt: int = 0

    @property
    def shown_path(self) -> str:
        """The path as it fits into a line: a file name may have a line break in it."""
        return self.path if self.path.isprintable() else repr(self.path)

    @property
    def message(self) -> str:
        """One line that names the file and says why it is not solved; empty when solved."""
        return self.reason and f"{self.shown_path}: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """Return numbers, texts, None and a list of texts, as JSON has them."""
        values = asdict(self)
        return values | {
            "verdict": self.verdict.value,
            "cause": self.cause.value,
            "commands": list(self.commands),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the report that `as_dict` was called of."""
        converted = {
            "verdict": FieldVerdict(values["verdict"]),
            "cause": Cause(values["cause"]),
            "commands": tuple(values["commands"]),
        }
        return cls(**(dict(values) | converted))


@dataclass(frozen=True, eq=False)
class Solution:
    """The answer of `solve` for a field, solved or not.

    Attributes
    ----------
    report : plain values, for tables and reports
    wcs : all cards that solve-field wrote (see `wcs_cards`); None unless solved
    objects : positions of sources and stars
    error : why it has no verdict of the solver; None when it has
    """

    report: FieldReport
    wcs: Header | None
    objects: FieldObjects
    error: AstrometryError | None

    @property
    def is_solved(self) -> bool:
        """Whether there is a solution."""
        return self.report.verdict is FieldVerdict.SOLVED

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.report.path)
