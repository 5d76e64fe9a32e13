"""The field that is being solved: what the run says of it, and what has been tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.astrometry.errors import SandboxCopyError
from pytest_fitsproc.processing.astrometry.header_check import compare_with_header
from pytest_fitsproc.processing.astrometry.indices import index_directory
from pytest_fitsproc.processing.astrometry.overlay import draw_overlay
from pytest_fitsproc.processing.astrometry.sandbox import require_collection, sub_directory
from pytest_fitsproc.processing.astrometry.solution import Cause, FieldVerdict, Solution
from pytest_fitsproc.processing.astrometry.unsolved import unsolved_error
from pytest_fitsproc.processing.solver_settings import SolverSettings

if TYPE_CHECKING:
    from astropy.io.fits import Header

#: The picture in the copy of a sandbox; see `draw_overlay`.
OVERLAY = "overlay.png"


class FieldAtHand:
    """One field and the run that it is in.

    Parameters
    ----------
    settings : of the run
    accref : of the file
    processor : name of what solves the field
    copies : which processor of the run has copied a sandbox to which directory; grows

    Attributes
    ----------
    settings : as given
    attempts : number of those that were made
    solution : what the last attempt has given; None before the first
    """

    def __init__(
        self,
        settings: SolverSettings,
        accref: str,
        processor: str = "",
        copies: dict[Path, str] | None = None,
    ) -> None:
        self.settings, self._accref, self._processor = settings, accref, processor
        self._copies = {} if copies is None else copies
        self.attempts = 0
        self.solution: Solution | None = None
        self._sandbox: Path | None = None

    @property
    def is_solved(self) -> bool:
        """Whether there is a solution."""
        return self.solution is not None and self.solution.is_solved

    def index_directory(self, given: str | os.PathLike[str] | None) -> Path:
        """Return the directory of the index files; `given` is what the processor says."""
        return index_directory(given, self.settings.index_path, DachsConfiguration.read(os.environ))

    def sandbox_copy(self, given: str | os.PathLike[str] | None = None) -> Path | None:
        """Return where the sandbox is copied; `given` is what the processor says.

        Raises
        ------
        SandboxCopyError
            What is there is no earlier sandbox, no directory of such, or the sandbox of another processor.
        """
        named = given or self.settings.copy_to
        if named is None:
            return None
        directory = Path(named).absolute()
        if self.settings.copies_many:
            require_collection(directory)
            directory = sub_directory(directory, self._accref)
        first = self._copies.setdefault(directory, self._processor)
        if first != self._processor:
            raise SandboxCopyError(
                f"no sandbox is copied to {directory}: that of {first} is there; run one of the two at a time"
            )
        self._sandbox = directory
        return directory

    def note(self, solution: Solution, attempt: int | None = None) -> None:
        """Note what an attempt has given; `attempt` is its index where it is the last of a series."""
        index = self.attempts if attempt is None else attempt
        self.attempts = index + 1
        self.solution = replace(solution, report=replace(solution.report, attempt=index))

    def require_agreement(self, header: Header) -> None:
        """Refuse the solution where it contradicts the header of the file.

        Raises
        ------
        UnsolvedError
            The position or the pixel scale is another one; the message has the numbers.
        """
        if self.solution is None or not self.solution.is_solved:
            return
        found = compare_with_header(self.solution, header)
        if found:
            cause = Cause.CONTRADICTION
            reason = f"{FieldVerdict.NOT_SOLVED}: {cause}: {'; '.join(map(str, found))}"
            report = replace(
                self.solution.report, verdict=FieldVerdict.NOT_SOLVED, cause=cause, reason=reason
            )
            self.solution = replace(self.solution, report=report)
            raise unsolved_error(report)

    def draw(self, path: Path | None) -> Path | None:
        """Write the picture of the last attempt to the copy of its sandbox, else to `path`; return where.

        None where there is nothing to draw on, or no place for it.
        """
        if self._sandbox is not None and self._sandbox.is_dir():
            path = self._sandbox / OVERLAY
        if path is None or self.solution is None:
            return None
        try:
            path.write_bytes(draw_overlay(self.solution))
        except (FitsprocError, OSError):
            # A file without an image, a full disk: what is said of the field is worth more than its picture.
            return None
        return path


_AT_HAND: ContextVar[FieldAtHand | None] = ContextVar("fitsproc_field", default=None)


@contextmanager
def working_on(field: FieldAtHand) -> Iterator[FieldAtHand]:
    """Let `field_at_hand` return a field for as long as the context lasts."""
    token = _AT_HAND.set(field)
    try:
        yield field
    finally:
        _AT_HAND.reset(token)


def field_at_hand() -> FieldAtHand | None:
    """Return the field that is worked on; None where a script solves one by itself."""
    return _AT_HAND.get()
