"""DaCHS' tools for images: their names, the manual's example, and the same work done by the real DaCHS."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from dachs import PYTHON, NotHereError, require_dachs
from PIL import Image

from pytest_fitsproc.api import imgtools
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import default_preview, spectrum_plot


def sky(shape, level=1000.0):
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    star = 3e4 * np.exp(-((rows - shape[0] / 3) ** 2 + (columns - shape[1] / 4) ** 2) / 900)
    return random.normal(level, 20, shape) + star


def pixels_of(picture: bytes):
    return np.asarray(Image.open(io.BytesIO(picture))).astype(int)


# The manual's listing, section "Precomputing previews"; it gives extension 1 for blue, by oversight.
COLOUR_PREVIEWS = """
import numpy

from pytest_fitsproc import api
from pytest_fitsproc.api import imgtools

def _getArrayFor(srcName, extInd):
  return numpy.array(list(
      imgtools.iterScaledRows(srcName, destSize=200, extInd=extInd)))

def getPreviewData(srcName):
    return imgtools.colorJpegFromNumpyArrays(
      _getArrayFor(srcName, 2),
      _getArrayFor(srcName, 3),
      _getArrayFor(srcName, 4))
"""


def test_the_example_of_three_filters_runs(tmp_path):
    names: dict[str, object] = {}
    exec(COLOUR_PREVIEWS, names)
    path = tmp_path / "a.fits"
    images = [fits.ImageHDU(np.full((5, 5), 1.0)), *[fits.ImageHDU(sky((420, 600)) * n) for n in (1, 2, 3)]]
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(path)
    assert pixels_of(names["getPreviewData"](str(path))).shape == (105, 150, 3)


def test_rows_come_from_a_path_or_an_open_file_and_are_float32(tmp_path):
    path = tmp_path / "a.fits"
    fits.PrimaryHDU(np.arange(36, dtype="i4").reshape(6, 6)).writeto(path)
    with path.open("rb") as file:
        for source in (path, str(path), file):
            rows = list(imgtools.iterScaledRows(source, 3))
            assert [row.dtype for row in rows] == ["f4", "f4"]
            assert np.array(rows).tolist() == [[7, 10], [25, 28]]


def test_a_file_without_a_name_is_refused():
    with pytest.raises(FitsprocError, match="from a path, or from an open file that has a name"):
        imgtools.iterScaledRows(io.BytesIO(b""), 2)


def test_a_picture_of_any_format_becomes_a_png_of_a_width(tmp_path):
    Image.new("P", (60, 30), 3).save(tmp_path / "a.gif")
    assert pixels_of(imgtools.getScaledPNG(tmp_path / "a.gif", 20)).shape == (10, 20, 3)
    (tmp_path / "b.gif").write_bytes(b"nothing")
    with pytest.raises(FitsprocError, match=r"b\.gif: is no picture that Pillow reads"):
        imgtools.getScaledPNG(str(tmp_path / "b.gif"), 20)


@pytest.mark.parametrize("array", [np.zeros(5), np.zeros((0, 5)), 3])
def test_an_array_that_is_no_image_is_not_scaled(array):
    with pytest.raises(FitsprocError, match="is no image of two axes"):
        imgtools.scaleNumpyArray(array, 2)


BY_DACHS = """
import os, sys, numpy
from gavo.utils import fitstools, imgtools
from gavo.helpers.processing import SpectralPreviewMaker
for name in sys.argv[1:]:
    if name.endswith(".npz"):
        spectrum = numpy.load(name)
        for linear in (False, True):
            plot = SpectralPreviewMaker.get2DPlot(list(zip(spectrum["x"], spectrum["y"])), linear)
            open("%s.%d.png" % (name, linear), "wb").write(plot)
        continue
    with open(name, "rb") as file:
        rows = numpy.array(list(fitstools.iterScaledRows(file, destSize=200)))
    numpy.save(name + ".npy", rows)
    numpy.save(name + ".array.npy", imgtools.scaleNumpyArray(rows, 70))
    open(name + ".jpg", "wb").write(imgtools.jpegFromNumpyArray(rows))
    open(name + ".colour.jpg", "wb").write(imgtools.colorJpegFromNumpyArrays(rows, rows**2, -rows))
