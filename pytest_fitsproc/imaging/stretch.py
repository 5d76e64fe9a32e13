"""From pixel values to shades of grey, 0 to 255; pixels without a value become black."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.imaging.real_values import as_float64
from pytest_fitsproc.imaging.zscale import zscale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Greys = NDArray[Any]
    """Bytes (uint8) of the shape of what they were made of."""

MID_GREY = 128
# Fractions are float32, and one that ought to be 1 may fall short of it.
_WHITE = 255.0001

NO_VALUES = "no pixel has a value: the picture is grey"
CONSTANT = "all pixels have one value: the picture is grey"

DACHS_GAMMA = 0.25

# zscale puts the background near the middle; astropy's own 0.1 would make it nearly white.
_ASINH_A = 0.3


def zscale_limits(finite: Numbers) -> tuple[float, float]:
    """Return the limits that show the background well, by `zscale`.

    Where that finds a single value, which it does when most pixels are equal, these are the extremes.

    Parameters
    ----------
    finite : of one axis, at least one
    """
    low, high = zscale(finite)
    return (low, high) if low < high else extremes(finite)


def extremes(finite: Numbers) -> tuple[float, float]:
    """Return the least and the greatest of at least one value."""
    return float(finite.min()), float(finite.max())


def asinh(fractions: Numbers) -> Numbers:
    """Return fractions 0 to 1 with the faint ones raised, in place, as astropy's AsinhStretch does."""
    import numpy as np

    fractions /= _ASINH_A
    np.arcsinh(fractions, out=fractions)
    fractions /= math.asinh(1 / _ASINH_A)
    return fractions


def power(gamma: float) -> Callable[[Numbers], Numbers]:
    """Return the function that raises fractions 0 to 1 to a power, in place."""

    def stretch(fractions: Numbers) -> Numbers:
        fractions **= gamma
        return fractions

    return stretch


def greys(
    pixels: Numbers,
    limits: Callable[[Numbers], tuple[float, float]],
    stretch: Callable[[Numbers], Numbers],
) -> tuple[Greys, tuple[str, ...]]:
    """Return pixels as shades of grey, and notes on what they do not show.

    Parameters
    ----------
    pixels : real numbers of any shape; NaN and infinities have no value
    limits : returns the values that become black and white, given the finite ones along one axis
    stretch : of fractions 0 to 1 between the limits (float32), in place
    """
    import numpy as np

    values = as_float64(pixels)
    has_value = np.isfinite(values)
    is_complete = has_value.all()
    finite = values.ravel() if is_complete else values[has_value]
    if not finite.size:
        return np.full(values.shape, MID_GREY, "u1"), (NO_VALUES,)
    low, high = limits(finite)
    if not low < high:
        return np.where(has_value, MID_GREY, 0).astype("u1"), (CONSTANT,)
    shades = stretch(_fractions(values if is_complete else np.where(has_value, values, low), low, high))
    shades *= _WHITE
    return shades.astype("u1"), ()


def _fractions(values: Numbers, low: float, high: float) -> Numbers:
    """Return where values are on the way from one limit to the other, 0 to 1, as float32."""
    # In halves, since high - low may be more than the greatest float.
    way = values / 2
    way -= low / 2
    way /= high / 2 - low / 2
    return way.clip(0, 1, out=way).astype("f4")
