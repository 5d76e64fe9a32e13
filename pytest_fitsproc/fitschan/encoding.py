"""Which encoding a header seems to use: the default of a FitsChan's Encoding attribute (SUN/211 §17.2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from pytest_fitsproc.fits.values import CardValue
from pytest_fitsproc.fitschan.attributes import FITS_WCS, NATIVE

# Keywords that tell encodings apart; one is looked for among all, each on a line of its own.
_NATIVE = r"BEGAST[A-Z0-9_-]{2}"
_DSS = r"PLTRAH"
_WCS = r"(CTYPE|CRPIX|CRVAL)[0-9]+[A-Z]*"
_VALUE = r"CRVAL[0-9]+[A-Z]*"
_CLASS = r"VLSR|VELO-(LSR|HEL|OBS|EAR)"
_CLASS_STEP = r"DELTAV"
_PC_OF_DIGITS = r"PC[0-9]{6}[A-Z]*"
_CD_OF_DIGITS = r"CD[0-9]{6}[A-Z]*"
_CD = r"CD[0-9]_[0-9][A-Z]*"
_PC = r"PC[0-9]_[0-9][A-Z]*"
_ROTATION = r"CROTA[0-9]+"
_AIPS_PLUS = r"CD[0-9]_[0-9][A-Z]*|PROJP[0-9]+|LONPOLE|LATPOLE"
_SPECTRAL_AXIS = re.compile(r"^(CTYPE[0-9]) *$", re.MULTILINE)
_AIPS_SPECTRUM = re.compile(r"(VELO|FREQ|FELO)-(LSR|LSD|HEL|OBS|GEO|TOP|EAR)\s*")


def default_encoding(keywords: str, value_of: Callable[[str], CardValue]) -> str:
    """Return the encoding of a header by its keywords, as AST guesses it.

    Parameters
    ----------
    keywords : those of the header, one a line; blanks behind them do not count
    value_of : gives the value of a keyword that is there
    """

    def has(pattern: str) -> bool:
        return re.search(rf"^({pattern}) *$", keywords, re.MULTILINE) is not None

    if has(_NATIVE):
        return NATIVE
    if has(_WCS) and has(_CLASS_STEP) and has(_CLASS):
        return "FITS-CLASS"
    spectral_types = map(value_of, _SPECTRAL_AXIS.findall(keywords))
    if any(isinstance(name, str) and _AIPS_SPECTRUM.fullmatch(name) for name in spectral_types):
        return "FITS-AIPS++" if has(_AIPS_PLUS) else "FITS-AIPS"
    if has(_DSS):
        return "DSS"
    return _encoding_of_wcs(has) if has(_WCS) else NATIVE


def _encoding_of_wcs(has: Callable[[str], bool]) -> str:
    is_old = _is_old(has)
    if has(_PC_OF_DIGITS):
        return "FITS-PC"
    if has(_CD_OF_DIGITS) or (has(_CD) and is_old):
        return "FITS-IRAF"
    if has(_CD):
        return FITS_WCS
    if is_old and not has(_PC):
        return "FITS-PC"
    if has(_ROTATION):
        return "FITS-AIPS"
    return FITS_WCS if has(_VALUE) else NATIVE


def _is_old(has: Callable[[str], bool]) -> bool:
    """Return whether there are keywords that FITS-WCS has replaced."""
    return (
        (has("RADECSYS") and not has("RADESYS"))
        or (has(r"PROJP[0-9]+") and not has(r"PV[0-9]+_[0-9]+"))
        or has(r"C[0-9]VAL[0-9]+")
    )
