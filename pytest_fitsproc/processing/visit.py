"""A file while its processors run: opened once, its header read once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import CARD_SIZE, end_offset, split_cards
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.processing.headers.proposal import Proposal
from pytest_fitsproc.processing.outcome import ShownField, Unavailable

if TYPE_CHECKING:
    from astropy.io.fits import HDUList, Header

    from pytest_fitsproc.fits.serialising import Serialising
    from pytest_fitsproc.fitschan import FitsChan
    from pytest_fitsproc.processing.header_chan import HeaderChan


class Visit:
    """The parts of a file that processors ask for, read when first asked for and shared by all of them.

    A visit is closed when the last processor of its file has run.

    Attributes
    ----------
    source : the file
    proposals : the headers that its writers want, in order; nothing is written by a visit
    field : what the writer at hand has to show of plate solving, if anything

    Parameters
    ----------
    serialising : how edited headers become bytes; None for the default
    """

    __slots__ = ("_file", "_hdus", "_serialising", "field", "proposals", "source")

    def __init__(self, source: Source, serialising: Serialising | None = None) -> None:
        self.source = source
        self.proposals: list[Proposal] = []
        self.field: ShownField | None = None
        self._serialising = serialising
        self._file: FitsFile | None = None
        self._hdus: HDUList | None = None

    @property
    def file(self) -> FitsFile:
        """The file, opened at first use."""
        if self._file is None:
            self._file = FitsFile(str(self.source))
        return self._file

    def header_bytes(self, hdu_index: int = 0) -> bytes:
        """Whole blocks of a header, by default the primary; as proposed, where a writer proposed one.

        Raises
        ------
        Unavailable
            The header can't be read; the check ``readable`` reports why.
        """
        for proposal in reversed(self.proposals):
            if proposal.hdu_index == hdu_index:
                return proposal.new
        try:
            return self.file.header_bytes(hdu_index)
        except (FitsFormatError, OSError) as error:
            name = f"header of HDU {hdu_index}" if hdu_index else "primary header"
            raise Unavailable(f"the {name} can't be read: {error}") from error

    def propose_header(self, header: Header, hdu_index: int = 0) -> None:
        """Ask for an astropy Header to be written; a card that is as it was keeps its bytes.

        Raises
        ------
        FitsprocError
            A card that was edited can't be written.
        """
        from pytest_fitsproc.fits.serialising import DEFAULT, serialise

        old = self.header_bytes(hdu_index)
        how = self._serialising or DEFAULT
        self._propose(serialise(header, old, partial(self._data_sum, hdu_index), how), hdu_index)

    def propose_chan(self, chan: FitsChan, hdu_index: int = 0) -> None:
        """Ask for the `chan_cards` of a FitsChan to be written."""
        self.propose_cards(chan_cards(chan, self.header_bytes(hdu_index)), hdu_index)

    def propose_cards(self, cards: bytes, hdu_index: int = 0) -> None:
        """Ask for cards, 80 bytes each, to be written, END not among them."""
        from pytest_fitsproc.fits.serialising import DEFAULT, assemble

        old, how = self.header_bytes(hdu_index), self._serialising or DEFAULT
        self._propose(assemble(cards, old, partial(self._data_sum, hdu_index), how), hdu_index)

    def _propose(self, new: bytes, hdu_index: int) -> None:
        old = self.header_bytes(hdu_index)
        if new != old:
            path, seen = str(self.source), self.file.status
            self.proposals.append(Proposal(path, hdu_index, old, new, seen))

    def header(self, hdu_index: int = 0) -> Header:
        """A fresh astropy Header, by default of the primary HDU: what one edits, the next does not see."""
        from pytest_fitsproc.fits.header import lazy_header

        return lazy_header(self.header_bytes(hdu_index))

    def fitschan(self, hdu_index: int = 0) -> HeaderChan:
        """A fresh FitsChan of a header, by default the primary."""
        from pytest_fitsproc.processing.header_chan import HeaderChan

        return HeaderChan.of_file(self.header_bytes(hdu_index), self.file)

    def hdus(self) -> HDUList:
        """The file as an astropy HDUList, shared by its processors and closed with the visit."""
        if self._hdus is None:
            self.header_bytes()
            from astropy.io import fits

            self._hdus = fits.open(self.file.file)
        return self._hdus

    def _data_sum(self, hdu_index: int) -> int:
        from pytest_fitsproc.fits.checksum import data_sum

        return data_sum(self.file, hdu_index)

    def close(self) -> None:
        """Close the file."""
        if self._hdus is not None:
            self._hdus.close()
            self._hdus = None
        if self._file is not None:
            self._file.close()
            self._file = None


def chan_cards(chan: FitsChan, old: bytes) -> bytes:
    """Return the cards of a FitsChan, 80 bytes each; those put in front of the header are at its end.

    AST puts a new card before the current one, which in a fresh channel is the first of the header.

    Parameters
    ----------
    chan : made of `old` and edited, or any other
    old : the header as it is in the file
    """
    raw, first = chan.to_bytes(), old[:CARD_SIZE]
    end = end_offset(raw)
    cards = raw if end < 0 else raw[:end]
    if cards.startswith(first):
        return cards
    separate = split_cards(cards)
    place = separate.index(first) * CARD_SIZE if first in separate else 0
    return cards[place:] + cards[:place]


def _source(visit: Visit) -> Source:
    return visit.source


# What a processor may ask for, file by file, and who gives it.
PROVIDERS: dict[str, Any] = {
    "source": _source,
    "header": Visit.header,
    "fitschan": Visit.fitschan,
    "hdus": Visit.hdus,
}
