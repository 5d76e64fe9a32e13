"""The default preview of a file, and the picture of an array that a preview maker returns."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.imaging.encoding import DEFAULT_QUALITY, JPEG, PNG, encode, known_mime, plain_jpeg
from pytest_fitsproc.imaging.jpeg import DACHS_QUALITY
from pytest_fitsproc.imaging.plane import NoImageError, find_plane
from pytest_fitsproc.imaging.real_values import real_values
from pytest_fitsproc.imaging.scaled_rows import block_mean, scaled_plane
from pytest_fitsproc.imaging.stretch import (
    DACHS_GAMMA,
    MID_GREY,
    asinh,
    extremes,
    greys,
    power,
    zscale_limits,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DEFAULT_SIZE = 256
"""Pixels of a preview's longer side."""

DACHS_SIZE = 200
"""What DaCHS scales to, at most."""


class Stretch(StrEnum):
    """How pixel values become shades of grey."""

    ZSCALE = "zscale"
    DACHS = "dachs"


@dataclass(frozen=True)
class Preview:
    """A picture, ready to be written.

    Attributes
    ----------
    data : the bytes of the file
    mime : their format
    shape : (height, width) in pixels
    notes : what the picture does not show: ``plane 13 of 25``, a constant image
    """

    data: bytes
    mime: str
    shape: tuple[int, int]
    notes: tuple[str, ...] = ()


def default_preview(
    source: str | os.PathLike[str] | FitsFile,
    *,
    stretch: str = Stretch.ZSCALE,
    size: int | None = None,
    mime: str = JPEG,
    hdu: int | None = None,
    axes: bool = False,
) -> Preview:
    """Return the preview of a file: of its first image of two axes, else of its first spectrum.

    The first row of the image is the lowest of the picture, as viewers of FITS have it; nothing is rotated.
    Pixels without a value (NaN, infinite, BLANK) are black.

    Parameters
    ----------
    source : the file, also one packed by gzip or bzip2, or tile-compressed
    stretch : ``"zscale"``: zscale's limits, then asinh; ``"dachs"``: least to greatest value, v**0.25, JPEG's
        quality 75, whole factors of scaling: the picture that DaCHS makes
    size : pixels of the longer side, at most; None for 256, with ``"dachs"`` for 200
    mime : ``image/jpeg``, ``image/png`` or ``image/gif``
    hdu : 0-based index; None for the first that has an image
    axes : whether a spectrum gets axes, see `spectrum_plot`

    Raises
    ------
    NoImageError
        There is neither an image nor a spectrum.
    FitsFormatError, FileAccessError
        The file can't be read, or is damaged.
    FitsprocError
        An unknown stretch or format, or a size below 1.
    """
    if not isinstance(source, FitsFile):
        with FitsFile(os.fspath(source)) as file:
            return default_preview(file, stretch=stretch, size=size, mime=mime, hdu=hdu, axes=axes)
    look = _look(stretch, size, mime)
    try:
        plane = find_plane(source, hdu)
    except NoImageError as error:
        return _preview_of_spectrum(source, look.mime, hdu, error, axes)
    picture = look.picture([scaled_plane(source, plane, look.factor(plane.shape))])
    return replace(picture, notes=plane.notes + picture.notes) if plane.notes else picture


def array_preview(
    array: ArrayLike, *, stretch: str = Stretch.ZSCALE, size: int | None = None, mime: str = JPEG
) -> Preview:
    """Return the picture of an array that a preview maker returned.

    Parameters
    ----------
    array : row 0 is the lowest, as in FITS. (ny, nx) is grey; (3, ny, nx) or (ny, nx, 3) is red, green, blue;
        where both fit, the first axis is the colour. Each colour is stretched on its own. Masked values, NaN
        and infinities are black.
    stretch, size, mime : as for `default_preview`

    Raises
    ------
    FitsprocError
        The array has another shape, has no pixels, or its numbers are complex.
    """
    look = _look(stretch, size, mime)
    bands = _bands(array)
    factor = look.factor(bands[0].shape)
    return look.picture([block_mean(band, factor) for band in bands])


