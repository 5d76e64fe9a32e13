"""A sheet of previews of all kinds, compared with the one that was looked at.

``FITSPROC_WRITE_SHEET=1`` writes it anew; look at it before it is committed.
"""

from __future__ import annotations

import gzip
import os
from io import BytesIO
from pathlib import Path

import numpy as np
from astropy.io import fits
from images import star_field, write_image
from PIL import Image

from pytest_fitsproc.imaging import array_preview, color_jpeg_from_arrays, default_preview, make_lupton

SHEET = Path(__file__).with_name("previews.png")
SIDE, COLUMNS = 130, 6
BACKGROUND = (40, 60, 90)


def galaxy(shape=(400, 520)):
    """A sky with an inclined disc in its upper left part."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    y, x = rows - shape[0] * 0.6, columns - shape[1] * 0.35
    return star_field(shape, noise=10) + 2000 * np.exp(-np.hypot(y + x, 3 * (y - x)) / 60)


def pictures(folder: Path):
    """Yield the bytes of the pictures, in order."""
    sky = galaxy()
    plain = write_image(folder / "f4.fits", sky.astype("f4"))
    yield default_preview(plain).data
    yield default_preview(plain, stretch="dachs").data
    fits.PrimaryHDU(np.clip(sky * 20, 0, 65535).astype("u2")).writeto(folder / "u2.fits")
    yield default_preview(folder / "u2.fits", mime="image/png").data
    blank = sky.astype("i2")
    blank[100:140], blank[:, 400:] = -999, -999
    yield default_preview(write_image(folder / "blank.fits", blank, {"BLANK": -999})).data
    holed = sky.astype("f8")
    holed[np.hypot(*(np.mgrid[:400, :520] - np.array([[[240]], [[182]]]))) < 60] = np.nan
    yield default_preview(write_image(folder / "holed.fits", holed)).data
    fits.CompImageHDU(sky.astype("f4")).writeto(folder / "a.fits.fz")
    yield default_preview(folder / "a.fits.fz").data
    (folder / "a.fits.gz").write_bytes(gzip.compress(plain.read_bytes()))
    yield default_preview(folder / "a.fits.gz", mime="image/gif").data
    cube = np.stack([star_field((60, 80), seed=n, n_stars=4) for n in range(5)]).astype("f4")
    yield default_preview(write_image(folder / "cube.fits", cube)).data
    yield default_preview(write_image(folder / "flat.fits", np.full((90, 90), 3, "u1"))).data
    yield array_preview(np.stack([sky, sky[::-1], sky[:, ::-1]])).data
    yield color_jpeg_from_arrays(sky, sky**0.5, sky[:, ::-1])
    yield make_lupton(sky, galaxy() * 0.8, sky * 0.5)
    random = np.random.default_rng(2)
    flux = 100 + 300 * np.exp(-(((np.arange(500) - 330) / 6) ** 2)) + random.normal(0, 5, 500)
    spectrum = write_image(folder / "spectrum.fits", flux.astype("f4"), {"CRVAL1": 4000, "CDELT1": 2})
    yield default_preview(spectrum).data


def sheet_of(folder: Path) -> Image.Image:
    tiles = [Image.open(BytesIO(data)).convert("RGB") for data in pictures(folder)]
    sheet = Image.new("RGB", (COLUMNS * SIDE, -(-len(tiles) // COLUMNS) * SIDE), BACKGROUND)
    for number, tile in enumerate(tiles):
        tile.thumbnail((SIDE - 4, SIDE - 4))
        sheet.paste(tile, (number % COLUMNS * SIDE + 2, number // COLUMNS * SIDE + 2))
    return sheet


def test_previews_look_as_they_did_when_they_were_looked_at(tmp_path):
    sheet = sheet_of(tmp_path)
    if os.environ.get("FITSPROC_WRITE_SHEET"):
        sheet.save(SHEET, optimize=True)
    reference = Image.open(SHEET).convert("RGB")
    assert sheet.size == reference.size
    difference = np.abs(np.asarray(sheet).astype(int) - np.asarray(reference))
    for row in range(0, sheet.height, SIDE):
        for column in range(0, sheet.width, SIDE):
            assert difference[row : row + SIDE, column : column + SIDE].mean() < 6, (
                row // SIDE,
                column // SIDE,
            )
