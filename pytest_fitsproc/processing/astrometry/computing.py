"""The field of an astrometry processor, solved as its rules say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.astrometry.extraction import SourceExtraction
from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand
from pytest_fitsproc.processing.astrometry.object_filter import on_the_table
from pytest_fitsproc.processing.astrometry.parameters import SolverParameters
from pytest_fitsproc.processing.astrometry.solution import Solution
from pytest_fitsproc.processing.astrometry.solved_header import put_solution, worth_keeping
from pytest_fitsproc.processing.astrometry.solving import Attempt, first_solution, solve
from pytest_fitsproc.processing.astrometry.unsolved import unsolved_error
from pytest_fitsproc.processing.astrometry.wcs_cards import wcs_cards_of
from pytest_fitsproc.processing.astrometry_rules import AstrometryRules
from pytest_fitsproc.processing.headers.detached_file import read_detached
from pytest_fitsproc.processing.headers.edited import Call, EditError
from pytest_fitsproc.processing.headers.rules import HeaderRules
from pytest_fitsproc.processing.outcome import CannotComputeHeader

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

# Parameters that are of source-extractor, not of solve-field.
_LIMITS = ("minarea", "threshold")


@dataclass(frozen=True)
class SolvedCall:
    """Calls a curator's function with a header that has the solution of its field.

    Attributes
    ----------
    call : runs the function
    asks : which of ``header`` and ``fitschan`` it asks for
    source : the file
    rules, astrometry : of the processor
    field : that of the file
    """

    call: Call
    asks: Collection[str]
    source: Source
    rules: HeaderRules
    astrometry: AstrometryRules
    field: FieldAtHand

    def __call__(self, given: dict[str, object]) -> object:
        """Solve the field, and return the header that the function wants.

        Raises
        ------
        CannotComputeHeader
            The field has no solution, or one that contradicts the header.
        EditError
            The function asks for a FitsChan, which would not have the solution.
        """
        if "fitschan" in self.asks:
            raise EditError("an astrometry processor edits its header: ask for header instead of fitschan")
        header: Any = given["header"]
        if self.astrometry.should_solve is None or self.astrometry.should_solve(header):
            cards = self._cards(header)
            put_solution(header, cards if self.astrometry.has_filters else worth_keeping(cards))
        returned = self.call(dict.fromkeys(self.asks, header))
        return header if returned is None else returned

    def _cards(self, header: Header) -> list[Card]:
        if not self.field.settings.solves:
            return cards_of_detached(f"{self.source}{self.rules.detached}")
        solution = self._solution()
        self.field.note(solution, solution.report.attempt)
        if solution.wcs is None:
            raise unsolved_error(solution.report)
        if self.astrometry.compares:
            self.field.require_agreement(header)
        return list(solution.wcs.cards)

    def _solution(self) -> Solution:
        # All are checked before one is made.
        attempts = [self._attempt(values) for values in self.astrometry.attempts]
        return first_solution(attempts, self._solved)

    def _solved(self, attempt: Attempt) -> Solution:
        keep = self.astrometry.object_filter
        return solve(
            Path(self.source),
            attempt.parameters,
            attempt.extraction,
            None if keep is None else on_the_table(keep),
            hdu_index=self.rules.hdu,
            index_path=self.field.index_directory(None),
            copy_to=self.field.sandbox_copy(),
        )

    def _attempt(self, values: Mapping[str, Any]) -> Attempt:
        limits = {name: values[name] for name in _LIMITS if values.get(name) is not None}
        control, extraction = values.get("extraction"), None
        if control is not None or limits or self.astrometry.object_filter is not None:
            extraction = SourceExtraction(control or "", **limits)
        own = {name: value for name, value in values.items() if name not in (*_LIMITS, "extraction")}
        return Attempt(SolverParameters.from_dachs(own), self.field.settings.extraction(extraction))


def cards_of_detached(path: str) -> list[Card]:
    """Return the cards of the solution in a detached header.

    Raises
    ------
    CannotComputeHeader
        There is no such file, or it has no solution.
    """
    from pytest_fitsproc.fits.header import lazy_header

    raw = read_detached(path)
    cards = list(wcs_cards_of(lazy_header(raw)).cards) if raw else []
    if not cards:
        what = "there is no detached header" if raw is None else "the detached header has no solution"
        raise CannotComputeHeader(f"{what} to take the WCS from: {path}; solve the field without --no-anet")
    return cards
