"""The FitsChan: cards, AST objects in them, and where they come from and go to."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, END_CARD, end_offset, padded
from pytest_fitsproc.fits.cards import Card, CardError, parse_card
from pytest_fitsproc.fitschan.buffer import CardBuffer
from pytest_fitsproc.fitschan.objectchan import ObjectChan
from pytest_fitsproc.fitschan.streams import Sink, Source, cards_of_file, cards_of_source, write_file

if TYPE_CHECKING:
    from astropy.io.fits import Header
    from astropy.wcs import WCS

_FILE_ATTRIBUTES = frozenset({"SourceFile", "SinkFile"})


class _Ending(NamedTuple):
    """What stood behind the cards of a header, END first, and how many cards there were then."""

    raw: bytes = b""
    n_cards: int = 0

    def behind(self, n_cards: int) -> bytes:
        """Return END and padding behind a number of cards, as they came where the number is the same."""
        if n_cards == self.n_cards or not self.raw:
            return self.raw
        size = n_cards * CARD_SIZE
        if (self.n_cards * CARD_SIZE + len(self.raw)) % BLOCK_SIZE:
            return END_CARD
        return END_CARD.ljust(padded(size + CARD_SIZE) - size)


class FitsChan(ObjectChan):
    """A buffer of header cards with a current one, AST objects in them, a source and a sink (SUN/211 §16.2).

    Iteration, `find_fits` and sinks give cards as AST formats them (``1.50000`` becomes ``1.5``); `to_bytes`
    and `to_header` give the bytes that a card came with, as long as nobody changed it.

    Parameters
    ----------
    attributes : settings such as ``"Encoding=NATIVE, Full=1"``, see `Attributes`
    source : gives the cards: a function that returns one at each call and None at the end, or an iterable.
        It is called when the channel is first used (the manual says: when it is made)
    sink : is called with each card of 80 characters that is left when the channel is closed, unless
        `sink_file` is set

    Raises
    ------
    FitsChanError : an attribute is wrong

    Notes
    -----
    ``with FitsChan(...) as chan:`` closes it at the end, as AST does when it deletes one; but where the block
    fails, nothing is written.
    """

    def __init__(
        self, attributes: str = "", *, source: Source | None = None, sink: Sink | None = None
    ) -> None:
        super().__init__()
        self._source, self._sink = source, sink
        if source is not None:
            self._buffer = CardBuffer(lambda: self._parsed(cards_of_source(source)))
        self._ending = _Ending()
        self._is_closed = False
        if attributes:
            self.set_attributes(attributes)

    @classmethod
    def from_bytes(cls, header: bytes, attributes: str = "") -> Self:
        """Return a channel of the cards of a header; what `to_bytes` gives is the header again.

        END and what follows are no cards of the channel, and no warnings are put into it: a broken card is
        what `pytest_fitsproc.fits.cards.read_card` makes of it.

        Raises
        ------
        CardError : the last card is incomplete
        """
        end = end_offset(header)
        cards, tail = (header, b"") if end < 0 else (header[:end], header[end:])
        if len(cards) % CARD_SIZE:
            last = len(cards) // CARD_SIZE
            text = cards[last * CARD_SIZE :].decode("latin-1")
            raise CardError("the header ends within a card", text, last + 1)
        chan = cls(attributes)
        loaded = CardBuffer.of_header(cards)
        if chan.source_file:
            chan._buffer.append(list(loaded))
        else:
            chan._buffer = loaded
        chan._ending = _Ending(tail, chan.ncard)
        return chan

    @classmethod
    def from_header(cls, header: Header, attributes: str = "") -> Self:
        """Return a channel of the cards of an astropy header; those nobody touched keep their bytes."""
        from pytest_fitsproc.fitschan.astropy_header import header_bytes

        return cls.from_bytes(header_bytes(header), attributes)

    def to_bytes(self) -> bytes:
        """Return the header: the bytes of untouched cards as they came, END and padding if it had them.

        The padding is made anew where the number of cards has changed.
        """
        return self._cards_as_bytes() + self._ending.behind(self.ncard)

    def _cards_as_bytes(self) -> bytes:
        return self._buffer.to_bytes(self.fits_digits, self.fits_rounding)

    def to_header(self) -> Header:
        """Return an astropy header of the cards."""
        from astropy.io.fits import Header

        return Header.fromstring(self._cards_as_bytes())

    def wcs(self, **options: Any) -> WCS:
        """Return the astropy WCS of the cards; the channel is left as it is.

        Parameters
        ----------
        options : those of `astropy.wcs.WCS`, for instance ``key="A"``
        """
        from astropy.wcs import WCS

        return WCS(self.to_header(), **options)

    def copy(self) -> Self:
        """Return a channel of the same cards, with the same current card, attributes and counters.

        Source, sink, SourceFile and SinkFile stay with the original (SUN/211 §16.10, astCopy).
        """
        other = type(self)()
        other.settings = {name: self.settings[name] for name in self.settings if name not in _FILE_ATTRIBUTES}
        other._buffer, other._suffixes = self._buffer.copy(), self._suffixes.copy()
        other._warned, other._ending = self._warned.copy(), self._ending
        return other

    def _parsed(self, texts: Iterable[str | bytes]) -> list[Card]:
        return [
            card
            for number, text in enumerate(texts, 1)
            for card in self._with_warnings(parse_card(text, number), text, self._warned)
        ]

    def read_fits(self) -> None:
        """Call the source again, and append what it gives; the first of it is the current card then.

        SUN/211, astReadFits.

        Raises
        ------
        CardError : a text is no card; nothing is appended
        """
        if self._source is not None:
            position = len(self._buffer)
            self._buffer.append(self._parsed(cards_of_source(self._source)))
            self._buffer.position = position

    @property
    def source_file(self) -> str:
        """The text file that was read last; setting it appends its lines as cards at once (SourceFile).

        Then the channel is at the end-of-file. What is beyond column 80 of a line becomes a card of its own.
        SUN/211 §16.2.

        Raises
        ------
        FitsChanError : code RDERR, the file can't be read; the channel is unchanged
        CardError : a line is no card; the channel is unchanged
        """
        return str(self.settings.get("SourceFile", ""))

    @source_file.setter
    def source_file(self, path: str) -> None:
        self._buffer.append(self._parsed(cards_of_file(path)))
        self._buffer.position = len(self._buffer)
        self.settings["SourceFile"] = path

    def write_fits(self) -> None:
        """Write the cards to the SinkFile, or else to the sink, and empty the channel.

        SUN/211, astWriteFits.

        Raises
        ------
        FitsChanError : code WRERR, the file can't be written; the channel is unchanged
        CardError : a string is too long to be written; the channel is unchanged
        """
        cards = list(self)
        if self.sink_file:
            write_file(self.sink_file, cards)
        elif self._sink is not None:
            for card in cards:
                self._sink(card)
        self.empty()

    def close(self) -> None:
        """Do what AST does when it deletes a FitsChan: `write_fits`, once (SUN/211 §16.14).

        Raises
        ------
        FitsChanError : code WRERR, the SinkFile can't be written; the cards are kept
        """
        if not self._is_closed:
            self.write_fits()
            self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, failure: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if failure is None:
            self.close()
