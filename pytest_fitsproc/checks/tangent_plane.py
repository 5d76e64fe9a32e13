"""Where a pixel is on the sky by the WCS that plate solvers write: gnomonic, with polynomials or without.

To import `astropy.wcs` takes longer than to solve an easy field.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astropy.io.fits import Header

_NUMBERS = ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CD1_1", "CD1_2", "CD2_1", "CD2_2")

# What else would count, or be a contradiction; and all axes but two.
_is_foreign = re.compile(
    r"(?:PC|PV|PS)\d+_\d+|C[PQ]DIS\d+|D2IM.*|CD(?:\d+_[03-9]|[03-9]_\d+)|C(?:TYPE|RVAL|RPIX|DELT|UNIT)[3-9]"
).fullmatch


def sky_position(header: Header, x: float, y: float) -> tuple[float, float] | None:
    """Return right ascension and declination of a place in an image, in degrees.

    None where the WCS is of any other kind than RA---TAN or RA---TAN-SIP with CDi_j and LONPOLE = 180.

    Parameters
    ----------
    x, y : in pixels; the centre of the first one is (1, 1)

    Notes
    -----
    Gnomonic projection: Calabretta & Greisen 2002, section 5.1.3, for a native pole at 180 degrees; the
    polynomials: Shupe et al. 2005, equations 1 to 3.
    """
    if not _is_understood(header):
        return None
    u, v = x - header["CRPIX1"], y - header["CRPIX2"]
    u, v = u + _polynomial(header, "A", u, v), v + _polynomial(header, "B", u, v)
    east = math.radians(header["CD1_1"] * u + header["CD1_2"] * v)
    north = math.radians(header["CD2_1"] * u + header["CD2_2"] * v)
    ra, dec = math.radians(header["CRVAL1"]), math.radians(header["CRVAL2"])
    towards_pole = math.cos(dec) - north * math.sin(dec)
    ra += math.atan2(east, towards_pole)
    dec = math.atan2(math.sin(dec) + north * math.cos(dec), math.hypot(east, towards_pole))
    return math.degrees(ra) % 360, math.degrees(dec)


def _is_understood(header: Header) -> bool:
    if not all(_is_number(header.get(keyword)) for keyword in _NUMBERS):
        return False
    suffix = "-SIP" if "A_ORDER" in header else ""
    return (
        (header.get("CTYPE1"), header.get("CTYPE2")) == (f"RA---TAN{suffix}", f"DEC--TAN{suffix}")
        and {header.get("CUNIT1", "deg"), header.get("CUNIT2", "deg")} == {"deg"}
        and header.get("LONPOLE") == 180
        and header.get("WCSAXES", 2) == 2
        and header.get("A_ORDER", 2) == header.get("B_ORDER", 2)
        and header.get("A_ORDER", 2) in range(2, 10)
        and not any(map(_is_foreign, header))
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _polynomial(header: Header, letter: str, u: float, v: float) -> float:
    order: int = header.get(f"{letter}_ORDER", 0)
    powers = ((i, j) for i in range(order + 1) for j in range(order + 1 - i))
    terms: list[float] = [header.get(f"{letter}_{i}_{j}", 0.0) * u**i * v**j for i, j in powers]
    return sum(terms)
