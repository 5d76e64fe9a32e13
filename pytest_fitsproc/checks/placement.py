"""Where on the sky an image is, by its WCS: the numbers that a report has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.checks.tangent_plane import sky_position

if TYPE_CHECKING:
    from astropy.io.fits import Header
    from astropy.wcs import WCS


@dataclass(frozen=True)
class Placement:
    """Centre, scale and size of an image on the sky.

    Attributes
    ----------
    ra_deg, dec_deg : of the centre of the image, ICRS
    pixel_scale_arcsec : per pixel, root of the pixel's area at the reference pixel
    radius_deg : of a circle about the image
    """

    ra_deg: float
    dec_deg: float
    pixel_scale_arcsec: float
    radius_deg: float

    @classmethod
    def from_cards(cls, header: Header, width: int, height: int) -> Placement:
        """Return what a header with CDi_j says of its image, whose size is in pixels.

        Raises
        ------
        ValueError
            The matrix is singular; astropy has other errors for cards that are no WCS.
        """
        scale_deg = math.sqrt(abs(header["CD1_1"] * header["CD2_2"] - header["CD1_2"] * header["CD2_1"]))
        if not scale_deg:
            raise ValueError("the matrix CDi_j is singular")
        x, y = (width + 1) / 2, (height + 1) / 2
        ra, dec = sky_position(header, x, y) or celestial_wcs(header, width, height).all_pix2world(x, y, 1)
        return cls(float(ra), float(dec), scale_deg * 3600, scale_deg * math.hypot(width, height) / 2)


def celestial_wcs(header: Header, width: int, height: int) -> WCS:
    """Return astropy's WCS of the first two axes of a header, such as ``img.wcs``.

    That is of an HDU without axes, of which astropy warns; it gets a copy with those of the image.
    """
    from astropy.wcs import WCS

    image = header.copy()
    image["NAXIS"] = 2
    image.set("NAXIS1", width, after="NAXIS")
    image.set("NAXIS2", height, after="NAXIS1")
    return WCS(image)