"""

IMAGES = {
    "f4": (sky((900, 640)).astype("f4"), {}),
    "f8": (sky((500, 410)), {}),
    "i2": (sky((640, 900)).astype("i2"), {}),
    "u2": (sky((640, 900), 30_000).astype("u2"), {}),
    "i4": (sky((333, 777), 1e6).astype("i4"), {}),
    "scaled": (sky((333, 777)).astype("i2"), {"BZERO": -5.5, "BSCALE": 0.25}),
    "u1": ((sky((210, 190)) / 200).astype("u1"), {}),
    "small": (sky((30, 40)).astype("f4"), {}),
}


@pytest.fixture(scope="module")
def by_dachs(tmp_path_factory) -> Path:
    """A folder with files and what DaCHS made of them."""
    try:
        require_dachs()
    except NotHereError as error:
        if os.environ.get("FITSPROC_REQUIRE") == "all":
            pytest.fail(str(error))
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("dachs")
    for name, (array, cards) in IMAGES.items():
        path = folder / f"{name}.fits"
        fits.PrimaryHDU(array).writeto(path)
        for keyword, value in cards.items():
            fits.setval(path, keyword, value=value)
    x = np.linspace(4000, 7000, 600)
    y = 100 + 50 * np.exp(-(((x - 5500) / 20) ** 2)) + np.random.default_rng(1).normal(0, 4, 600)
    np.savez(folder / "spectrum.npz", x=x, y=y)
    names = sorted(path.name for path in folder.iterdir())
    environ = {**os.environ, "HOME": str(folder), "MPLCONFIGDIR": str(folder / "matplotlib")}
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", BY_DACHS, *names],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", IMAGES)
def test_scaled_rows_are_those_of_dachs(by_dachs, name):
    path = by_dachs / f"{name}.fits"
    got = np.array(list(imgtools.iterScaledRows(path, destSize=200)))
    want = np.load(f"{path}.npy")
    assert got.dtype == want.dtype
    # DaCHS sums in float32, an image with BZERO after applying it.
    np.testing.assert_allclose(got, want, rtol=3e-6)
    np.testing.assert_allclose(imgtools.scaleNumpyArray(want, 70), np.load(f"{path}.array.npy"), rtol=3e-6)


@pytest.mark.parametrize("name", IMAGES)
def test_pictures_are_those_of_dachs(by_dachs, name):
    path = by_dachs / f"{name}.fits"
    rows = np.load(f"{path}.npy")
    pairs = [
        (imgtools.jpegFromNumpyArray(rows), path.with_name(f"{name}.fits.jpg")),
        (default_preview(path, stretch="dachs").data, path.with_name(f"{name}.fits.jpg")),
        (
            imgtools.colorJpegFromNumpyArrays(rows, rows**2, -rows),
            path.with_name(f"{name}.fits.colour.jpg"),
        ),
    ]
    for got, want in pairs:
        difference = np.abs(pixels_of(got) - pixels_of(want.read_bytes()))
        assert difference.mean() < 0.1
        assert difference.max() <= 12


@pytest.mark.parametrize("linear", [False, True])
def test_plots_look_like_those_of_dachs(by_dachs, linear):
    spectrum = np.load(by_dachs / "spectrum.npz")
    got = Image.open(io.BytesIO(spectrum_plot(spectrum["x"], spectrum["y"], linear=linear)))
    want = Image.open(by_dachs / f"spectrum.npz.{linear:d}.png")
    assert (got.mode, got.size, got.format) == (want.mode, want.size, want.format)
    difference = np.abs(np.asarray(got.convert("L")).astype(int) - np.asarray(want.convert("L")))
    assert difference.mean() < 5
