"""What processors take from ``gavo.utils``."""

from __future__ import annotations

from pytest_fitsproc.api import fitstools
from pytest_fitsproc.api.angles import degToDms, degToHms, hoursToHms

__all__ = ["degToDms", "degToHms", "fitstools", "hoursToHms"]
