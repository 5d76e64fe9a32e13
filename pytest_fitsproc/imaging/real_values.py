"""Arrays as users give them, in the one form that the rest of the package works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def real_values(array: ArrayLike) -> NDArray[Any]:
    """Return an array of real numbers; masked ones have become NaN.

    Raises
    ------
    FitsprocError
        The numbers are complex, or there are none.
    """
    import numpy as np

    values = np.asanyarray(array)
    if values.dtype.kind not in "buif":
        raise FitsprocError(
            f"real numbers are needed, as np.abs(…) gives them, not an array of {values.dtype}"
        )
    filled: NDArray[Any] = np.asarray(values)
    return np.ma.filled(values.astype("f8"), np.nan) if np.ma.isMaskedArray(values) else filled


def as_float64(values: NDArray[Any]) -> NDArray[Any]:
    """Return real numbers as float64; the same array where they are."""
    import numpy as np

    if values.dtype == np.float64:
        return values
    # A signalling NaN makes numpy warn of an invalid value.
    with np.errstate(invalid="ignore"):
        return values.astype(np.float64)


def real_image(array: ArrayLike) -> NDArray[Any]:
    """Return an array of real numbers with two axes, (ny, nx); masked ones have become NaN.

    Raises
    ------
    FitsprocError
        It has other axes or no pixels, or is not of real numbers.
    """
    values = real_values(array)
    if values.ndim != 2 or 0 in values.shape:
        raise FitsprocError(f"an array of shape {values.shape} is no image of two axes")
    return values
