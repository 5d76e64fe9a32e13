from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images import star_field

from pytest_fitsproc.imaging.stretch import asinh
from pytest_fitsproc.imaging.zscale import zscale

SIZES = st.sampled_from((1, 2, 4, 5, 6, 9, 10, 11, 50, 199, 200, 999, 1000, 1001, 1999, 2000, 5000))


def _values(kind: str, size: int, seed: int, level: float, scale: float):
    """Return numbers as images have them: a background, with or without tails."""
    random = np.random.default_rng(seed)
    noise = random.normal(0, 1, size)
    if kind == "integers":
        return np.round(noise * 10 + level)
    if kind == "stars":
        noise += (random.random(size) < 0.2) * random.exponential(50, size)
    elif kind == "ramp":
        noise = np.arange(size) / 7
    elif kind == "exponential":
        noise = random.exponential(1, size)
    elif kind == "two levels":
        noise += 1000 * (random.random(size) < 0.5)
    return noise * scale + level


def _by_astropy(values):
    # Imports a part of matplotlib: where other tests are collected with this one, only when it runs.
    from astropy.visualization import ZScaleInterval

    return [float(limit) for limit in ZScaleInterval().get_limits(values)]


@settings(max_examples=int(os.environ.get("FITSPROC_EXAMPLES", "300")), deadline=None)
@given(
    kind=st.sampled_from(("noise", "integers", "stars", "ramp", "exponential", "two levels")),
    size=SIZES,
    seed=st.integers(0, 2**32 - 1),
    level=st.sampled_from((0.0, 1000.0, -0.1)),
    scale=st.sampled_from((1e-5, 1.0, 1e20)),
)
def test_the_limits_are_those_of_astropy(kind, size, seed, level, scale):
    values = _values(kind, size, seed, level, scale)
    assert zscale(values) == pytest.approx(_by_astropy(values), rel=1e-9, abs=1e-9 * np.ptp(values))


def test_the_limits_of_a_sky_are_those_of_astropy():
    sky = star_field().ravel()
    assert zscale(sky) == pytest.approx(_by_astropy(sky))


@pytest.mark.parametrize("background", [0.0, 0.1, 5.0, 1e10])
def test_where_most_values_are_equal_the_limits_are_that_value(background):
    values = np.full(1000, background)
    values[::10] = np.linspace(-100, 200, 100)
    assert zscale(values) == (background, background)


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0, 4.0, 8.0], [-1.7e308, 0.0, 1.0, 3.0, 5.0, 1.7e308]])
def test_without_a_background_the_limits_are_the_extremes(values):
    assert zscale(np.array(values)) == (min(values), max(values))


def test_asinh_is_that_of_astropy():
    from astropy.visualization import AsinhStretch

    fractions = np.linspace(0, 1, 1001)
    assert asinh(fractions.copy()) == pytest.approx(AsinhStretch(0.3)(fractions), rel=1e-15)
