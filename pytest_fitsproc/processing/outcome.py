"""What became of one processor on one file."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FindingError, FitsprocError
from pytest_fitsproc.processing.headers.proposal import Proposal


class Verdict(StrEnum):
    """FAILED: the file or the curator's code is at fault; ERROR: what is around them; SKIPPED: left out."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


class SkipThis(Exception):
    """Raised by a processor that has nothing to do with this file: it is skipped and in no class."""


class CannotComputeHeader(FindingError):
    """Raised by a header processor that can't make a header of this file; the message says why.

    Attributes
    ----------
    label : class of such files in the report
    """

    label = "no header: it can't be computed"


class Unavailable(FitsprocError):
    """A processor asked for something that this file can't give; the file's own check says why it can't."""


class ShownField(NamedTuple):
    """What is shown of a field that was to be solved: its record in plain values, and a picture.

    Attributes
    ----------
    values : see `FieldReport.as_dict`
    picture : path of the picture; empty where there is none
    """

    values: dict[str, Any]
    picture: str


class Outcome(NamedTuple):
    """The result of one processor on one file.

    ``value`` is what the processor returned; ``start``, since the epoch, and ``duration`` are in seconds;
    ``proposals`` are the headers that it wants to be written, ``field`` is what plate solving has to show.
    """

    source: Source
    processor: str
    verdict: Verdict
    value: object
    error: BaseException | None
    start: float
    duration: float
    proposals: tuple[Proposal, ...] = ()
    field: ShownField | None = None


Judge = Callable[[BaseException], Verdict]


def judge(error: BaseException) -> Verdict:
    """The verdict on a file whose processor raised `error`; what ends the run is raised again.

    Curators' scripts call ``sys.exit``, which is a failure of that file.
    """
    if isinstance(error, SkipThis | Unavailable):
        return Verdict.SKIPPED
    if isinstance(error, Exception | SystemExit):
        return Verdict.FAILED
    raise error
