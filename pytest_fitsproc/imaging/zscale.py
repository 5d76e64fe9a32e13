"""IRAF's zscale: the limits that show an image's background well, as astropy's ZScaleInterval finds them.

The sorted values of a sample are nearly a straight line, but for its tails: stars and dead pixels. The slope
of the line without tails tells how far the limits are from the median.
"""

from __future__ import annotations

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

    count = n_kept = len(heights)
    n_needed = max(_MIN_KEPT, int(count * _MIN_KEPT_SHARE))
    places, neighbours = np.arange(float(count)), np.ones(max(1, int(count * _GROWTH)), bool)
    is_kept, slope = np.ones(count, bool), None
    for _ in range(_MAX_ROUNDS):
        if n_kept < n_needed:
            return None
        slope, is_near = _fit(places, heights, is_kept)
        if n_kept == count and is_near.all():
            break
        is_kept = ~np.convolve(~(is_kept & is_near), neighbours, mode="same")
        n_kept = int(np.count_nonzero(is_kept))
    return slope if n_kept >= n_needed else None


def _fit(places: Numbers, heights: Numbers, is_kept: Numbers) -> tuple[float, Numbers]:
    """Return the slope of the line that fits best those that are kept, and which of all are near the line."""
    import numpy as np

    kept_places, kept_heights = places[is_kept], heights[is_kept]
    count = len(kept_places)
    from_centre = kept_places - kept_places.sum() / count
    slope = from_centre.dot(kept_heights) / from_centre.dot(from_centre)
    offset = (kept_heights - slope * kept_places).sum() / count
    distances = heights - slope * places - offset
    kept_distances = distances[is_kept]
    sigma = np.sqrt(kept_distances.dot(kept_distances) / count)
    return float(slope), np.abs(distances) <= _SIGMAS * sigma
