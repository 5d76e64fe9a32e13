"""Images scaled down by an integer factor: each new pixel is the mean of a block, read in strips.

A strip stays in the processor's cache, big-endian numbers are swapped while they are summed, and integers are
summed as integers: BZERO and BSCALE are applied to the few means.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.imaging.column_sums import MAX_HEIGHT, ColumnSums, column_sums
from pytest_fitsproc.imaging.plane import Plane, Scaling, find_plane
from pytest_fitsproc.imaging.real_values import real_image
from pytest_fitsproc.imaging.rows import row_reader

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from pytest_fitsproc.imaging.rows import Pixels, ReadRows

    Means = NDArray[Any]
    """Means of blocks: 2-D or 1-D, float64; NaN where no pixel of a block has a value."""

STRIP_SIZE = 1 << 20
"""Bytes read at once; with their sums they fit the second-level cache of a core."""


def iter_scaled_rows(
    source: str | os.PathLike[str] | FitsFile,
    factor: int | None = None,
    dest_size: int | None = None,
    hdu: int = 0,
) -> Iterator[Means]:
    """Return an iterator over the rows of an image, scaled down by an integer factor.

    Pixels at the right and upper border that fill no block are left out. Pixels without a value (NaN,
    infinite, or BLANK) don't count in their block's mean. Rows come as they are stored, the lowest first.

    Parameters
    ----------
    source : the file; one HDU is read in strips of about 1 MB
    factor : pixels along each side of a block; an axis shorter than that becomes one pixel
    dest_size : in place of the factor: pixels that the longer side is to have about, never more
    hdu : 0-based index; 0 also stands for the first image, wherever it is

    Returns
    -------
    Iterator of float64 arrays, 1-D, all of one length, in physical values

    Raises
    ------
    NoImageError, FitsFormatError, FileAccessError
        The image can't be read; missing bytes of compressed files are found on the way.
    FitsprocError
        Neither factor nor dest_size, or one below 1.
    """
    plane = find_plane(source, hdu or None)
    block = Block.of(plane.shape, factor or _factor_for(plane.shape, dest_size))
    return (row for means in _scaled_strips(source, plane, block) for row in means)


def scaled_plane(file: FitsFile, plane: Plane, factor: int) -> Means:
    """Return a plane scaled down, (rows, columns); see `iter_scaled_rows`."""
    if factor == 1:
        return _values(file, plane)
    import numpy as np

    return np.concatenate(list(_scaled_strips(file, plane, Block.of(plane.shape, factor))))


def _values(file: FitsFile, plane: Plane) -> Means:
    """Return all values of a plane in its own size, NaN where a pixel has none."""
    import numpy as np

    with row_reader(file, plane) as read_rows:
        stored = read_rows(0, plane.shape[0])
    if stored.dtype.kind == "f":
        # A signalling NaN makes numpy warn of an invalid value.
        with np.errstate(invalid="ignore"):
            values = stored.astype("f8")
        values[np.isinf(values)] = np.nan
    else:
        values = stored.astype("f8")
        blank = _blank_that_fits(stored.dtype, plane.scaling.blank)
        if blank is not None:
            values[stored == blank] = np.nan
    return _scaled(values, plane.scaling)


def block_mean(array: ArrayLike, factor: int) -> Means:
    """Return a 2-D array of real numbers scaled down, float64; see `iter_scaled_rows`.

    Raises
    ------
    FitsprocError
        The array is no image, or the factor below 1.
    """
    import numpy as np

    pixels = real_image(array)
    block = Block.of(pixels.shape, factor)

    def read_rows(first: int, count: int) -> Pixels:
        return pixels[first : first + count]

    return np.concatenate(list(_means(read_rows, pixels.shape, pixels.dtype, block, Scaling())))


def _factor_for(shape: tuple[int, int], dest_size: int | None) -> int:
    """Return the factor that DaCHS takes for a size."""
    if dest_size is None:
        raise FitsprocError("scaling an image down needs a factor or the size it is to have")
    if dest_size < 1:
        raise FitsprocError(f"an image can't be scaled down to {dest_size} pixels")
    return max(shape) // dest_size + 1


@dataclass(frozen=True)
class Block:
    """The pixels that become one, (height, width)."""

    height: int
    width: int

    @classmethod
    def of(cls, shape: tuple[int, ...], factor: int) -> Block:
        """Return the block of a factor; on a short axis, one block is all of it."""
        if factor < 1:
            raise FitsprocError(f"the factor of scaling down has to be at least 1, not {factor}")
        return cls(min(factor, shape[0]), min(factor, shape[1]))


def _scaled_strips(source: str | os.PathLike[str] | FitsFile, plane: Plane, block: Block) -> Iterator[Means]:
    if not isinstance(source, FitsFile):
        with FitsFile(plane.path) as file:
            yield from _scaled_strips(file, plane, block)
        return
    import numpy as np

    with row_reader(source, plane) as read_rows:
        yield from _means(read_rows, plane.shape, np.dtype(plane.dtype), block, plane.scaling)


def _means(
    read_rows: ReadRows, shape: tuple[int, ...], dtype: Any, block: Block, scaling: Scaling
) -> Iterator[Means]:
    """Yield means of blocks, some rows of blocks at once."""
    n_rows, row_size = shape[0] // block.height, shape[1] * dtype.itemsize
    blank = _blank_that_fits(dtype, scaling.blank)
    at_once = max(1, STRIP_SIZE // (row_size * block.height))
    piece = min(block.height, MAX_HEIGHT, max(1, STRIP_SIZE // row_size))
    for first in range(0, n_rows, at_once):
        end = min(first + at_once, n_rows)
        if piece == block.height:
            rows = read_rows(first * block.height, (end - first) * block.height)
            columns = column_sums(rows, block.height, blank)
        else:
            columns = _sums_of_tall_blocks(read_rows, first * block.height, end * block.height, piece, blank)
        yield _scaled(columns.means(block.width), scaling)


def _blank_that_fits(dtype: Any, blank: int | None) -> int | None:
    if blank is None or dtype.kind not in "iu":
        return None
    import numpy as np

    limits = np.iinfo(dtype)
    return blank if limits.min <= blank <= limits.max else None


def _sums_of_tall_blocks(
    read_rows: ReadRows, first: int, end: int, piece: int, blank: int | None
) -> ColumnSums:
    """Return the column sums of one row of blocks that is larger than a strip."""
    pieces = []
    for start in range(first, end, piece):
        count = min(piece, end - start)
        pieces.append(column_sums(read_rows(start, count), count, blank))
    return reduce(add, pieces)


def _scaled(means: Means, scaling: Scaling) -> Means:
    if scaling.bscale != 1:
        means *= scaling.bscale
    if scaling.bzero:
        means += scaling.bzero
    return means
