"""JPEG pictures of arrays as they come out of FITS files, whose first row is the lowest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging.encoding import DEFAULT_QUALITY, JPEG, encode
from pytest_fitsproc.imaging.real_values import real_image
from pytest_fitsproc.imaging.stretch import DACHS_GAMMA, extremes, greys, power, zscale_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DACHS_QUALITY = 75


def jpeg_from_array(pixels: ArrayLike, gamma: float = DACHS_GAMMA, quality: int = DACHS_QUALITY) -> bytes:
    """Return a grey JPEG: black is the least value, white the greatest, v**gamma between them.

    Parameters
    ----------
    pixels : (ny, nx), row 0 is the lowest; NaN and infinities become black
    gamma : 1 is linear
    quality : 1 to 95

    Raises
    ------
    FitsprocError
        The array is no image.
    """
    return encode(_band(pixels, gamma), JPEG, quality)


def color_jpeg_from_arrays(
    red: ArrayLike,
    green: ArrayLike,
    blue: ArrayLike,
    gamma: float = DACHS_GAMMA,
    quality: int = DACHS_QUALITY,
) -> bytes:
    """Return a JPEG in colour; each array is scaled on its own, as `jpeg_from_array` does.

    Raises
    ------
    FitsprocError
        The arrays are no images, or not of one shape.
    """
    import numpy as np

    _check_shapes(red, green, blue)
    return encode(np.stack([_band(band, gamma) for band in (red, green, blue)], axis=2), JPEG, quality)


def make_lupton(
    red: ArrayLike,
    green: ArrayLike,
    blue: ArrayLike,
    *,
    minimum: tuple[float, float, float] | None = None,
    stretch: float | None = None,
    q: float = 8,
    quality: int = DEFAULT_QUALITY,
) -> bytes:
    """Return a JPEG in colour after Lupton et al. (2004), in which bright stars keep their colour.

    Parameters
    ----------
    red, green, blue : (ny, nx), row 0 is the lowest, in one unit; NaN and infinities become black
    minimum : the values that are black; None for zscale's lower limit of each
    stretch : linear up to about here above the minimum; None for the mean width of zscale's limits
    q : how soon bright pixels are compressed
    quality : of JPEG

    Raises
    ------
    FitsprocError
        The arrays are no images, or not of one shape.
    """
    import numpy as np
    from astropy.visualization import make_lupton_rgb

    _check_shapes(red, green, blue)
    bands = [_finite(band) for band in (red, green, blue)]
    limits = [zscale_limits(band.ravel()) for band in bands]
    lows = minimum or tuple(low for low, _ in limits)
    width = stretch or float(np.mean([high - low for low, high in limits])) or 1.0
    # astropy divides by zero where a pixel is black.
    with np.errstate(invalid="ignore", divide="ignore"):
        picture = make_lupton_rgb(*bands, minimum=lows, stretch=width, Q=q)
    return encode(np.flipud(picture), JPEG, quality)


def _check_shapes(*bands: ArrayLike) -> None:
    import numpy as np

    shapes = [np.shape(band) for band in bands]
    if len(set(shapes)) > 1:
        shown = ", ".join(map(str, shapes))
        raise FitsprocError(f"red, green and blue need one shape, not {shown}")


def _band(pixels: ArrayLike, gamma: float) -> NDArray[Any]:
    """Return shades of grey with the top row first."""
    import numpy as np

    shades, _ = greys(real_image(pixels), extremes, power(gamma))
    return np.flipud(shades)


def _finite(pixels: ArrayLike) -> NDArray[Any]:
    """Return an image as float64, its least value in place of those that are missing."""
    import numpy as np

    values = real_image(pixels).astype("f8")
    has_value = np.isfinite(values)
    values[~has_value] = values[has_value].min() if has_value.any() else 0
    return values
