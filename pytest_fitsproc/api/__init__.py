"""DaCHS' names, for processors that were written for it: ``from pytest_fitsproc import api``.

The names and their parameters are DaCHS' own (manual "GAVO DaCHS: File Processing").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.api import anet, base, utils
from pytest_fitsproc.api.angles import degToDms, degToHms, hoursToHms
from pytest_fitsproc.api.configuration import getConfig
from pytest_fitsproc.api.database import getTableConn
from pytest_fitsproc.api.julian_year import jYearToDateTime
from pytest_fitsproc.api.program import procmain
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.header_processor import HeaderProcessor, ImmediateHeaderProcessor
from pytest_fitsproc.processing.outcome import CannotComputeHeader, SkipThis
from pytest_fitsproc.processing.preview_maker import PreviewMaker, SpectralPreviewMaker

if TYPE_CHECKING:
    from astropy.io import fits as pyfits

    from pytest_fitsproc.processing.astrometry_processor import AnetHeaderProcessor

__all__ = [
    "AnetHeaderProcessor",
    "CannotComputeHeader",
    "FileProcessor",
    "HeaderProcessor",
    "ImmediateHeaderProcessor",
    "PreviewMaker",
    "SkipThis",
    "SpectralPreviewMaker",
    "anet",
    "base",
    "degToDms",
    "degToHms",
    "getConfig",
    "getTableConn",
    "hoursToHms",
    "jYearToDateTime",
    "procmain",
    "pyfits",
    "utils",
]


def __getattr__(name: str) -> Any:
    """Return ``pyfits``, which is astropy's and takes a quarter of a second to import, and what few need."""
    if name == "AnetHeaderProcessor":
        from pytest_fitsproc.processing.astrometry_processor import AnetHeaderProcessor

        return AnetHeaderProcessor
    if name == "pyfits":
        from astropy.io import fits

        return fits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
