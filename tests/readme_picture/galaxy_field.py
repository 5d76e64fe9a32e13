"""Write a field of galaxies and stars, made of numbers alone: python galaxy_field.py field.fits."""

from __future__ import annotations

import sys

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Image = NDArray[np.float64]

SIDE, GALAXIES, STARS = 900, 70, 120
SKY, NOISE = 400, 24


def field(seed: int = 5) -> Image:
    """Return an image of (SIDE, SIDE) pixels in counts."""
    random = np.random.default_rng(seed)
    image = random.normal(SKY, NOISE, (SIDE, SIDE))
    add_spiral(image, SIDE * 0.5, SIDE * 0.5)
    for x, y in random.uniform(0, SIDE, (GALAXIES, 2)):
        add_disc(image, x, y, random.pareto(1.6) * 40 + 30, random.uniform(2, 8), random.uniform(0, np.pi))
    for x, y in random.uniform(0, SIDE, (STARS, 2)):
        add_star(image, x, y, random.pareto(0.9) * 90 + 60)
    return image


def add_spiral(image: Image, x0: float, y0: float) -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    u, v = turned(x - x0, y - y0, 0.5, 0.6)
    radius, angle = np.hypot(u, v) + 1e-9, np.arctan2(v, u)
    arms = 0.5 + 0.5 * np.cos(2 * (angle - 3.2 * np.log(radius / 20)))
    image += 230 * np.exp(-radius / 110) * (0.12 + arms**2) + 500 * np.exp(-radius / 16)


def add_disc(image: Image, x0: float, y0: float, peak: float, size: float, angle: float) -> None:
    around = box(x0, y0, 9 * size)
    y, x = np.mgrid[around]
    image[around] += peak * np.exp(-np.hypot(*turned(x - x0, y - y0, angle, 0.5)) / size)


def add_star(image: Image, x0: float, y0: float, peak: float) -> None:
    around = box(x0, y0, 40)
    y, x = np.mgrid[around]
    image[around] += peak * (1 + ((x - x0) ** 2 + (y - y0) ** 2) / 6) ** -2.5


def turned(x: Image, y: Image, angle: float, ratio: float) -> tuple[Image, Image]:
    """Return coordinates along the axes of an ellipse, the minor one stretched."""
    cos, sin = np.cos(angle), np.sin(angle)
    return x * cos + y * sin, (y * cos - x * sin) / ratio


def box(x0: float, y0: float, extent: float) -> tuple[slice, slice]:
    """Return rows and columns around a place."""
    rows, columns = (slice(max(0, int(at - extent)), min(SIDE, int(at + extent))) for at in (y0, x0))
    return rows, columns


if __name__ == "__main__":
    fits.PrimaryHDU(field().astype("f4")).writeto(sys.argv[1], overwrite=True)
