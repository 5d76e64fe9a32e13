from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from images import star_field
from PIL import Image

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import color_jpeg_from_arrays, jpeg_from_array, make_lupton

RAMP = np.linspace(0, 1, 64 * 64).reshape(64, 64)


def pixels_of(data):
    return np.asarray(Image.open(BytesIO(data))).astype(int)


def test_values_are_raised_to_gamma_between_the_extremes_and_row_0_is_the_lowest():
    got = pixels_of(jpeg_from_array(RAMP * 50 - 7, gamma=0.5, quality=95))
    assert np.abs(got - np.flipud(RAMP**0.5 * 255)).max() <= 3


def test_the_usual_gamma_is_a_quarter():
    assert jpeg_from_array(RAMP) == jpeg_from_array(RAMP, 0.25)


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_missing_values_are_black_and_do_not_change_the_others(missing):
    holed = RAMP.copy()
    holed[24:40, 24:40] = missing
    got = pixels_of(jpeg_from_array(holed, 1.0, 95))
    assert got[28:36, 28:36].max() <= 2
    assert np.abs(got - np.flipud(RAMP * 255))[:16].max() <= 3


def test_masked_values_are_missing():
    masked = np.ma.masked_greater(RAMP * 4, 2)
    assert jpeg_from_array(masked) == jpeg_from_array(np.where(RAMP * 4 > 2, np.nan, RAMP * 4))


@pytest.mark.parametrize("value", [0, 7.5, np.nan])
def test_a_picture_without_contrast_is_grey(value):
    assert np.unique(pixels_of(jpeg_from_array(np.full((9, 9), value)))).tolist() == [128]


def test_values_near_the_greatest_float_do_not_overflow():
    got = pixels_of(jpeg_from_array((RAMP * 2 - 1) * 1.7e308, 1.0, 95))
    assert np.abs(got - np.flipud(RAMP * 255)).max() <= 3


def test_colours_are_scaled_each_on_its_own():
    got = pixels_of(color_jpeg_from_arrays(RAMP, RAMP * 90 + 5, -RAMP, 1.0, 95))
    want = np.flipud(np.stack([RAMP, RAMP, 1 - RAMP], axis=2) * 255)
    assert np.abs(got - want).mean() < 4


@pytest.mark.parametrize("make", [color_jpeg_from_arrays, make_lupton])
def test_colours_of_different_shapes_are_refused(make):
    with pytest.raises(FitsprocError, match=r"need one shape, not \(64, 64\), \(64, 63\), \(64, 64\)"):
        make(RAMP, RAMP[:, 1:], RAMP)


@pytest.mark.parametrize("make", [color_jpeg_from_arrays, make_lupton])
@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 2, 2), ()])
def test_colours_that_are_no_images_are_refused(make, shape):
    with pytest.raises(FitsprocError, match="is no image of two axes"):
        make(*[np.zeros(shape)] * 3)


@pytest.mark.parametrize("array", [RAMP + 1j, np.array([["a"]])])
def test_pixels_without_a_shade_of_grey_are_refused(array):
    with pytest.raises(FitsprocError, match="real numbers are needed"):
        jpeg_from_array(array)


def test_lupton_keeps_the_colour_of_a_bright_star():
    sky = star_field((64, 64), n_stars=0, noise=1)
    star = np.zeros((64, 64))
    star[30:34, 30:34] = 1e5
    got = pixels_of(make_lupton(sky + star, sky + star / 2, sky + star / 4))
    red, green, blue = got[31, 31]
    assert red > green > blue > 0


def test_lupton_bears_missing_values_and_empty_bands():
    holed = star_field((40, 40))
    holed[:5] = np.nan
    assert pixels_of(make_lupton(holed, np.full((40, 40), np.nan), np.ones((40, 40)))).shape == (40, 40, 3)
