"""Sums along the columns of blocks of pixels: the pass that touches every pixel, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SUM_DTYPES = {"u1": "i4", "i1": "i4", "i2": "i4", "u2": "i4", "f4": "f4"}
"""Types in which `MAX_HEIGHT` rows are summed without overflow; the others are summed as f8."""

MAX_HEIGHT = 1 << 15


@dataclass(frozen=True)
class ColumnSums:
    """Sums over the height of blocks, column by column.

    Attributes
    ----------
    sums : (rows of blocks, nx), stored values
    counts : how many pixels with a value are in each sum, of the same shape; or one number for all
    """

    sums: Numbers
    counts: Numbers | int

    def __add__(self, other: ColumnSums) -> ColumnSums:
        """Return the sums over the height of both."""
        return ColumnSums(self.sums.astype("f8") + other.sums, self.counts + other.counts)

    def means(self, width: int) -> Numbers:
        """Return the means of blocks of a width, float64; NaN where no pixel has a value."""
        import numpy as np

        # A signalling NaN makes numpy warn of an invalid value, and so do 0 / 0 and sums beyond all numbers.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            if isinstance(self.counts, int):
                return _sums_of_blocks(self.sums, width) / (self.counts * width)
            return _sums_of_blocks(self.sums, width) / _sums_of_blocks(self.counts, width)


def _sums_of_blocks(numbers: Numbers, width: int) -> Numbers:
    """Return sums over `width` columns each, float64."""
    import numpy as np

    n_blocks = numbers.shape[1] // width
    used = numbers[:, : n_blocks * width].astype("f8")
    # Faster than sum() where blocks are narrow.
    return np.einsum("ijk->ij", used.reshape(-1, n_blocks, width)) if width > 1 else used


def column_sums(rows: Numbers, height: int, blank: int | None) -> ColumnSums:
    """Return the column sums of blocks of a height; pixels without a value are left out.

    Parameters
    ----------
    rows : (a multiple of height, nx), of any type and byte order
    height : at most `MAX_HEIGHT`
    blank : the integer that stands for no value and fits the type; beside it NaN and infinities do
    """
    import numpy as np

    blocks = rows.reshape(-1, height, rows.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        sums = blocks.sum(1, dtype=SUM_DTYPES.get(rows.dtype.str[1:], "f8"))
    suspects = _suspects(blocks, sums, blank)
    return ColumnSums(sums, height) if suspects is None else _without_missing(blocks, sums, suspects, blank)


def _suspects(blocks: Numbers, sums: Numbers, blank: int | None) -> Numbers | None:
    """Return which columns of blocks have a pixel without a value, or overflowed; None where none has."""
    import numpy as np

    if sums.dtype.kind == "f" and blocks.dtype.kind == "f":
        finite = np.isfinite(sums)
        return None if finite.all() else ~finite
    if blank is None:
        return None
    # Bytes are compared in the file's order, which saves swapping those of every pixel.
    native = blocks.dtype.newbyteorder("=")
    is_blank = blocks.view(native) == np.array(blank, blocks.dtype).view(native)
    found: Numbers = is_blank.any(1)
    return found if found.any() else None


def _without_missing(blocks: Numbers, sums: Numbers, suspects: Numbers, blank: int | None) -> ColumnSums:
    """Sum the suspect columns again, in float64 and without the pixels that have no value."""
    import numpy as np

    columns = blocks.swapaxes(1, 2)[suspects]
    has_value = np.isfinite(columns) if blank is None else columns != blank
    sums, counts = sums.astype("f8"), np.full(sums.shape, blocks.shape[1])
    with np.errstate(over="ignore"):
        sums[suspects] = columns.sum(1, dtype="f8", where=has_value)
    counts[suspects] = has_value.sum(1)
    return ColumnSums(sums, counts)
