"""What processors take from ``gavo.utils``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.api import fitstools
from pytest_fitsproc.api.angles import degToDms, degToHms, hoursToHms
from pytest_fitsproc.api.fitstools import readPrimaryHeaderQuick

if TYPE_CHECKING:
    from astropy.io import fits as pyfits

__all__ = ["degToDms", "degToHms", "fitstools", "hoursToHms", "pyfits", "readPrimaryHeaderQuick"]


def __getattr__(name: str) -> Any:
    """Return ``pyfits``, which is astropy's and takes a quarter of a second to import."""
    if name == "pyfits":
        from astropy.io import fits

        return fits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
