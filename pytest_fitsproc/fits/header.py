"""An astropy ``Header`` of a header's bytes, cheap until it is needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astropy.io.fits import Header

    from pytest_fitsproc.fits.lazy_header import LazyHeader


def lazy_header(raw: bytes) -> Header:
    """Return an astropy ``Header`` of header bytes, equal to ``Header.fromstring(raw)``, in a microsecond.

    Reading or setting the value of an ordinary keyword parses one card; for anything else the header fills
    itself as astropy does.
    What astropy warns of while it parses a header comes when the header fills itself. Bytes that are not
    ASCII are taken as astropy takes them: as Latin-1, which leaves the value of their card unparsable.
    """
    return _lazy_class().of_bytes(raw)


@cache
def _lazy_class() -> type[LazyHeader]:
    from pytest_fitsproc.fits.lazy_header import LazyHeader

    return LazyHeader
