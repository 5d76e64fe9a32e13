"""What a header says of the sky besides its WCS, compared with the WCS."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.checks.placement import Placement

if TYPE_CHECKING:
    from astropy.io.fits import Header

#: Pairs of keywords with the position of the image or of its object; the first that is there counts. Numbers
#: are degrees, sexagesimal texts hours for the right ascension.
POSITIONS = (("RA", "DEC"), ("OBJCTRA", "OBJCTDEC"), ("RA_DEG", "DEC_DEG"), ("RA_ORIG", "DEC_ORIG"))

#: Keywords with the pixel scale in arcseconds.
SCALES = ("PIXSCALE", "PIXSCAL1", "SECPIX", "SECPIX1")

#: Relative difference of pixel scales that is a disagreement.
SCALE_TOLERANCE = 0.05

# Precession in right ascension and in declination together is not more than this, in degrees a year.
_PRECESSION = 0.014
_EQUINOXES = ("EQUINOX", "OBJEQUIN", "EPOCH")
_sexagesimal = re.compile(r"([+-]?)(\d{1,3})[\s:hd°]+(\d{1,2})[\s:m'′]+(\d{1,2}(?:\.\d*)?)[s\"″]?").fullmatch


@dataclass(frozen=True)
class Disagreement:
    """One thing that header and solution do not agree on.

    Attributes
    ----------
    keywords : of the header
    expected : by the header
    found : by the WCS
    difference, tolerance : in degrees for positions, relative for scales
    """

    keywords: str
    expected: str
    found: str
    difference: float
    tolerance: float

    def __str__(self) -> str:
        """Return one line with the numbers."""
        if self.keywords in SCALES:
            by = f"off by {self.difference:.1%}, more than {self.tolerance:.0%}"
        else:
            by = f"off by {self.difference:.4f} deg, more than {self.tolerance:.4f} deg"
        return f"{self.keywords}: the header says {self.expected}, the solution {self.found}: {by}"


def disagreements(header: Header, placement: Placement) -> list[Disagreement]:
    """Return what a header knew and a WCS contradicts; an empty list where they agree.

    A position must be in the image (within a circle about it); that of another equinox than 2000 may be off
    by the precession since. The pixel scale may be off by `SCALE_TOLERANCE`. What the header does not have,
    or what can't be read as a number, is not compared.
    """
    return [*_position_disagreements(placement, header), *_scale_disagreements(placement, header)]


def _position_disagreements(placement: Placement, header: Header) -> list[Disagreement]:
    for keywords in POSITIONS:
        ra, dec = _degrees(header.get(keywords[0]), 15), _degrees(header.get(keywords[1]), 1)
        if ra is not None and dec is not None:
            distance = _separation(ra, dec, placement.ra_deg, placement.dec_deg)
            tolerance = placement.radius_deg + _PRECESSION * abs(_equinox(header) - 2000)
            if distance <= tolerance:
                return []
            found = f"{placement.ra_deg:.4f} {placement.dec_deg:+.4f}"
            expected = f"{ra:.4f} {dec:+.4f}"
            return [Disagreement("/".join(keywords), expected, found, distance, tolerance)]
    return []


def _scale_disagreements(placement: Placement, header: Header) -> list[Disagreement]:
    found = placement.pixel_scale_arcsec
    for keyword in SCALES:
        expected = _number(header.get(keyword))
        if expected:
            difference = abs(found / abs(expected) - 1)
            if difference <= SCALE_TOLERANCE:
                return []
            values = f'{abs(expected):.4f}"/px', f'{found:.4f}"/px'
            return [Disagreement(keyword, *values, difference, SCALE_TOLERANCE)]
    return []


def _degrees(value: object, degrees_per_unit: float) -> float | None:
    """Return degrees of a number, of its text, or of a sexagesimal text whose units are hours or degrees."""
    match = _sexagesimal(value.strip()) if isinstance(value, str) else None
    if match is None:
        return _number(value)
    sign, whole, minutes, seconds = match.groups()
    size = (int(whole) + int(minutes) / 60 + float(seconds) / 3600) * degrees_per_unit
    return -size if sign == "-" else size


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _equinox(header: Header) -> float:
    """Return the year; ``J2000`` and ``B1950`` are understood."""
    for keyword in _EQUINOXES:
        value = header.get(keyword)
        year = _number(value.strip().lstrip("JB") if isinstance(value, str) else value)
        if year is not None:
            return year
    return 2000.0


def _separation(ra: float, dec: float, other_ra: float, other_dec: float) -> float:
    """Return the angle between two directions; all in degrees."""
    ra, dec, other_ra, other_dec = map(math.radians, (ra, dec, other_ra, other_dec))
    half = math.sin((dec - other_dec) / 2) ** 2
    half += math.cos(dec) * math.cos(other_dec) * math.sin((ra - other_ra) / 2) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(half))))
