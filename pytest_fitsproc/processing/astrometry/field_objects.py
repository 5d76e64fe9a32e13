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
    kept = _positions(sandbox / SOURCES, _SOURCE_COLUMNS)
    detected = _positions(sandbox / DETECTED, _SOURCE_COLUMNS) if (sandbox / DETECTED).exists() else kept
    if not (sandbox / SOLVED).exists():
        nothing = kept[:0]
        return FieldObjects(detected, kept, nothing, nothing, nothing, endob)
    return FieldObjects(
        detected,
        kept,
        _positions(sandbox / CORRESPONDENCES, (("field_x", "field_y"),)),
        _positions(sandbox / CORRESPONDENCES, (("index_x", "index_y"),)),
        _positions(sandbox / INDEX_STARS, _SOURCE_COLUMNS),
        endob,
    )


# source-extractor's names, and those of astrometry.net's own extraction.
_SOURCE_COLUMNS = (("X_IMAGE", "Y_IMAGE"), ("X", "Y"))


def _positions(path: Path, columns: tuple[tuple[str, str], ...]) -> Positions:
    """Return two columns of the table in HDU 1, by the first pair of names that it has."""
    import numpy as np

    table = _table(path)
    for x, y in columns:
        if table is not None and x in table.names and y in table.names:
            return np.column_stack([np.asarray(table[x], "f8"), np.asarray(table[y], "f8")])
    return np.empty((0, 2))


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
