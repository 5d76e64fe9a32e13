"""The errors this project raises on purpose: each is one line that names the culprit and what to do."""

from __future__ import annotations

from pathlib import Path


class FitsprocError(Exception):
    """Root of all our errors; ``str(error)`` is one line for a person to read."""


class OptionError(FitsprocError):
    """An option, a descriptor's address or a file named on the command line can't be used."""


class NotFoundError(FitsprocError, LookupError):
    """An id, a property or a card was asked for that is not there; the message names those that are."""


class LocatedError(FitsprocError):
    """Something is wrong at a place in a text file: ``potsdam/q.rd:12: <sources> needs a pattern``.

    Attributes
    ----------
    path : the file, as the user named it
    line : 1-based line number; 0 where the whole file is meant
    reason : what is wrong, without the place
    """

    def __init__(self, path: str | Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = str(path), line, reason
        super().__init__(f"{path}:{line}: {reason}" if line else f"{path}: {reason}")


class DescriptorError(LocatedError):
    """A resource descriptor can't be used as it is written."""


class CatalogueError(LocatedError):
    """A catalogue can't be read by key."""


class FitsFormatError(FitsprocError):
    """Bytes of a file are not what the FITS standard asks for.

    Attributes
    ----------
    path : the file
    hdu_index : 0 is the primary
    card : 1-based number of the card in that header; 0 where no single card is meant
    reason : what is wrong, without the place
    """

    def __init__(self, path: str | Path, reason: str, *, hdu_index: int = 0, card: int = 0) -> None:
        self.path, self.hdu_index, self.card, self.reason = str(path), hdu_index, card, reason
        place = f"{path}, HDU {hdu_index}" + (f", card {card}" if card else "")
        super().__init__(f"{place}: {reason}")


class FindingError(FitsprocError):
    """A finding about a file: its text says all, and is shown without a traceback."""


class FitsprocWarning(UserWarning):
    """Legal, but not what you may expect; the run goes on."""
