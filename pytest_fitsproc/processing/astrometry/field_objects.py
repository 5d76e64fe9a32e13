"""Positions of sources and stars in an image, as the files of a sandbox have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_fitsproc.processing.astrometry.columns import read_columns
from pytest_fitsproc.processing.astrometry.sandbox import (
    CORRESPONDENCES,
    DETECTED,
    INDEX_STARS,
    SOLVED,
    SOURCES,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions: TypeAlias = NDArray[np.float64]

#: Columns of positions: by source-extractor, else by astrometry.net's own extraction and of its index stars.
_SOURCES = (("X_IMAGE", "Y_IMAGE"), ("X", "Y"))

#: Columns of sources and of their stars.
_PAIRS = ("field_x", "field_y", "index_x", "index_y")


@dataclass(frozen=True, eq=False)
class FieldObjects:
    """Positions, each of shape (n, 2): x and y in pixels, the centre of the first pixel is (1, 1).

    Attributes
    ----------
    detected : all sources
    kept : those that the object filter has left, brightest first
    matched : sources that are stars of the index
    matched_stars : the places of their stars by the solution, in the same order
    index_stars : the places of all stars of the index
    endob : how many of `kept` the solver was allowed to look at; None for all
    """

    detected: Positions
    kept: Positions
    matched: Positions
    matched_stars: Positions
    index_stars: Positions
    endob: int | None = None

    @property
    def used(self) -> Positions:
        """Those that the solver was allowed to look at."""
        return self.kept[: self.endob]

    @property
    def rms_px(self) -> float | None:
        """Distance of sources from their stars, root of the mean square; None where nothing is matched."""
        if not len(self.matched):
            return None
        squares = ((self.matched - self.matched_stars) ** 2).sum(axis=1)
        return float(squares.mean() ** 0.5)


def read_objects(sandbox: Path, endob: int | None) -> FieldObjects:
    """Return what the files in a sandbox tell; what no program has written yet is empty.

    Parameters
    ----------
    endob : sources that the solver was allowed to look at; None for all
    """
    kept = _sources(sandbox / SOURCES)
    detected = _sources(sandbox / DETECTED) if (sandbox / DETECTED).exists() else kept
    if not (sandbox / SOLVED).exists():
        return FieldObjects(detected, kept, kept[:0], kept[:0], kept[:0], endob)
    pairs = read_columns(sandbox / CORRESPONDENCES, _PAIRS)
    matched, stars = _positions(pairs, *_PAIRS[:2]), _positions(pairs, *_PAIRS[2:])
    return FieldObjects(detected, kept, matched, stars, _sources(sandbox / INDEX_STARS), endob)


def _sources(path: Path) -> Positions:
    columns = read_columns(path, [name for names in _SOURCES for name in names])
    found = _positions(columns, *_SOURCES[0])
    return found if len(found) else _positions(columns, *_SOURCES[1])


def _positions(columns: Mapping[str, Any], x: str, y: str) -> Positions:
    import numpy as np

    if x not in columns or y not in columns:
        return np.empty((0, 2))
    return np.column_stack([np.asarray(columns[x], "f8"), np.asarray(columns[y], "f8")])
