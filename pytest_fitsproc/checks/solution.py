"""The check `astrometry`: does the WCS of an image agree with what else its header says of the sky?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.checks.known_position import disagreements
from pytest_fitsproc.checks.placement import Placement
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile, Hdu

CODES = {
    "FP300": (Level.ERROR, "the WCS has the image at another place or scale than the header says"),
    "FP301": (Level.ERROR, "the WCS of a solved field can't be evaluated"),
}
"""What `astrometry` finds: code, level, meaning."""


def compare_solutions(file: FitsFile) -> list[Finding]:
    """Return what the check `astrometry` finds in a file."""
    try:
        return [finding for hdu in file.hdus() for finding in _findings(hdu)]
    except (FitsFormatError, FileAccessError):
        return []


def _findings(hdu: Hdu) -> Iterator[Finding]:
    if b"CD1_1   =" not in hdu.header or len(hdu.structure.axes) != 2:
        return
    from pytest_fitsproc.fits.header import lazy_header

    header = lazy_header(hdu.header)
    if not str(header.get("CTYPE1", "")).startswith("RA--"):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            placement = Placement.from_cards(header, *hdu.structure.axes)
    except Exception as error:  # whatever astropy says of cards that are no WCS
        yield _finding("FP301", " ".join(f"{type(error).__name__}: {error}".split()), hdu)
        return
    for found in disagreements(header, placement):
        yield _finding("FP300", str(found), hdu)


def _finding(code: str, message: str, hdu: Hdu) -> Finding:
    level, _ = CODES[code]
    return Finding(code, level, message, hdu.hdu_index)
