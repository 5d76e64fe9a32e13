from __future__ import annotations

import importlib.util
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import format_of, spectrum_plot

WAVES = np.linspace(4000, 7000, 300)
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None


def pixels_of(data):
    """Return greys, (rows, columns), the top row first."""
    assert format_of(data) == "image/png"
    return np.asarray(Image.open(BytesIO(data)).convert("L")).astype(int)


def dark(data):
    """Return rows and columns of the pixels that are clearly not white."""
    return np.nonzero(pixels_of(data) < 200)


def test_the_plot_is_a_small_grey_png():
    data = spectrum_plot(WAVES, WAVES)
    assert pixels_of(data).shape == (100, 200)
    assert len(Image.open(BytesIO(data)).getcolors()) <= 8
    assert len(data) < 2000


def test_the_line_rises_with_the_flux_from_left_to_right():
    rows, columns = dark(spectrum_plot(WAVES, WAVES, linear=True))
    assert (columns.min(), columns.max()) == (9, 190)
    assert (rows.min(), rows.max()) == (4, 95)
    np.testing.assert_allclose(rows, 95 - (columns - 9) / 2, atol=1.5)


def test_flux_is_logarithmic_unless_asked_otherwise():
    decades = 10 ** np.linspace(0, 6, 300)
    straight, bent = dark(spectrum_plot(WAVES, decades)), dark(spectrum_plot(WAVES, decades, linear=True))
    np.testing.assert_allclose(straight[0], 95 - (straight[1] - 9) / 2, atol=1.5)
    assert np.median(bent[0]) > 90


def test_points_may_come_in_any_order():
    order = np.random.default_rng(1).permutation(len(WAVES))
    assert spectrum_plot(WAVES[order], WAVES[order] ** 2) == spectrum_plot(WAVES, WAVES**2)


def test_unconnected_points_are_dots():
    x = np.arange(5.0)
    dots, line = (dark(spectrum_plot(x, x + 1, connect=connect))[1] for connect in (False, True))
    assert len(set(line)) > 170
    assert 10 <= len(set(dots)) <= 25


def test_a_missing_flux_interrupts_the_line():
    flux = WAVES.copy()
    flux[100:200] = np.nan
    columns = set(dark(spectrum_plot(WAVES, flux))[1])
    assert {20, 60, 140, 180} <= columns
    assert not columns & set(range(75, 125))


def test_flux_of_0_and_below_goes_to_the_border_of_a_logarithmic_axis():
    flux = WAVES.copy()
    flux[100:200] = -5
    rows, columns = dark(spectrum_plot(WAVES, flux))
    assert set(rows[(columns > 80) & (columns < 120)]) == {98, 99}


def test_dots_of_flux_of_0_and_below_are_left_out_of_a_logarithmic_axis():
    flux = WAVES.copy()
    flux[100:200] = 0
    assert not set(dark(spectrum_plot(WAVES, flux, connect=False))[1]) & set(range(80, 120))


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize(
    ("spectral", "flux"),
    [
        ([5], [7]),
        ([5, 5, 5], [1, 2, 3]),
        ([1, 2, 3], [4, 4, 4]),
        ([1, 2, 3], [0, 0, 0]),
        ([1, 2, 3], [-1, -2, -3]),
        ([1, 2, 3], [0, -2, 1]),
        ([1, np.nan, 3], [1, 2, np.inf]),
        ([1, 2, 3], [np.nan, 2, np.nan]),
        ([1, 2], [1e308, -1e308]),
        ([-1.7e308, 1.7e308], [5e-324, 1]),
        ([1, 2, 3], np.ma.masked_less([1, 2, 3], 2)),
        (np.arange(3, dtype="u1"), np.array([True, False, True])),
    ],
)
def test_odd_spectra_are_pictures(spectral, flux, linear, connect):
    data = spectrum_plot(spectral, flux, linear=linear, connect=connect)
    assert pixels_of(data).shape == (100, 200)
    assert len(dark(data)[0])


def test_many_points_look_as_all_their_lines():
    random = np.random.default_rng(1)
    x = np.arange(300_000.0)
    y = np.sin(x / 40_000) + random.normal(0, 0.01, x.size)
    got, few = (
        pixels_of(spectrum_plot(x, y, linear=True)),
        pixels_of(spectrum_plot(x[::60], y[::60], linear=True)),
    )
    assert np.abs(got - few).mean() < 6


@pytest.mark.parametrize(
    ("spectral", "flux", "words"),
    [
        ([], [], "no point with a coordinate and a flux"),
        ([1, 2], [np.nan, np.inf], "no point with a coordinate and a flux"),
        ([np.nan], [1], "no point with a coordinate and a flux"),
        ([1, 2], [1], r"not \(2,\) and \(1,\)"),
        ([[1, 2]], [[1, 2]], r"not \(1, 2\) and \(1, 2\)"),
        ([1, 2], [1j, 2], "real numbers are needed"),
        (["a"], ["b"], "real numbers are needed"),
    ],
)
def test_what_is_no_spectrum_is_refused(spectral, flux, words):
    with pytest.raises(FitsprocError, match=words):
        spectrum_plot(spectral, flux)


def test_a_size_may_be_given():
    assert pixels_of(spectrum_plot(WAVES, WAVES, size=(50, 70))).shape == (70, 50)


@pytest.mark.skipif(HAS_MATPLOTLIB, reason="matplotlib is installed")
def test_axes_without_matplotlib_are_an_error_that_says_what_to_install():
    with pytest.raises(FitsprocError, match=r"pip install 'pytest-fitsproc\[plot\]'"):
        spectrum_plot(WAVES, WAVES, axes=True)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("flux", [WAVES, -WAVES, [1] * 300, [np.nan] * 299 + [2]])
def test_axes_are_drawn_by_matplotlib(linear, flux):
    pytest.importorskip("matplotlib", reason="axes need matplotlib")
    data = spectrum_plot(WAVES, flux, axes=True, linear=linear)
    assert pixels_of(data).shape == (100, 200)
    assert len(dark(data)[0]) > 200
