from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Angle, SkyCoord
from astropy.io import fits
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.processing.plain_value import GatherError, Plain, plain_value


class Band(StrEnum):
    R = "red"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        (12, 12),
        (2.5, 2.5),
        ("Hα", "Hα"),
        (Band.R, "red"),
        (b"IIaO", "IIaO"),
        (b"\xff", r"\xff"),
        (Path("data/a.fits"), "data/a.fits"),
        (Path("data/\udcff.fits"), r"data/\udcff.fits"),
        (date(1912, 3, 1), "1912-03-01"),
        (datetime(1912, 3, 1, 22, tzinfo=UTC), "1912-03-01T22:00:00+00:00"),
        (np.int16(-3), -3),
        (np.uint64(2**63), "9223372036854775808"),
        (np.float32(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.longdouble(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("R"), "R"),
        (np.bytes_(b"R"), "R"),
        (np.array(7), 7),
        (np.datetime64("1912-03-01T22:00", "ns"), "1912-03-01T22:00:00.000000000"),
        (np.datetime64("NaT"), None),
        (np.ma.masked, None),
        (fits.card.UNDEFINED, None),
        (Time("1998-03-01T22:00:00"), "1998-03-01T22:00:00.000"),
        (3.5 * u.km / u.s, "3.5 km / s"),
        (Angle("1d30m"), "1.5 deg"),
        (u.Quantity(3.5), 3.5),
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (-(2**63), -(2**63)),
    ],
    # Without the addresses that some representations have: workers must agree on the names of tests.
    ids=lambda value: re.sub(r" at 0x\w+", "", repr(value)),
)
def test_values_become_plain_python(value: object, plain: Plain) -> None:
    result = plain_value("field", value)
    assert result == plain
    assert type(result) is type(plain)


@given(st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text())
def test_plain_values_stay_what_they_are_and_survive_json(value: Plain) -> None:
    result = plain_value("field", value)
    assert repr(result) == repr(value)
    assert repr(json.loads(json.dumps(result))) == repr(value)


def test_a_quantity_can_be_read_back_from_its_text() -> None:
    assert u.Quantity(plain_value("speed", 3.5 * u.km / u.s)) == 3.5 * u.km / u.s


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([1, 2], "list"),
        ({"a": 1}, "dict"),
        (1j, "complex"),
        (np.complex64(1), "numpy.complex64"),
        (np.zeros((2, 3)), r"numpy.ndarray and shape \(2, 3\)"),
        ([1, 2] * u.s, r"astropy.units.quantity.Quantity and shape \(2,\)"),
        (np.timedelta64(1, "s"), "numpy.timedelta64"),
        (np.void(b"ab"), "numpy.void"),
        (SkyCoord(1 * u.deg, 2 * u.deg), "astropy.coordinates.sky_coordinate.SkyCoord"),
        (fits.Header(), "astropy.io.fits.header.Header"),
        (object(), "object"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_plain_form_is_named_with_its_field(value: object, kind: str) -> None:
    with pytest.raises(
        GatherError,
        match=rf"gather\(mess=…\): a value of type {kind} can't be put into a table: gather a number",
    ):
        plain_value("mess", value)


def test_integers_too_long_for_python_to_write_are_refused() -> None:
    with pytest.raises(GatherError, match=r"gather\(n=…\): an integer of \d+ bits is too long"):
        plain_value("n", 10**5000)
