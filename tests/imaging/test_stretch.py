"""Shades of grey: as exact as 256 of them need."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.imaging.stretch import asinh, extremes, greys, power

STRETCHES = {"asinh": asinh, "root": power(0.25), "linear": power(1), "square": power(2)}
OFFSETS = st.sampled_from((0.0, 1.0, -1e6, 1e12))
RANGES = st.sampled_from((1e-5, 1.0, 65535.0, 1e30))


@pytest.mark.parametrize("name", STRETCHES)
@given(offset=OFFSETS, width=RANGES)
def test_the_least_value_is_black_and_the_greatest_white(name, offset, width):
    low, high = offset, offset + width
    if math.isclose(low, high, rel_tol=1e-12):
        return
    shades, notes = greys(np.array([[low, high]]), extremes, STRETCHES[name])
    assert (shades.tolist(), notes) == ([[0, 255]], ())


@pytest.mark.parametrize("name", STRETCHES)
def test_shades_are_those_of_double_precision_but_for_one_in_a_thousand(name):
    fractions = np.linspace(0, 1, 100_001)
    exact = np.floor(STRETCHES[name](fractions.copy()) * 255)
    shades, _ = greys(fractions * 70_000 - 30_000, extremes, STRETCHES[name])
    off = shades - exact
    assert abs(off).max() <= 1
    assert np.count_nonzero(off) <= 100


def test_the_greatest_and_the_least_of_all_numbers_have_shades():
    huge = np.finfo("f8").max
    shades, _ = greys(np.array([-huge, 0, huge]), extremes, power(1))
    assert shades.tolist() == [0, 127, 255]


def test_values_far_beyond_the_limits_are_black_and_white():
    shades, _ = greys(np.array([-1e300, 0, 1, 1e300]), lambda finite: (0.0, 1.0), asinh)
    assert shades.tolist() == [0, 0, 255, 255]
