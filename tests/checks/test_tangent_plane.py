"""Places on the sky by gnomonic WCS: as astropy has them, which goes another way about it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from astropy.io.fits import Header
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.checks.tangent_plane import sky_position

_SCALE = 15 / 3600


def header_of(ra: float, dec: float, angle: float = 0.0, **more: object) -> Header:
    """Return cards as solve-field writes them; `more` adds others, None takes some away."""
    cosine, sine = _SCALE * math.cos(angle), _SCALE * math.sin(angle)
    cards = {
        "WCSAXES": 2,
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "LONPOLE": 180.0,
        "LATPOLE": 0.0,
        "CRVAL1": ra,
        "CRVAL2": dec,
        "CRPIX1": 374.1,
        "CRPIX2": 517.4,
        "CD1_1": -cosine,
        "CD1_2": -sine,
        "CD2_1": -sine,
        "CD2_2": cosine,
    }
    return Header([(key, value) for key, value in (cards | more).items() if value is not None])


def sip(order: int, seed: int) -> dict[str, object]:
    """Return polynomials that move a pixel at the edge by several others."""
    rng = np.random.default_rng(seed)
    cards: dict[str, object] = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
    for letter in "AB":
        cards[f"{letter}_ORDER"] = order
        for i in range(order + 1):
            for j in range(order + 1 - i):
                cards[f"{letter}_{i}_{j}"] = float(rng.normal(0, 3)) / 500 ** (i + j)
    return cards


def offset_arcsec(header: Header, x: float, y: float) -> float:
    """Return how far we are from astropy."""
    ra, dec = map(math.radians, sky_position(header, x, y))
    other_ra, other_dec = np.radians(WCS(header).all_pix2world(x, y, 1))
    half = math.sin((dec - other_dec) / 2) ** 2
    half += math.cos(dec) * math.cos(other_dec) * math.sin((ra - other_ra) / 2) ** 2
    return math.degrees(2 * math.asin(math.sqrt(half))) * 3600


@given(
    st.floats(0, 360),
    st.floats(-90, 90),
    st.floats(0, 7),
    st.integers(0, 5),
    st.floats(-200, 1200),
    st.floats(-200, 1000),
)
def test_places_are_those_of_astropy(ra, dec, angle, order, x, y):
    header = header_of(ra, dec, angle, **(sip(order, 7) if order > 1 else {}))
    assert offset_arcsec(header, x, y) < 1e-6
    assert 0 <= sky_position(header, x, y)[0] <= 360


@pytest.mark.parametrize("dec", [90.0, -90.0, 89.999])
def test_the_pole_may_be_in_the_image(dec):
    for x, y in ((374.1, 517.4), (1.0, 1.0), (1000.0, 800.0)):
        assert offset_arcsec(header_of(10.0, dec, 0.4), x, y) < 1e-6


@pytest.mark.parametrize(
    "cards",
    [
        {"CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN"},
        {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"},
        {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN"},
        {"LONPOLE": None},
        {"LONPOLE": 90.0},
        {"CUNIT1": "arcsec", "CUNIT2": "arcsec"},
        {"CRVAL1": None},
        {"CRPIX1": "100"},
        {"CD1_2": True},
        {"PV1_3": 90.0},
        {"PC1_1": 1.0},
        {"CPDIS1": "LOOKUP"},
        {"D2IMDIS1": "LOOKUP"},
        {"WCSAXES": 3, "CTYPE3": "FREQ"},
        sip(2, 1) | {"B_ORDER": 3},
        sip(2, 1) | {"A_ORDER": 1, "B_ORDER": 1},
        sip(2, 1) | {"A_ORDER": None},
        sip(2, 1) | {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"},
    ],
    ids=str,
)
def test_a_wcs_of_another_kind_is_left_to_others(cards):
    assert sky_position(header_of(200.0, -30.0, **cards), 1.0, 1.0) is None


def test_cards_that_say_nothing_of_these_axes_do_not_matter():
    header = header_of(200.0, -30.0, CDELT1=1.0, RADESYS="ICRS", OBJECT="M 31", IMAGEW=1000)
    assert offset_arcsec(header, 1.0, 1.0) < 1e-6
