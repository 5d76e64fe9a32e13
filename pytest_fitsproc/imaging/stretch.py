"""From pixel values to shades of grey, 0 to 255; pixels without a value become black."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Greys = NDArray[Any]
    """Bytes (uint8) of the shape of what they were made of."""

MID_GREY = 128
NO_VALUES = "no pixel has a value: the picture is grey"
CONSTANT = "all pixels have one value: the picture is grey"

DACHS_GAMMA = 0.25

# zscale puts the background near the middle; astropy's own 0.1 would make it nearly white.
_ASINH_A = 0.3


def zscale_limits(pixels: Numbers) -> tuple[float, float]:
    """Return the limits that show the background well: IRAF's zscale, by astropy's ZScaleInterval.

    Where zscale finds a single value, which it does when most pixels are equal, these are the extremes.

    Parameters
    ----------
    pixels : with at least one finite value
    """
    import numpy as np
    from astropy.visualization import ZScaleInterval

    finite = pixels[np.isfinite(pixels)]
    low, high = ZScaleInterval().get_limits(finite)
    return (float(low), float(high)) if low < high else extremes(finite)


def extremes(pixels: Numbers) -> tuple[float, float]:
    """Return the least and the greatest finite value, of which there is at least one."""
    import numpy as np

    finite = pixels[np.isfinite(pixels)]
    return float(finite.min()), float(finite.max())


def asinh(fractions: Numbers) -> Numbers:
    """Return fractions 0 to 1 with the faint ones raised, by astropy's AsinhStretch."""
    from astropy.visualization import AsinhStretch

    stretched: Numbers = AsinhStretch(_ASINH_A)(fractions)
    return stretched


def power(gamma: float) -> Callable[[Numbers], Numbers]:
    """Return the function that raises fractions 0 to 1 to a power."""

    def stretch(fractions: Numbers) -> Numbers:
        raised: Numbers = fractions**gamma
        return raised

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
    limits : returns the values that become black and white
    stretch : of fractions 0 to 1 between the limits
    """
    import numpy as np

    # A signalling NaN makes numpy warn of an invalid value.
    with np.errstate(invalid="ignore"):
        values = pixels.astype("f8")
    has_value = np.isfinite(values)
    if not has_value.any():
        return np.full(values.shape, MID_GREY, "u1"), (NO_VALUES,)
    low, high = limits(values)
    if not low < high:
        return np.where(has_value, MID_GREY, 0).astype("u1"), (CONSTANT,)
    values[~has_value] = low
    # In halves, since high - low may be more than the greatest float.
    fractions = np.clip((values / 2 - low / 2) / (high / 2 - low / 2), 0, 1)
    return (stretch(fractions) * 255).astype("u1"), ()
