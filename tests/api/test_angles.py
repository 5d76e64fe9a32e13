from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.api import angles, degToDms, degToHms, hoursToHms, julian_year, jYearToDateTime


@pytest.mark.parametrize("module", [angles, julian_year])
def test_examples_are_right(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (degToDms(0), "+0 00 00.00"),
        (degToDms(-0.0), "+0 00 00.00"),
        (degToDms(0, addSign=False), "0 00 00.00"),
        (degToDms(-0.25, sepChar=":"), "-0:15:00.00"),
        (degToDms(-23.50, secondFracs=4), "-23 30 00.0000"),
        (degToDms(12.5, sepChar=":", secondFracs=0, preserveLeading=True, addSign=False), "12:30:00"),
        (degToDms(359.9999999), "+360 00 00.00"),
        (degToDms(359.9999999, truncate=True), "+359 59 59.99"),
        (degToHms(0, sepChar=":"), "00:00:00.000"),
        (degToHms(122.057, secondFracs=1, truncate=True), "08 08 13.6"),
        (degToHms(-0.055, secondFracs=0), "-00 00 13"),
        (degToHms(359.9999999), "24 00 00.000"),
        (hoursToHms(23.55), "23:33:00"),
        (hoursToHms(123.553, secondFracs=2), "123:33:10.80"),
    ],
)
def test_angles_are_written_as_dachs_writes_them(made, text):
    assert made == text


@pytest.mark.parametrize(("value", "text"), [(0.29, "+0 17 24"), (140.57, "+140 34 12"), (48.3, "+48 18 00")])
def test_truncation_does_not_fall_below_what_the_decimal_number_says(value, text):
    assert degToDms(value, secondFracs=0, truncate=True) == text


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises((ValueError, OverflowError)):
        degToDms(value)


@given(st.floats(-720, 720), st.integers(0, 6))
def test_the_text_is_the_angle_to_half_a_unit_of_the_last_place(value, decimals):
    text = degToDms(value, ":", decimals)
    degrees, minutes, seconds = (float(part) for part in text[1:].split(":"))
    assert minutes < 60
    assert seconds < 60
    read = (degrees * 3600 + minutes * 60 + seconds) * (-1 if text[0] == "-" else 1)
    assert abs(read - value * 3600) <= 0.5 * 10**-decimals + 1e-8


def test_julian_years_are_counted_from_noon_of_1_january_2000():
    assert jYearToDateTime(2000).isoformat() == "2000-01-01T12:00:00"
    assert jYearToDateTime(1889.0).isoformat() == "1888-12-30T18:00:00"
    assert jYearToDateTime(1958.445).isoformat() == "1958-06-12T12:52:11.999998"


def test_a_julian_year_beyond_the_calendar_is_refused():
    with pytest.raises(OverflowError):
        jYearToDateTime(-4712)
