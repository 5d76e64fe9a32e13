"""The cards of a solution: as solve-field wrote them, and as an earlier run has left them in a header."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fitsproc.processing.astrometry.sandbox import WCS

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: Keywords that solve-field 0.93 writes and that belong to a solution; the polynomials are SIP's.
_is_wcs_keyword = re.compile(
    r"WCSAXES|CTYPE[12]|EQUINOX|LONPOLE|LATPOLE|CRVAL[12]|CRPIX[12]|CUNIT[12]|CD[12]_[12]"
    r"|(?:A|B|AP|BP)_(?:ORDER|\d+_\d+)"
).fullmatch

#: Keywords of ``img.wcs`` that tell of that file, not of the image (DaCHS: ``noCopyHeaders``).
NOT_COPIED = frozenset(
    {"SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "EXTEND"}
    | {"IMAGEW", "IMAGEH", "DATAMIN", "DATAMAX", "DATE"}
)

#: Comments that tell how a field was solved. Which index did it is in "Index name" in old versions and in
#: "index id" in 0.93, whose "Index(0)" lists the paths of all that were looked at.
_COMMENTS = (
    "Index name",
    "index id",
    "Cxdx margin",
    "Field scale lower",
    "Field scale upper",
    "Start obj",
    "End obj",
    "Tweak",
    "code error",
)
_HISTORIES = ("suite", "blind")


def wcs_cards(sandbox: Path) -> Header:
    """Return all cards of the solution in a sandbox, as solve-field wrote them (DaCHS: ``getWCSFieldsFor``).

    They begin with those of an empty primary HDU: leave out `NOT_COPIED` when you copy them.

    Parameters
    ----------
    sandbox : directory with an ``img.wcs``
    """
    from astropy.io.fits import Header

    # The paths of the index files are in the comments; those beyond ASCII have no place in a header.
    text = (sandbox / WCS).read_bytes().decode("ascii", "replace")
    return Header.fromstring(text.replace("\ufffd", "?"))


def wcs_cards_of(header: Header) -> Header:
    """Return the cards of a solution that were copied to a header earlier, such as a detached one.

    HISTORY and COMMENT are taken where they tell of the solution; the header is without cards where it has
    no solution.
    """
    from astropy.io.fits import Header

    return Header([card for card in header.cards if _is_of_solution(card)] if "CD1_1" in header else [])


def keeps_comment(text: str) -> bool:
    """Tell whether a COMMENT of a solution is worth keeping (DaCHS: ``commentFilter``)."""
    return any(part in text for part in _COMMENTS)


def keeps_history(text: str) -> bool:
    """Tell whether a HISTORY of a solution is worth keeping (DaCHS: ``historyFilter``)."""
    return any(part in text for part in _HISTORIES)


def _is_of_solution(card: Card) -> bool:
    if card.keyword == "COMMENT":
        return keeps_comment(str(card.value))
    if card.keyword == "HISTORY":
        return keeps_history(str(card.value))
    return _is_wcs_keyword(card.keyword) is not None
