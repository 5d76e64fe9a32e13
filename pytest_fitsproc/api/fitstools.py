"""What processors take from ``gavo.utils.fitstools``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from pytest_fitsproc.api.imgtools import iterScaledRows
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import BLOCK_SIZE, end_offset
from pytest_fitsproc.fits.header_order import SequenceItem, TextFilter, sort_header

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

__all__ = ["iterScaledRows", "readHeaderBytes", "readPrimaryHeaderQuick", "sortHeaders"]


def readPrimaryHeaderQuick(f: BinaryIO, maxHeaderBlocks: int = 80) -> Header:
    """Return the header that begins at the present position of an open file, as an astropy Header.

    Parameters
    ----------
    f : opened in binary mode; it need not be seekable
    maxHeaderBlocks : blocks of 2880 bytes after which the search for END is given up

    Raises
    ------
    FitsFormatError
        There is no END in these blocks, or the file ends before it.
    """
    from pytest_fitsproc.processing.processor_header import processor_header

    return processor_header(readHeaderBytes(f, maxHeaderBlocks))


def readHeaderBytes(f: BinaryIO, maxHeaderBlocks: int = 80) -> bytes:
    """Return whole blocks of the header that begins at the present position; parameters as above.

    The file is then at the first byte of the data.

    Raises
    ------
    FitsFormatError
        There is no END in these blocks, or the file ends before it.
    """
    raw = b""
    for _ in range(maxHeaderBlocks):
        block = f.read(BLOCK_SIZE)
        raw += block
        if len(block) < BLOCK_SIZE:
            raise FitsFormatError(_name(f), f"the file ends after {len(raw)} bytes of header")
        if end_offset(raw, len(raw) - BLOCK_SIZE) >= 0:
            return raw
    raise FitsFormatError(_name(f), f"the header has no END card within {maxHeaderBlocks} blocks")


def sortHeaders(
    header: Header | Iterable[Card],
    commentFilter: TextFilter | None = None,
    historyFilter: TextFilter | None = None,
    cardSequence: Iterable[SequenceItem] | None = None,
) -> Header:
    """Return a header with its cards in order; see `header_order.sort_header`."""
    return sort_header(header, commentFilter, historyFilter, cardSequence or ())


def _name(f: BinaryIO) -> str:
    return str(getattr(f, "name", "the open file"))
