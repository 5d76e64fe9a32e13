"""File processing and FITS headers for astronomical archives, as one pytest plugin."""

from pytest_fitsproc.processing.kinds import classifier

__all__ = ["classifier"]
