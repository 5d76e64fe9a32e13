"""What processors take from ``gavo.utils.imgtools``, and ``iterScaledRows`` of ``gavo.utils.fitstools``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging.encoding import PNG, encode
from pytest_fitsproc.imaging.jpeg import color_jpeg_from_arrays, jpeg_from_array
from pytest_fitsproc.imaging.scaled_rows import block_mean, iter_scaled_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "colorJpegFromNumpyArrays",
    "getScaledPNG",
    "iterScaledRows",
    "jpegFromNumpyArray",
    "scaleNumpyArray",
]


def jpegFromNumpyArray(pixels: ArrayLike, gamma: float = 0.25) -> bytes:
    """Return a grey JPEG of an array whose row 0 is the lowest; see `jpeg_from_array`."""
    return jpeg_from_array(pixels, gamma)


def colorJpegFromNumpyArrays(rPix: ArrayLike, gPix: ArrayLike, bPix: ArrayLike, gamma: float = 0.25) -> bytes:
    """Return a JPEG in colour of three arrays of one shape; see `color_jpeg_from_arrays`."""
    return color_jpeg_from_arrays(rPix, gPix, bPix, gamma)


def scaleNumpyArray(arr: ArrayLike, destSize: int) -> NDArray[Any]:
    """Return a 2-D array scaled down so that no side has more than `destSize` pixels, as float32.

    Raises
    ------
    FitsprocError
        The array has not two axes, or no pixels.
    """
    import numpy as np

    return block_mean(arr, max(np.shape(arr), default=0) // destSize + 1).astype("f4")


def getScaledPNG(srcFile: str | os.PathLike[str] | BinaryIO, newWidth: int) -> bytes:
    """Return a PNG in colour, `newWidth` pixels wide, of a picture that Pillow reads.

    Raises
    ------
    FitsprocError
        Pillow can't read it.
    """
    from PIL import Image

    try:
        with Image.open(srcFile) as opened:
            picture = opened.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as exc:
        raise FitsprocError(f"{_name(srcFile)}: is no picture that Pillow reads ({exc})") from exc
    height = max(1, picture.height * newWidth // picture.width)
    return encode(picture.resize((newWidth, height), Image.Resampling.LANCZOS), PNG)


def iterScaledRows(
    inFile: str | os.PathLike[str] | BinaryIO,
    factor: int | None = None,
    destSize: int | None = None,
    hdr: object = None,
    slow: bool = False,
    extInd: int = 0,
) -> Iterator[NDArray[Any]]:
    """Return an iterator over the rows of an image scaled down, as float32; see `iter_scaled_rows`.

    DaCHS makes a block with one NaN NaN, and takes BLANK for a value. It makes no pixels of an axis that is
    shorter than the factor. It applies BZERO and BSCALE to a row in float32, and truncates where a file is.

    Parameters
    ----------
    inFile : path, or an open file that has one; it is read from its beginning, whatever its position
    factor, destSize : see `iter_scaled_rows`
    hdr, slow : without effect; the header is read from the file
    extInd : 0-based index of the HDU; 0 also stands for the first image

    Raises
    ------
    FitsprocError
        The image can't be read, or there is neither factor nor destSize.
    """
    rows = iter_scaled_rows(_path_of(inFile), factor and int(factor), destSize, extInd)
    return (row.astype("f4") for row in rows)


def _path_of(inFile: str | os.PathLike[str] | BinaryIO) -> str | os.PathLike[str]:
    if isinstance(inFile, str | os.PathLike):
        return inFile
    name = getattr(inFile, "name", None)
    if not isinstance(name, str):
        raise FitsprocError("an image is read from a path, or from an open file that has a name")
    return name


def _name(srcFile: object) -> str:
    return str(getattr(srcFile, "name", srcFile))
