"""Small FITS files with images, made in code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.io import fits


def write_image(
    path: Path, array, cards: Mapping[str, object] | None = None, bitpix: int | None = None
) -> Path:
    """Write an array of stored values as the primary image; BZERO and the like go by `cards`."""
    array = np.asarray(array)
    stored = array.astype(array.dtype.newbyteorder(">"))
    write_raw(path, bitpix or bitpix_of(array), array.shape[::-1], stored.tobytes(), cards)
    return path


def bitpix_of(array) -> int:
    return array.dtype.itemsize * (-8 if array.dtype.kind == "f" else 8)


def write_raw(path: Path, bitpix: int, axes, data: bytes, cards: Mapping[str, object] | None = None) -> Path:
    """Write a primary HDU of just these bytes of data, padded."""
    path.write_bytes(header_bytes(bitpix, axes, cards) + data + bytes(-len(data) % 2880))
    return path


def header_bytes(bitpix: int, axes, cards: Mapping[str, object] | None = None) -> bytes:
    lengths = {f"NAXIS{n}": length for n, length in enumerate(axes, 1)}
    found = {"SIMPLE": True, "BITPIX": bitpix, "NAXIS": len(lengths), **lengths, **(cards or {})}
    text = "".join(str(fits.Card(keyword, value)) for keyword, value in found.items()) + "END".ljust(80)
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


def star_field(shape=(300, 400), seed=1, n_stars=60, level=1000.0, noise=20.0):
    """Return a sky with noise and stars, float64."""
    random = np.random.default_rng(seed)
    sky = random.normal(level, noise, shape)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for y, x, flux in zip(
        random.uniform(0, shape[0], n_stars),
        random.uniform(0, shape[1], n_stars),
        10 ** random.uniform(2, 4.5, n_stars),
        strict=True,
    ):
        sky += flux * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 8)
    return sky


def plain_means(values, factor):
    """Return block means in the plainest way; NaN where no pixel of a block has a value."""
    height, width = min(factor, values.shape[0]), min(factor, values.shape[1])
    means = np.full((values.shape[0] // height, values.shape[1] // width), np.nan)
    for row, column in np.ndindex(means.shape):
        block = values[row * height : (row + 1) * height, column * width : (column + 1) * width]
        finite = block[np.isfinite(block)]
        if finite.size:
            means[row, column] = finite.mean()
    return means
