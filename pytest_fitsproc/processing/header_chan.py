"""The FitsChan that processors get: of a file's primary header, and callable for those of other HDUs."""

from __future__ import annotations

from typing import Self

from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fitschan import FitsChan


class HeaderChan(FitsChan):
    """A header of a file as a FitsChan, mostly the primary; ``chan(hdu=2)`` is that of HDU 2."""

    _file: FitsFile

    @classmethod
    def of_file(cls, header: bytes, file: FitsFile) -> Self:
        """Return the channel of a header of a file."""
        chan = cls.from_bytes(header)
        chan._file = file
        return chan

    def __repr__(self) -> str:
        return f"<FitsChan of {self.ncard} cards>"

    def __call__(self, hdu: int = 0) -> FitsChan:
        """Return a fresh channel of the header of an HDU; 0 is the primary.

        Raises
        ------
        FitsFormatError, OSError
            There is no such HDU, or it can't be read.
        """
        return FitsChan.from_bytes(self._file.header_bytes(hdu))
