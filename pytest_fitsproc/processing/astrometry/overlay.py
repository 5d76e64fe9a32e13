"""The picture by which a person sees why a field was solved, or why not: sources and stars over the image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from pytest_fitsproc.processing.astrometry.solution import Solution

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

    from pytest_fitsproc.processing.astrometry.field_objects import FieldObjects, Positions

Shape: TypeAlias = "Callable[[ImageDraw.ImageDraw, float, float, float, str], None]"

#: Pixels of the longer side of the picture, at most and at least.
DEFAULT_SIZE, _LEAST_SIZE = 1000, 400

#: So many of the brightest sources get a number.
_NUMBERED = 20
_NUMBER_OFFSET = 8
_LINE_PX = 18


@dataclass(frozen=True)
class _Layer:
    """One kind of object: which, its name in the legend, colour, shape and radius in the picture."""

    positions: Callable[[FieldObjects], Positions]
    name: str
    colour: str
    shape: Shape
    radius: float


def _circle(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour)


def _square(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    draw.rectangle((x - radius, y - radius, x + radius, y + radius), outline=colour)


def _cross(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    draw.line((x - radius, y, x + radius, y), fill=colour)
    draw.line((x, y - radius, x, y + radius), fill=colour)


_LAYERS = (
    _Layer(lambda objects: objects.detected, "detected", "#ffa500", _cross, 3),
    _Layer(lambda objects: objects.kept, "kept", "#ffa500", _circle, 5),
    _Layer(lambda objects: objects.used, "used", "#ff3030", _circle, 6),
    _Layer(lambda objects: objects.index_stars, "index stars", "#40ff40", _square, 9),
    _Layer(lambda objects: objects.matched, "matched", "#40d0ff", _circle, 12),
)


def draw_overlay(solution: Solution, size: int = DEFAULT_SIZE) -> bytes:
    """Return a PNG of the image with what was found in it; north is where the image has it.

    Sources as the solver got them: detected (crosses), kept by the object filter and used (circles; the
    brightest have their numbers), matched; and the stars of the index (squares) where the solution has them.
    The first row of the image is the lowest; below it are the numbers.

    Parameters
    ----------
    size : pixels of the longer side, at most

    Raises
    ------
    FitsprocError
        The file has no image, or can't be read.
    """
    from PIL import ImageDraw

    picture, scale = _background(solution, size)
    draw = ImageDraw.Draw(picture)
    image_height = picture.height - 2 * _LINE_PX
    for layer in _LAYERS:
        for x, y in layer.positions(solution.objects):
            layer.shape(draw, (x - 0.5) * scale, image_height - (y - 0.5) * scale, layer.radius, layer.colour)
    for number, (x, y) in enumerate(solution.objects.used[:_NUMBERED], 1):
        corner = (x - 0.5) * scale + _NUMBER_OFFSET, image_height - (y - 0.5) * scale + _NUMBER_OFFSET
        draw.text(corner, str(number), fill="#ff8080")
    _write_legend(draw, solution, image_height)
    data = BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def _background(solution: Solution, size: int) -> tuple[Image.Image, float]:
    """Return the stretched image above room for two lines, and how many pixels of it a pixel takes."""
    from PIL import Image

    from pytest_fitsproc.fits.file import FitsFile
    from pytest_fitsproc.imaging import default_preview, find_plane

    with FitsFile(solution.report.path) as file:
        width = find_plane(file, solution.report.hdu_index).shape[1]
        preview = default_preview(file, size=size, mime="image/png", hdu=solution.report.hdu_index)
    image = Image.open(BytesIO(preview.data)).convert("RGB")
    factor = max(1, min(size, _LEAST_SIZE) // max(image.size))
    image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    picture = Image.new("RGB", (image.width, image.height + 2 * _LINE_PX))
    picture.paste(image, (0, 0))
    return picture, image.width / width


def _write_legend(draw: ImageDraw.ImageDraw, solution: Solution, top: int) -> None:
    x = 4.0
    for layer in _LAYERS:
        text = f"{len(layer.positions(solution.objects))} {layer.name}"
        draw.text((x, top + 3), text, fill=layer.colour)
        x += draw.textlength(text) + 12
    draw.text((4, top + _LINE_PX + 3), _summary(solution), fill="#ffffff")


def _summary(solution: Solution) -> str:
    report = solution.report
    if report.ra_deg is None or report.rms_px is None:
        return f"{report.verdict}: {report.cause}"
    return (
        f"{report.verdict}: centre {report.ra_deg:.4f} {report.dec_deg:+.4f} deg, "
        f'{report.pixel_scale_arcsec:.4f}"/px, rms {report.rms_px:.2f} px'
    )