def spectrum_preview(
    spectral: ArrayLike,
    flux: ArrayLike,
    *,
    linear: bool = False,
    connect: bool = True,
    axes: bool = False,
    mime: str = PNG,
) -> Preview:
    """Return the plot of a spectrum; where no point can be drawn, a grey picture with a note.

    Parameters
    ----------
    spectral, flux, linear, connect, axes : as for `spectrum_plot`
    mime : as for `default_preview`

    Raises
    ------
    FitsprocError
        The arrays are no real numbers or differ in length, the format is unknown, matplotlib is missing.
    """
    from PIL import Image

    from pytest_fitsproc.imaging.plot import NO_POINTS, PLOT_SIZE, NoPointsError, spectrum_plot

    (width, height), name = PLOT_SIZE, known_mime(mime)
    try:
        png = spectrum_plot(spectral, flux, linear=linear, connect=connect, axes=axes)
    except NoPointsError:
        grey = encode(Image.new("L", PLOT_SIZE, MID_GREY), name)
        return Preview(grey, name, (height, width), (NO_POINTS,))
    data = png if name == PNG else encode(Image.open(BytesIO(png)), name)
    return Preview(data, name, (height, width))


def _bands(array: ArrayLike) -> list[NDArray[Any]]:
    """Return the one or three images in an array."""
    import numpy as np

    values = real_values(array)
    if 0 not in values.shape:
        if values.ndim == 2:
            return [values]
        if values.ndim == 3 and values.shape[0] == 3:
            return list(values)
        if values.ndim == 3 and values.shape[2] == 3:
            return list(np.moveaxis(values, 2, 0))
    raise FitsprocError(
        f"an array of shape {values.shape} is no picture: (ny, nx) is grey, (3, ny, nx) or (ny, nx, 3) colour"
    )


@dataclass(frozen=True)
class _Look:
    """How a preview is made.

    Attributes
    ----------
    limits, curve : see `greys`
    size : pixels of the longer side, at most
    is_exact : whether a large image gets exactly that size, in place of an integer factor
    """

    limits: Callable[[Any], tuple[float, float]]
    curve: Callable[[Any], Any]
    size: int
    is_exact: bool
    quality: int
    mime: str = JPEG

    def factor(self, shape: tuple[int, ...]) -> int:
        """Return the factor by which an image is scaled down, exactly or to at most twice the size."""
        return max(1, max(shape) // self.size) if self.is_exact else max(shape) // self.size + 1

    def picture(self, bands: list[NDArray[Any]]) -> Preview:
        """Return the picture of one or three images that are scaled down."""
        import numpy as np
        from PIL import Image

        shades, notes = zip(*[greys(band, self.limits, self.curve) for band in bands], strict=True)
        mode, pixels = ("L", shades[0]) if len(bands) == 1 else ("RGB", np.stack(shades, axis=2))
        # The last two: no padding between rows, and the first row is the lowest.
        image = Image.frombuffer(mode, pixels.shape[1::-1], pixels, "raw", mode, 0, -1)
        if self.is_exact and max(image.size) > self.size:
            # Pillow keeps the ratio of the sides.
            image.thumbnail((self.size, self.size), Image.Resampling.LANCZOS)
        is_jpeg = self.mime == JPEG
        data = plain_jpeg(image, self.quality) if is_jpeg else encode(image, self.mime, self.quality)
        return Preview(data, self.mime, (image.height, image.width), tuple(dict.fromkeys(sum(notes, ()))))


_LOOKS = {
    Stretch.ZSCALE: _Look(zscale_limits, asinh, DEFAULT_SIZE, True, DEFAULT_QUALITY),
    Stretch.DACHS: _Look(extremes, power(DACHS_GAMMA), DACHS_SIZE, False, DACHS_QUALITY),
}


@lru_cache(maxsize=16)
def _look(stretch: str, size: int | None, mime: str) -> _Look:
    """Return the look that the arguments ask for."""
    if stretch not in _LOOKS:
        raise FitsprocError(f"there is no stretch {stretch!r}; use one of {', '.join(_LOOKS)}")
    look = _LOOKS[Stretch(stretch)]
    wanted = look.size if size is None else size
    if wanted < 1:
        raise FitsprocError(f"a preview can't have a size of {wanted} pixels")
    return replace(look, size=wanted, mime=known_mime(mime))


def _preview_of_spectrum(
    file: FitsFile, mime: str, hdu: int | None, no_image: NoImageError, axes: bool
) -> Preview:
    """Return the plot of a file without an image."""
    from pytest_fitsproc.imaging.spectrum import NoSpectrumError, read_spectrum

    try:
        spectral, flux = read_spectrum(file, hdu)
    except NoSpectrumError as error:
        raise NoImageError(file.path, f"{no_image.reason}, and no spectrum ({error.reason})") from error
    return spectrum_preview(spectral, flux, axes=axes, mime=mime)
