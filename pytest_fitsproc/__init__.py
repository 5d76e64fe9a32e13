"""File processing and FITS headers for astronomical archives, as one pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.processing.astrometry_rules import astrometry_processor
from pytest_fitsproc.processing.headers.rules import header_processor
from pytest_fitsproc.processing.kinds import classifier
from pytest_fitsproc.processing.own_identifiers import identifiers
from pytest_fitsproc.processing.previews.rules import preview_maker, spectrum_preview_maker

if TYPE_CHECKING:
    from pytest_fitsproc import api

__all__ = [
    "api",
    "astrometry_processor",
    "classifier",
    "header_processor",
    "identifiers",
    "preview_maker",
    "spectrum_preview_maker",
]


def __getattr__(name: str) -> Any:
    """Import `api` when it is first asked for: every pytest run imports this package, few need it."""
    if name == "api":
        import importlib

        return importlib.import_module("pytest_fitsproc.api")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
