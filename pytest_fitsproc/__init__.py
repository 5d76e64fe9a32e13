"""File processing and FITS headers for astronomical archives, as one pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_fitsproc import api
    from pytest_fitsproc.processing.astrometry_rules import astrometry_processor
    from pytest_fitsproc.processing.headers.rules import header_processor
    from pytest_fitsproc.processing.kinds import classifier
    from pytest_fitsproc.processing.outcome import CannotComputeHeader, SkipThis
    from pytest_fitsproc.processing.own_identifiers import identifiers
    from pytest_fitsproc.processing.previews.rules import preview_maker, spectrum_preview_maker

__all__ = [
    "CannotComputeHeader",
    "SkipThis",
    "api",
    "astrometry_processor",
    "classifier",
    "header_processor",
    "identifiers",
    "preview_maker",
    "spectrum_preview_maker",
]

_MODULES = {
    "CannotComputeHeader": "processing.outcome",
    "SkipThis": "processing.outcome",
    "astrometry_processor": "processing.astrometry_rules",
    "classifier": "processing.kinds",
    "header_processor": "processing.headers.rules",
    "identifiers": "processing.own_identifiers",
    "preview_maker": "processing.previews.rules",
    "spectrum_preview_maker": "processing.previews.rules",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: every pytest run imports this package, few need it."""
    import importlib

    if name == "api":
        return importlib.import_module("pytest_fitsproc.api")
    if name in _MODULES:
        return getattr(importlib.import_module(f"pytest_fitsproc.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
