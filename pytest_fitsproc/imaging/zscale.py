"""IRAF's zscale: the limits that show an image's background well, as astropy's ZScaleInterval finds them.

The sorted values of a sample are nearly a straight line, but for its tails: stars and dead pixels. The slope
of the line without tails tells how far the limits are from the median.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SAMPLE_SIZE = 1000
CONTRAST = 0.25

_MAX_ROUNDS = 5
_SIGMAS = 2.5
_GROWTH = 0.01
"""Share of the sample by which tails grow in each round."""

_MIN_KEPT, _MIN_KEPT_SHARE = 5, 0.5
_ALL: Any = slice(None)


def zscale(values: Numbers) -> tuple[float, float]:
    """Return the limits that ZScaleInterval has by default, equal to rounding, in a fifth of its time.

    They are the extremes of the sample where less than half of it is left without tails. Where the values
    left are all equal, both limits are that value; astropy's then depend on its rounding errors.

    Parameters
    ----------
    values : finite, float64, of one axis, at least one; equally spaced ones are the sample
    """
    import numpy as np

    sample = np.sort(values[:: max(1, values.size // SAMPLE_SIZE)][:SAMPLE_SIZE])
    count, middle = len(sample), (len(sample) - 1) // 2
    low, high = float(sample[0]), float(sample[-1])
    # A sample of the greatest floats has sums beyond them, no line, and its extremes for limits.
    with np.errstate(over="ignore", invalid="ignore"):
        slope = _slope_without_tails(sample - sample[middle])
    if slope is None:
        return low, high
    median = float(sample[middle] / 2 + sample[count // 2] / 2)
    step = slope / CONTRAST
    return max(low, median - (middle - 1) * step), min(high, median + (count - middle) * step)


def _slope_without_tails(heights: Numbers) -> float | None:
    """Return the slope of a line through sorted numbers; None where too few are left without tails."""
    import numpy as np

    count = len(heights)
    n_needed = max(_MIN_KEPT, int(count * _MIN_KEPT_SHARE))
    if count < n_needed:
        return None
    places, neighbours = _places(count)
    is_tail, kept = np.zeros(count, bool), _ALL
    for _ in range(_MAX_ROUNDS):
        slope, offset = _fit(places[kept], heights[kept])
        distances = heights - slope * places
        distances -= offset
        is_far = abs(distances) > _SIGMAS * _root_mean_square(distances[kept])
        if kept is _ALL and not is_far.any():
            break
        is_tail = np.convolve(is_tail | is_far, neighbours, mode="same") > 0
        kept = ~is_tail
        if np.count_nonzero(kept) < n_needed:
            return None
    return slope


@lru_cache(maxsize=16)
def _places(count: int) -> tuple[Numbers, Numbers]:
    """Return the places of numbers, and what tails grow by: most samples are of one size."""
    import numpy as np

    # Whole numbers as float64, which numpy convolves in half the time of truth values.
    return np.arange(float(count)), np.ones(max(1, int(count * _GROWTH)))


def _fit(places: Numbers, heights: Numbers) -> tuple[float, float]:
    """Return slope and offset of the line through some numbers by least squares."""
    import numpy as np

    count, total = len(places), np.add.reduce
    centre, middle = float(total(places)) / count, float(total(heights)) / count
    from_centre = places - centre
    slope = float(from_centre.dot(heights)) / float(from_centre.dot(from_centre))
    return slope, middle - slope * centre


def _root_mean_square(distances: Numbers) -> float:
    return math.sqrt(distances.dot(distances) / len(distances))
