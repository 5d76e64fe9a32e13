"""The minimal template: what every image has."""

from __future__ import annotations

from pytest_fitsproc.fits.templates.template import Entry

MINIMAL_IMAGE: tuple[Entry, ...] = (
    ("SIMPLE", True, "this file follows the FITS standard"),
    ("EXTEND", True, "there may be extensions"),
    ("BITPIX", "bits per pixel, negative for floats"),
    ("NAXIS", 2, "number of axes"),
    ("NAXIS#", "pixels along axis #"),
    ("BZERO", "physical value of a stored 0"),
    ("BSCALE", "physical value = BZERO + BSCALE * stored"),
)
