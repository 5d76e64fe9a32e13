"""What came of an edit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pytest_fitsproc.fits.rewrite.edit import Edit
from pytest_fitsproc.fits.rewrite.errors import RewriteError


class Protocol(StrEnum):
    """How a file came to its new headers."""

    UNCHANGED = "unchanged"
    IN_PLACE = "in place"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Committed:
    """The file has its new headers, on disk unless syncing is off.

    Attributes
    ----------
    edit : as it was asked for
    protocol : how it was done
    data_sha256 : SHA-256, in hex, of all bytes outside the edited headers, the same before and after; ""
        where nothing was written or hashing is off
    """

    edit: Edit
    protocol: Protocol
    data_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The file does not have its new headers for sure; the error says why, and in which state it is."""

    edit: Edit
    error: RewriteError
