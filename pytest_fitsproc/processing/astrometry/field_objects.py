"""Positions of sources and stars in an image, as the files of a sandbox have them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

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
    pairs = _table(sandbox / CORRESPONDENCES)
    matched, stars = _columns(pairs, "field_x", "field_y"), _columns(pairs, "index_x", "index_y")
    return FieldObjects(detected, kept, matched, stars, _sources(sandbox / INDEX_STARS), endob)


def _sources(path: Path) -> Positions:
    """Return positions by source-extractor's names of columns, or by those of astrometry.net's own tables."""
    table = _table(path)
    found = _columns(table, "X_IMAGE", "Y_IMAGE")
    return found if len(found) else _columns(table, "X", "Y")


def _columns(table: Any, x: str, y: str) -> Positions:
    import numpy as np

    if table is None or x not in table.names or y not in table.names:
        return np.empty((0, 2))
    return np.column_stack([np.asarray(table[x], "f8"), np.asarray(table[y], "f8")])


def _table(path: Path) -> Any:
    from astropy.io import fits

    if not path.exists():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(path, memmap=False) as hdus:
                return hdus[1].data if len(hdus) > 1 else None
        except (OSError, ValueError, TypeError, KeyError):
            return None  # cut off, where the program was ended while it wrote
