"""The plot of a spectrum as a small grey picture, drawn by Pillow."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging.real_values import real_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from PIL.Image import Image

    Numbers = NDArray[Any]

NO_POINTS = "no point has a coordinate and a flux: the picture is grey"

PLOT_SIZE = (200, 100)
"""Width and height in pixels of DaCHS' plots."""

_MARGIN = 0.05 / 1.1
_DPI = 100
_LABEL_SIZE = 5
_OVERSAMPLING = 4
_LINE_WIDTH = 5
_BORDER = _LINE_WIDTH // 2
_POINT_RADIUS = 6
_COLOURS = 8
_MAX_POINTS_A_COLUMN = 8


class NoPointsError(FitsprocError):
    """A spectrum has no point that could be drawn."""


def spectrum_plot(
    spectral: ArrayLike,
    flux: ArrayLike,
    *,
    linear: bool = False,
    connect: bool = True,
    axes: bool = False,
    size: tuple[int, int] = PLOT_SIZE,
) -> bytes:
    """Return a PNG in grey of flux over spectral coordinate, which grows to the right.

    Points without a coordinate are left out; without a flux (NaN, infinite), they interrupt the line. On a
    logarithmic axis the line goes to the lower border for fluxes of 0 and below, and their dots are left out;
    when no flux is above 0, the axis becomes linear.

    Parameters
    ----------
    spectral, flux : 1-D, of one length, in any order
    linear : whether the flux axis is linear
    connect : whether a line goes through the points, in place of dots
    axes : whether axes with numbers are drawn, for which matplotlib has to be installed
    size : width and height in pixels

    Raises
    ------
    NoPointsError
        There is no point to draw.
    FitsprocError
        The arrays are no real numbers or differ in length, or matplotlib is missing.
    """
    points = _points(spectral, flux)
    if axes:
        return _with_axes(*points, linear=linear, connect=connect, size=size)
    return _png(_drawing(*points, linear=linear, connect=connect, size=size), size)


def _points(spectral: ArrayLike, flux: ArrayLike) -> tuple[Numbers, Numbers]:
    """Return the points in order of their coordinate; fluxes without a value are NaN."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        x, y = (real_values(values).astype("f8") for values in (spectral, flux))
    if x.ndim != 1 or x.shape != y.shape:
        raise FitsprocError(
            f"a spectrum needs two arrays of one axis and length, not {x.shape} and {y.shape}"
        )
    x, y = x[np.isfinite(x)], y[np.isfinite(x)]
    y = np.where(np.isfinite(y), y, np.nan)
    if np.isnan(y).all():
        raise NoPointsError("the spectrum has no point with a coordinate and a flux")
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _drawing(x: Numbers, y: Numbers, *, linear: bool, connect: bool, size: tuple[int, int]) -> Image:
    """Return the picture, larger than it will be."""
    import numpy as np
    from PIL import Image, ImageDraw

    width, height = size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING
    drawn = y if linear or not (y > 0).any() else _logarithms(y)
    columns, rows = _places(x, width), height - 1 - _places(drawn, height)
    picture = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(picture)
    if connect:
        for line in _lines(*_thinned(columns, rows)):
            draw.line(line, fill=0, width=_LINE_WIDTH, joint="curve")
            if len(line) == 1:
                draw.circle(line[0], _POINT_RADIUS, fill=0)
    else:
        for place in _visible(columns, np.where(drawn == -np.inf, np.nan, rows)):
            draw.circle(place, _POINT_RADIUS, fill=0)
    return picture


def _logarithms(y: Numbers) -> Numbers:
    """Return logarithms; -inf where there is none, which is drawn at the border."""
    import numpy as np

    logarithms: Numbers = np.where(np.isnan(y), np.nan, -np.inf)
    np.log10(y, out=logarithms, where=y > 0)
    return logarithms


def _places(values: Numbers, extent: int) -> Numbers:
    """Return the places of values along an axis, which has margins; infinite ones are at its borders."""
    import numpy as np

    finite = values[np.isfinite(values)]
    low, high = finite.min() / 2, finite.max() / 2
    # In halves, since the whole range may be more than the greatest float.
    fractions = (
        (values / 2 - low) / (high - low) if low < high else np.where(values == finite[0], 0.5, values)
    )
    places: Numbers = np.clip(
        (fractions * (1 - 2 * _MARGIN) + _MARGIN) * (extent - 1), _BORDER, extent - 1 - _BORDER
    )
    return places


def _thinned(columns: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
    """Return points of which many share a column of pixels as the extremes of each column."""
    import numpy as np

    cells = columns.astype(int)
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    if len(rows) <= _MAX_POINTS_A_COLUMN * len(starts):
        return columns, rows
    extremes = np.fmin.reduceat(rows, starts), np.fmax.reduceat(rows, starts)
    return np.repeat(cells[starts], 2), np.stack(extremes, axis=1).reshape(-1)


def _lines(columns: Numbers, rows: Numbers) -> list[list[tuple[float, float]]]:
    """Return the points of each line between missing fluxes."""
    import numpy as np

    breaks = np.flatnonzero(np.isnan(rows))
    pieces = np.split(np.stack([columns, rows], axis=1), breaks)
    return [line for line in (_visible(*piece.T) for piece in pieces) if line]


def _visible(columns: Numbers, rows: Numbers) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(columns.tolist(), rows.tolist(), strict=True) if y == y]


def _png(picture: Image, size: tuple[int, int]) -> bytes:
    """Return a PNG of a few shades of grey, as DaCHS writes it."""
    from PIL import Image as pillow  # noqa: N813

    small = picture.resize(size, pillow.Resampling.BOX)
    out = BytesIO()
    small.quantize(_COLOURS).save(out, "PNG", bits=3)
    return out.getvalue()


def _with_axes(x: Numbers, y: Numbers, *, linear: bool, connect: bool, size: tuple[int, int]) -> bytes:
    """Return the plot that matplotlib draws."""
    # mypy finds matplotlib only where the extra is installed.
    try:
        from matplotlib.backends.backend_agg import (  # type: ignore[import-not-found, unused-ignore]
            FigureCanvasAgg,
        )
        from matplotlib.figure import Figure  # type: ignore[import-not-found, unused-ignore]
    except ImportError as exc:
        raise FitsprocError("axes are drawn by matplotlib: pip install 'pytest-fitsproc[plot]'") from exc
    from PIL import Image

    figure = Figure(figsize=(size[0] / _DPI, size[1] / _DPI), dpi=_DPI, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    plot = figure.add_subplot()
    plot.plot(x, y, "-" if connect and len(x) > 1 else ".", color="black", linewidth=0.5, markersize=2)
    plot.set_yscale("linear" if linear or not (y > 0).any() else "log")
    plot.tick_params(which="both", labelsize=_LABEL_SIZE, width=0.4, length=2)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _png(Image.fromarray(_rgba(canvas)).convert("L"), size)


def _rgba(canvas: Any) -> Any:
    import numpy as np

    return np.asarray(canvas.buffer_rgba())
