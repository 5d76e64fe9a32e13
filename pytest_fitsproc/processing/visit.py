"""A file while its processors run: opened once, its header read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.processing.outcome import Unavailable

if TYPE_CHECKING:
    from astropy.io.fits import HDUList, Header

    from pytest_fitsproc.processing.header_chan import HeaderChan


class Visit:
    """The parts of a file that processors ask for, read when first asked for and shared by all of them.

    A visit is closed when the last processor of its file has run.
    """

    __slots__ = ("_file", "_hdus", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self._file: FitsFile | None = None
        self._hdus: HDUList | None = None

    @property
    def file(self) -> FitsFile:
        """The file, opened at first use."""
        if self._file is None:
            self._file = FitsFile(str(self.source))
        return self._file

    def header_bytes(self) -> bytes:
        """Whole blocks of the primary header.

        Raises
        ------
        Unavailable
            The header can't be read; the check ``readable`` reports why.
        """
        try:
            return self.file.header_bytes()
        except (FitsFormatError, OSError) as error:
            raise Unavailable(f"the primary header can't be read: {error}") from error

    def header(self) -> Header:
        """A fresh astropy Header of the primary HDU: what one processor edits, the next does not see."""
        from pytest_fitsproc.fits.header import lazy_header

        return lazy_header(self.header_bytes())

    def fitschan(self) -> HeaderChan:
        """A fresh FitsChan of the primary header."""
        from pytest_fitsproc.processing.header_chan import HeaderChan

        self.header_bytes()
        return HeaderChan.of_file(self.file)

    def hdus(self) -> HDUList:
        """The file as an astropy HDUList, shared by its processors and closed with the visit."""
        if self._hdus is None:
            self.header_bytes()
            from astropy.io import fits

            self._hdus = fits.open(self.file.file)
        return self._hdus

    def close(self) -> None:
        """Close the file."""
        if self._hdus is not None:
            self._hdus.close()
            self._hdus = None
        if self._file is not None:
            self._file.close()
            self._file = None


def _source(visit: Visit) -> Source:
    return visit.source


# What a processor may ask for, file by file, and who gives it.
PROVIDERS: dict[str, Any] = {
    "source": _source,
    "header": Visit.header,
    "fitschan": Visit.fitschan,
    "hdus": Visit.hdus,
}
