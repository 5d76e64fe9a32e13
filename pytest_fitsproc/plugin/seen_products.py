"""The products as a processor sees them: a fixture ``products`` of the curator's stands for ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.products import Products
from pytest_fitsproc.plugin import fixtures, private_fixtures
from pytest_fitsproc.plugin.templates import BUILTIN
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.visit import PROVIDERS

Place = pytest.Function | pytest.Collector

_NAME = "products"


class SeenProducts:
    """Gives the products of a data descriptor as they are seen at a place.

    The place is a function, or the module of a class. A function of ours sees the conftests in and above the
    ``bin`` of the resource directory, as far as pytest has loaded them. Where the fixture of this name gives
    something else, or asks for a file, our products are given.

    Parameters
    ----------
    ours : gives the products that the run has of a data descriptor
    descriptors : those of the run
    """

    def __init__(
        self, ours: Callable[[DataDescriptor], Products], descriptors: Sequence[DataDescriptor]
    ) -> None:
        self._ours, self._descriptors = ours, descriptors
        self._seen: dict[tuple[Place, DataDescriptor], Products] = {}

    def of(self, place: Place, dd: DataDescriptor) -> Products:
        """Return the products of a data descriptor as they are seen at a place.

        Raises
        ------
        SetupFailed
            The fixture fails.
        """
        if (place, dd) not in self._seen:
            self._seen[place, dd] = self._find(_real_place(place, dd), dd)
        return self._seen[place, dd]

    def _find(self, place: Place, dd: DataDescriptor) -> Products:
        is_ours = private_fixtures.module_of_fixture(place, _NAME) == fixtures.__name__
        if is_ours or not PROVIDERS.keys().isdisjoint(private_fixtures.names_behind_fixture(place, _NAME)):
            return self._ours(dd)
        parameters = {"dd": dd} if len(self._descriptors) > 1 else {}
        try:
            value = private_fixtures.session_values(place, [_NAME], parameters)[_NAME]
        except Exception as error:
            raise SetupFailed from error
        return value if isinstance(value, Products) else self._ours(dd)


def _real_place(place: Place, dd: DataDescriptor) -> Place:
    """Where fixtures are looked for; a function of ours is nowhere near the data."""
    if isinstance(place, pytest.Function) and hasattr(place.obj, BUILTIN):
        return private_fixtures.nearest_with_fixture(place.session, _NAME, Path(dd.rd.resdir, "bin"))
    return place
