"""Which image of a file is shown, and where its pixels are."""

from __future__ import annotations

import os
from math import prod
from typing import NamedTuple

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.compressed import DEFAULT_LIMITS, ExpansionError
from pytest_fitsproc.fits.file import FitsFile, Hdu
from pytest_fitsproc.imaging.keywords import Keywords

DTYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""numpy's names of the types that BITPIX stands for (FITS standard 4.0, section 4.4.1.1)."""

MAX_NAXIS = 32
_MAX_ROW_BYTES = 1 << 26
_IMAGE_EXTENSIONS = frozenset({"IMAGE", "IUEIMAGE"})
_MAX_REASONS = 4


class NoImageError(FitsprocError):
    """A file, or the HDU asked for, has no image of two axes; the message says what is there instead.

    Attributes
    ----------
    path : the file
    reason : what is there, without the path
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class Scaling(NamedTuple):
    """What makes physical values of stored ones: ``bzero + bscale * stored`` (section 4.4.2.5).

    Attributes
    ----------
    blank : the stored integer that stands for no value; None where there is none
    """

    bzero: float = 0.0
    bscale: float = 1.0
    blank: int | None = None


class Plane(NamedTuple):
    """An image of two axes within a file, from which strips of rows are read.

    Attributes
    ----------
    path : the file
    hdu_index : 0 is the primary
    shape : (ny, nx) pixels
    dtype : of the stored values, as numpy names it
    scaling : of the stored values
    array_shape : all axes of the HDU's array, NAXIS1 last
    start : 0-based index of the plane's first pixel in that array
    axes : which axes of the array are the plane's rows and columns
    offset : of the plane's first byte in the content of the file; -1 where the array is tile-compressed
    notes : what is worth saying of the choice: ``plane 13 of 25``
    """

    path: str
    hdu_index: int
    shape: tuple[int, int]
    dtype: str
    scaling: Scaling
    array_shape: tuple[int, ...]
    start: tuple[int, ...]
    axes: tuple[int, int]
    offset: int
    notes: tuple[str, ...] = ()

    @property
    def is_tiled(self) -> bool:
        """Whether the pixels are in compressed tiles of a table (section 10.1)."""
        return self.offset < 0


def find_plane(source: FitsFile | str | os.PathLike[str], hdu: int | None = None) -> Plane:
    """Return the first image of two axes of a file, or the one of an HDU.

    Axes of length 1 don't count. Of three and more axes, the middle plane is taken. An image without pixels
    is passed over.

    Parameters
    ----------
    source : the file, also one packed by gzip or bzip2, or tile-compressed
    hdu : 0-based index; None for the first that has an image

    Raises
    ------
    NoImageError
        There is none.
    FitsFormatError, FileAccessError
        The file can't be read, or has not the bytes that the header says.
    """
    if not isinstance(source, FitsFile):
        with FitsFile(os.fspath(source)) as file:
            return find_plane(file, hdu)
    reasons = []
    for found in source.hdus():
        if hdu is not None and found.hdu_index != hdu:
            continue
        plane = _plane_of(source, found)
        if isinstance(plane, Plane):
            return plane
        reasons.append(f"HDU {found.hdu_index} {plane}")
        if hdu is not None:
            break
    raise NoImageError(source.path, _without_image(reasons, hdu))


def _without_image(reasons: list[str], hdu: int | None) -> str:
    if not reasons:
        return f"there is no HDU {hdu}"
    if hdu is not None:
        return f"{reasons[0]}, which is no image of two axes"
    more = len(reasons) - _MAX_REASONS
    shown = "; ".join(reasons[:_MAX_REASONS]) + (f"; and {more} more" if more > 0 else "")
    return f"there is no image of two axes ({shown})"


def _plane_of(file: FitsFile, hdu: Hdu) -> Plane | str:
    """Return the plane of an HDU, or what it has instead."""
    keywords = Keywords(hdu.header, file.path, hdu.hdu_index)
    extension = keywords.text("XTENSION") if hdu.hdu_index else "IMAGE"
    is_tiled = extension == "BINTABLE" and keywords.is_true("ZIMAGE")
    if extension not in _IMAGE_EXTENSIONS and not is_tiled:
        return f"is a table ({extension})" if "TABLE" in extension else f"is an extension {extension!r}"
    if hdu.structure.is_random_groups:
        return "has random groups"
    axes = _tiled_axes(keywords) if is_tiled else hdu.structure.axes
    if not axes:
        return "has no data"
    shown = " × ".join(map(str, axes))
    if 0 in axes:
        return f"has an image without pixels ({shown})"
    if _n_long(axes) == 1 or len(axes) == 1:
        return f"has an image of one axis ({shown})"
    if _is_complex(keywords, len(axes)):
        return f"has a complex image ({shown})"
    if is_tiled:
        return _tiled_plane(hdu, keywords, axes)
    if not file.is_compressed and hdu.data_end > file.size:
        reason = f"its data end {hdu.data_end - file.size} bytes early"
        raise FitsFormatError(file.path, reason, hdu_index=hdu.hdu_index)
    return _make_plane(keywords, axes, hdu.structure.bitpix, hdu.data_offset)


def _n_long(axes: tuple[int, ...]) -> int:
    return sum(length > 1 for length in axes)


def _is_complex(keywords: Keywords, n_axes: int) -> bool:
    """Return whether an axis counts real and imaginary part (section 8.4)."""
    names = [f"CTYPE{n}" for n in range(1, n_axes + 1)]
    return any(b"'COMPLEX" in keywords.card(name) and keywords.text(name) == "COMPLEX" for name in names)


def _tiled_axes(keywords: Keywords) -> tuple[int, ...]:
    naxis = keywords.natural("ZNAXIS")
    if naxis > MAX_NAXIS:
        reason = f"ZNAXIS is {naxis}, more than {MAX_NAXIS}"
        raise FitsFormatError(keywords.path, reason, hdu_index=keywords.hdu_index)
    return tuple(keywords.natural(f"ZNAXIS{n}") for n in range(1, naxis + 1))


def _tiled_plane(hdu: Hdu, keywords: Keywords, axes: tuple[int, ...]) -> Plane:
    """Return the plane of a tile-compressed image, unless the tiles can't be as many or large as it says."""
    bitpix = keywords.integer("ZBITPIX")
    if bitpix not in DTYPES:
        reason = f"ZBITPIX is {bitpix}, not one of 8, 16, 32, 64, -32, -64"
        raise FitsFormatError(keywords.path, reason, hdu_index=hdu.hdu_index)
    tiles = _tile_lengths(keywords, axes)
    n_tiles = prod(-(-axis // tile) for axis, tile in zip(axes, tiles, strict=True))
    n_rows = hdu.structure.axes[1] if len(hdu.structure.axes) == 2 else 0
    if n_tiles != n_rows:
        reason = f"its image needs {n_tiles} tiles, its table has {n_rows}"
        raise FitsFormatError(keywords.path, reason, hdu_index=hdu.hdu_index)
    size = prod(axes) * abs(bitpix) // 8
    if size > max(DEFAULT_LIMITS.size, DEFAULT_LIMITS.ratio * hdu.structure.data_size):
        raise ExpansionError(
            keywords.path, f"it unpacks to {size >> 20} MB and is taken for a bomb", hdu_index=hdu.hdu_index
        )
    return _make_plane(keywords, axes, bitpix, -1)


def _tile_lengths(keywords: Keywords, axes: tuple[int, ...]) -> list[int]:
    """Return the lengths of tiles; without a keyword, a tile is one row (section 10.1.1)."""
    found = [keywords.integer(f"ZTILE{n}") for n in range(1, len(axes) + 1)]
    return [max(1, tile or (1 if n else axes[0])) for n, tile in enumerate(found)]


def _make_plane(keywords: Keywords, axes: tuple[int, ...], bitpix: int, data_offset: int) -> Plane:
    shape = axes[::-1]
    rows, columns = _last_two_long(shape)
    start = tuple(0 if axis in (rows, columns) else length // 2 for axis, length in enumerate(shape))
    item = abs(bitpix) // 8
    if shape[columns] * item > _MAX_ROW_BYTES:
        reason = f"a row of its image has {shape[columns]} pixels, too many to be scaled down"
        raise FitsFormatError(keywords.path, reason, hdu_index=keywords.hdu_index)
    return Plane(
        keywords.path,
        keywords.hdu_index,
        (shape[rows], shape[columns]),
        DTYPES[bitpix],
        read_scaling(keywords, bitpix),
        shape,
        start,
        (rows, columns),
        data_offset + _flat_index(start, shape) * item if data_offset >= 0 else -1,
        _notes(keywords.hdu_index, start, shape, (rows, columns)) if len(shape) > 2 else (),
    )


def _last_two_long(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the last two axes that are longer than 1; an image of one pixel has its last two."""
    found = [axis for axis, length in enumerate(shape) if length > 1] or range(len(shape))
    return found[-2], found[-1]


def _flat_index(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    flat = 0
    for place, length in zip(index, shape, strict=True):
        flat = flat * length + place
    return flat


def _notes(
    hdu_index: int, start: tuple[int, ...], shape: tuple[int, ...], axes: tuple[int, int]
) -> tuple[str, ...]:
    return tuple(
        f"HDU {hdu_index}: plane {start[axis] + 1} of {length} along axis {len(shape) - axis} is shown"
        for axis, length in enumerate(shape)
        if length > 1 and axis not in axes
    )


def read_scaling(keywords: Keywords, bitpix: int) -> Scaling:
    """Return what a header says of the scaling of an image; floating-point data have no BLANK."""
    blank = None
    if bitpix > 0:
        blank = keywords.integer("BLANK")
        blank = keywords.integer("ZBLANK") if blank is None else blank
    return Scaling(keywords.number("BZERO", 0.0), keywords.number("BSCALE", 1.0), blank)
