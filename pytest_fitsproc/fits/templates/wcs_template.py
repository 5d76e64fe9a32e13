"""The WCS template: how pixels become coordinates on the sky (FITS standard 4.0 §8, SIP convention)."""

from __future__ import annotations

from pytest_fitsproc.fits.templates.template import Entry, title

WCS: tuple[Entry, ...] = (
    title("Spatial WCS"),
    ("EQUINOX", "[a] equinox of the coordinate system"),
    ("RADESYS", "celestial reference system"),
    ("WCSAXES", "number of axes of this WCS"),
    ("CTYPE#", "type and projection of world axis #"),
    ("LONPOLE", "[deg] native longitude of the celestial pole"),
    ("LATPOLE", "[deg] native latitude of the celestial pole"),
    ("CRVAL#", "value of world axis # at the reference point"),
    ("CRPIX#", "[pix] reference point on pixel axis #"),
    ("CUNIT#", "unit of world axis #"),
    ("CD#_#", "change of world axis # per pixel of axis #"),
    ("PC#_#", "rotation: world axis #, pixel axis #"),
    ("A_ORDER", "SIP: degree of the polynomial A, for axis 1"),
    ("A_#_#", "SIP: A, coefficient of u^# v^#"),
    ("B_ORDER", "SIP: degree of the polynomial B, for axis 2"),
    ("B_#_#", "SIP: B, coefficient of u^# v^#"),
    ("AP_ORDER", "SIP: degree of AP, the inverse for axis 1"),
    ("AP_#_#", "SIP: AP, coefficient of U^# V^#"),
    ("BP_ORDER", "SIP: degree of BP, the inverse for axis 2"),
    ("BP_#_#", "SIP: BP, coefficient of U^# V^#"),
)
