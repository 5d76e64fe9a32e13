"""How writers are run on a visit: as their rules say, whatever lane they go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.archive.preview_target import PreviewTarget
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FindingError, FitsprocError
from pytest_fitsproc.plugin.fields import Fields
from pytest_fitsproc.plugin.templates import PROPOSES, SOLVES, Template
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.plugin.waking import Waking
from pytest_fitsproc.processing.astrometry_rules import AstrometryRules, astrometry_rules
from pytest_fitsproc.processing.headers.rules import HeaderRules, header_rules
from pytest_fitsproc.processing.headers.writing import WriteOptions
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.previews.places import PreviewPlaces
from pytest_fitsproc.processing.previews.rules import preview_rules
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand

#: Calls the curator's function with these values instead of those that the visit provides.
Call = Callable[[Mapping[str, object]], object]

#: Runs a writer on a visit, and returns the file's class or None.
Step = Callable[[Visit, Call], object]

_EDITABLE = frozenset({"header", "fitschan"})


class NoPlaceError(FindingError):
    """There is no place for a preview; the message says why."""


@dataclass(frozen=True)
class Steps:
    """What is done with the functions of writers.

    Attributes
    ----------
    waking : what the command line says of writers
    places : tells where previews belong that a function makes
    write : how files are written
    fields : those that are solved
    """

    waking: Waking
    places: Callable[[pytest.Function], PreviewPlaces]
    write: WriteOptions
    fields: Fields

    def step(self, template: Template) -> Step:
        """Return what runs a writer."""
        function = template.function.obj
        if getattr(function, SOLVES, False):
            return lambda visit, call: self.fields.solve(visit, template.name, lambda field: call({}))
        if getattr(function, PROPOSES, False):
            return lambda visit, call: call({})
        if template.kind is Kind.PREVIEW_MAKER:
            return self._preview_step(template.function)
        asks = _EDITABLE.intersection(template.function._fixtureinfo.argnames)
        astrometry = astrometry_rules(function)
        if astrometry is not None:
            return self._solver_step(template.name, header_rules(function), astrometry, asks)
        return self._header_step(header_rules(function), asks)

    def foresight(self, function: pytest.Function) -> Callable[[Source], str]:
        """Return what classifies a file for a preview maker: ``without`` where a run makes its preview."""
        from pytest_fitsproc.processing.previews.making import preview_class

        switches, places = self.waking.previews, self.places(function)
        return lambda source: preview_class(_target(places, source), switches)

    def _header_step(self, rules: HeaderRules, asks: frozenset[str]) -> Step:
        switches = self.waking.switches
        if rules.detached is None:
            from pytest_fitsproc.processing.headers.immediate import run_immediate

            return lambda visit, call: run_immediate(visit, rules, switches, asks, call)
        from pytest_fitsproc.processing.headers.detached import run_detached

        return lambda visit, call: run_detached(visit, rules, switches, asks, call, self.write)

    def _solver_step(
        self, name: str, rules: HeaderRules, astrometry: AstrometryRules, asks: frozenset[str]
    ) -> Step:
        from pytest_fitsproc.processing.astrometry.computing import SolvedCall
        from pytest_fitsproc.processing.headers.detached import run_detached

        def step(visit: Visit, call: Call) -> object:
            def solve(field: FieldAtHand) -> object:
                solved = SolvedCall(call, asks, visit.source, rules, astrometry, field)
                return run_detached(visit, rules, self.waking.switches, {"header"}, solved, self.write)

            return self.fields.solve(visit, name, solve)

        return step

    def _preview_step(self, function: pytest.Function) -> Step:
        from pytest_fitsproc.processing.previews.making import make_preview

        rules, switches, places = preview_rules(function.obj), self.waking.previews, self.places(function)

        def step(visit: Visit, call: Call) -> object:
            target = _target(places, visit.source)
            return make_preview(target, rules, switches, lambda: _shown(call({}), visit))

        return step


def _target(places: PreviewPlaces, source: Source) -> PreviewTarget:
    try:
        return places.target(source)
    except DatabaseError as error:
        raise SetupFailed from error
    except FitsprocError as error:
        raise NoPlaceError(str(error)) from error


def _shown(value: object, visit: Visit) -> object:
    """Return what a preview maker returned, the file that is open already in place of its source."""
    return visit.file if value is visit.source else value
