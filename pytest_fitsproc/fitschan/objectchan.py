"""The part of a FitsChan that knows AST objects: reading, writing and removing them."""

from __future__ import annotations

import re
from typing import Any

from pytest_fitsproc.fits.values import CardValue
from pytest_fitsproc.fitschan.attributes import CARD_ATTRIBUTES, NATIVE, check_encoding
from pytest_fitsproc.fitschan.buffer import CardBuffer
from pytest_fitsproc.fitschan.encoding import default_encoding
from pytest_fitsproc.fitschan.errors import FitsChanError, ObjectCardError
from pytest_fitsproc.fitschan.keywordchan import KeywordChan
from pytest_fitsproc.fitschan.live import LiveChan, from_ast
from pytest_fitsproc.fitschan.native.reader import NativeReader
from pytest_fitsproc.fitschan.native.writer import NativeWriter
from pytest_fitsproc.fitschan.objects import AstObject

# The keywords that describe coordinates, as AST purges them.
_COORDINATES = re.compile(
    r"""(CRVAL|CRPIX|CDELT|CTYPE|CUNIT|CNAME)[0-9]+[A-Z]? | CROTA[0-9]+
      | (PC|CD|PV|PS)[0-9]+_[0-9]+[A-Z]? | (PC|CD)[0-9]{6} | PROJP[0-9]+ | C[0-9]VAL[0-9]+
      | (LONPOLE|LATPOLE|RADESYS|EQUINOX|WCSAXES|WCSNAME)[A-Z]?
      | (RESTFRQ|RESTWAV|SPECSYS|SSYSSRC|VELOSYS|ZSOURCE)[A-Z]?
      | RADECSYS | EPOCH | MJD-OBS | DATE-OBS | TIMESYS | RESTFREQ | IMAGFREQ | OBSGEO-[XYZ] | VELO-[A-Z]{3}
      | [AB]P?_[0-9]_[0-9] | WAT[0-9]_[0-9]{3} | LTV[0-9] | LTM[0-9]_[0-9]
      | PLT[A-Z]+ | PPO[0-9] | [XY]PIXELSZ | AMD[XY][0-9]+ | CNPIX[12]""",
    re.VERBOSE,
)


class ObjectChan(KeywordChan):
    """A `KeywordChan` that reads and writes AST objects; base of `FitsChan`."""

    @property
    def encoding(self) -> str:
        """How objects are written as cards: NATIVE, FITS-WCS, ... (SUN/211 §16.1, attribute Encoding).

        As long as none is set, it is what the cards seem to use, and NATIVE where they use none.
        """
        if "Encoding" in self.settings:
            return str(self.settings["Encoding"])
        return default_encoding(self._buffer.index.lines(), self._value_of)

    @encoding.setter
    def encoding(self, name: str) -> None:
        self.settings["Encoding"] = check_encoding(name)

    def _value_of(self, keyword: str) -> CardValue:
        found = self._buffer.find(keyword)
        return None if found is None else self._buffer[found].value

    def read(self) -> AstObject | None:
        """Return the next object from the current card on, and remove its cards; None where there is none.

        Then the card behind the object is current, at the end-of-file nothing. Native objects: SUN/211
        §16.10. The blank card that `write` puts in front stays, and a comment within the object goes.
        Other encodings need the extra ``[ast]`` and give an object only where the first card is current;
        the cards that describe the coordinates go.

        Raises
        ------
        ObjectCardError : an object is broken; the channel is unchanged (with `clean`, its cards are gone,
            up to the one that is wrong)
        FitsChanError : the encoding needs starlink-pyast, or AST finds the header wrong
        """
        return self._read_native(self.skip) if self.encoding == NATIVE else self._read_foreign()

    def _read_native(self, skip: bool) -> AstObject | None:
        reader = NativeReader(
            self._buffer,
            skip=skip,
            strict=self.strict,
            digits=self.fits_digits,
            rounding=self.fits_rounding,
        )
        try:
            found = reader.read()
        except ObjectCardError as error:
            if self.clean and reader.beginning is not None:
                self._buffer.remove(reader.beginning, error.number)
            raise
        if found is None:
            self._buffer.position = len(self._buffer)
            return None
        # The first card that is left behind the object becomes the current one, be it a retained footer.
        if found.stop > found.end:
            self._buffer.remove(found.end, found.stop)
        self._buffer.remove(found.start, found.end)
        return found.ast_object

    def _read_foreign(self) -> AstObject | None:
        if self._buffer.position:
            self._buffer.position = len(self._buffer)
            return None
        live = self._live()
        found = live.read()
        self._take_over(live)
        return found

    def write(self, ast_object: AstObject | Any) -> int:
        """Write an object as cards in front of the current one; return 1, or 0 where its encoding can't.

        The current card stays the same: the one behind the last card written. SUN/211 §16.5, astWrite.

        Parameters
        ----------
        ast_object : an `AstObject`, or an object of starlink.Ast. Defaults are shown, where `full` asks for
            them, as far as the `AstObject` has them

        Raises
        ------
        FitsChanError : the encoding needs starlink-pyast, or the object is nested too deep; the channel is
            unchanged
        """
        tree = ast_object if isinstance(ast_object, AstObject) else from_ast(ast_object, self.full)
        if self.encoding == NATIVE:
            self._write_native(tree)
            return 1
        live = self._live()
        n_written = live.write(tree)
        self._take_over(live)
        return n_written

    def _write_native(self, tree: AstObject) -> None:
        suffixes = self._suffixes.copy()
        writer = NativeWriter(
            suffixes,
            self._buffer.index.first,
            full=self.full,
            comments=self.with_comments,
            digits=self.fits_digits,
            rounding=self.fits_rounding,
        )
        try:
            cards = writer.write(tree)
        except RecursionError as error:
            raise FitsChanError("BADIN", f"the {tree.class_name} is nested too deep") from error
        self._suffixes = suffixes
        self._buffer.insert(cards)

    def purge_wcs(self) -> None:
        """Remove native objects and all cards that describe coordinates, and go to the first card.

        SUN/211, astPurgeWCS.

        Raises
        ------
        ObjectCardError : a native object is broken; the channel is unchanged
        """
        before = self._buffer.copy()
        try:
            self._buffer.position = 0
            while self._read_native(skip=True) is not None:
                pass
        except ObjectCardError:
            self._buffer = before
            raise
        keywords = map(self._buffer.keyword_at, range(self.ncard))
        self._buffer.delete(place for place, name in enumerate(keywords) if _COORDINATES.fullmatch(name))
        self._buffer.position = 0

    def _live(self) -> LiveChan:
        attributes = {name: self.get_attr(name) for name in CARD_ATTRIBUTES}
        return LiveChan(list(self._buffer), self.card, attributes)

    def _take_over(self, live: LiveChan) -> None:
        """Make the cards those of AST's channel, with the bytes that the old ones among them came with."""
        entries, number = live.outcome()
        old = self._buffer
        self._buffer = CardBuffer()
        self._buffer.append([old[entry] if isinstance(entry, int) else entry for entry in entries])
        self.card = number
