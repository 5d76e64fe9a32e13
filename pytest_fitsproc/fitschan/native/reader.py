"""Reading an AST object from cards in the native encoding (SUN/211 §16.10-16.12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

from pytest_fitsproc.fits.rounding import rounded_double
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan.assembly import Assembly
from pytest_fitsproc.fitschan.buffer import CardBuffer
from pytest_fitsproc.fitschan.errors import FitsChanError, ObjectCardError
from pytest_fitsproc.fitschan.native import banners, strings
from pytest_fitsproc.fitschan.native.entries import Entry, common_entries, entry_of
from pytest_fitsproc.fitschan.native.suffixes import SUFFIXES
from pytest_fitsproc.fitschan.objects import AstObject, ItemKind

BEGIN, END, IS_A = "BEGAST", "ENDAST", "ISA"

# Members under names of their own: to ask their class for one costs Python 3.11 as much as a small call.
_COMMENT, _DOUBLE, _STRING, _OBJECT = CardType.COMMENT, ItemKind.DOUBLE, ItemKind.STRING, ItemKind.OBJECT
# So many cards are looked at together, not all of a header for the object at its start.
_RUN = 128


class Found(NamedTuple):
    """An object, and the 0-based positions of its cards.

    Attributes
    ----------
    ast_object : the object
    start : of the first card, that of a banner where there is one
    end : of the first card behind the object, maybe of a banner
    stop : of the first card behind all that belongs to it
    """

    ast_object: AstObject
    start: int
    end: int
    stop: int


class NativeReader:
    """Reads the next object from the position of a buffer on; the buffer is left as it is.

    Parameters
    ----------
    skip : pass over cards that are no part of an object; without it they are an error
    strict : an item that its class does not have is an error
    digits, rounding : doubles get the value that their text with these has, as in AST (see `format_double`)

    Attributes
    ----------
    beginning : 0-based position of the first card of the object, once it is found
    """

    def __init__(self, buffer: CardBuffer, *, skip: bool, strict: bool, digits: int, rounding: int) -> None:
        self._buffer = buffer
        self._skip, self._strict = skip, strict
        self._digits, self._rounding = digits, rounding
        self._position = buffer.position
        self.beginning: int | None = None

    def read(self) -> Found | None:
        """Return the next object and where it is; None where there is none.

        Raises
        ------
        ObjectCardError : an object is cut off or broken; the error has the card
        """
        self.beginning = self._find_beginning()
        if self.beginning is None:
            return None
        ast_object = self._object_at(self.beginning)
        start, stop = self._with_banners(self.beginning, self._position)
        if not self._skip:
            start = min(start, self._buffer.position)
        return Found(ast_object, start, self._position, stop)

    def _find_beginning(self) -> int | None:
        for position in range(self._buffer.position, len(self._buffer)):
            if _is_beginning(self._buffer, position):
                return position
            if not self._skip and self._buffer[position].type is not _COMMENT:
                raise self._error(position, FitsChanError("BADIN", "an object should begin here"))
        return None

    def _object_at(self, beginning: int) -> AstObject:
        assembly, self._position = Assembly(strict=self._strict), beginning
        try:
            for name, kind, value, comment in self._entries_from(beginning):
                if kind is _STRING:
                    finished = self._take_string(name, cast(str, value), comment, assembly)
                    if finished is not None:
                        return finished
                    continue
                if kind is _DOUBLE:
                    value = rounded_double(cast(float, value), self._digits, self._rounding)
                assembly.item(name.lower(), kind, value, True, comment)
            raise FitsChanError("EOCHN", f"the end of the {assembly.class_name} is missing")
        except FitsChanError as error:
            raise self._error(self._position - 1, error) from error

    def _entries_from(self, beginning: int) -> Iterator[Entry]:
        """Yield what the cards say that are no comments; the position is that behind the card."""
        for start in range(beginning, len(self._buffer), _RUN):
            common = common_entries(self._buffer.stored(start, start + _RUN))
            for position, entry in enumerate(common, start):
                if entry is None and position < self._position:
                    continue  # a CONTINUE card that was taken with the one before it
                self._position = position + 1
                entry = entry or entry_of(self._buffer[position])
                if entry is not None:
                    yield entry

    def _take_string(self, name: str, value: str, comment: str, assembly: Assembly) -> AstObject | None:
        value = value.rstrip(" ")
        if name == BEGIN:
            assembly.begin(value, comment)
        elif name == IS_A:
            assembly.is_a(value, comment)
        elif name == END:
            return assembly.end(value)
        elif value:
            assembly.item(name.lower(), _STRING, self._joined(value), True, comment)
        else:
            assembly.item(name.lower(), _OBJECT, None, True, comment)
        return None

    def _joined(self, value: str) -> str:
        """Return the value with the CONTINUE cards that its ampersand announces, and pass over them."""
        if strings.CONTINUATION not in value:
            return strings.unquote(value)
        chunks = []
        while value.rstrip(" ").endswith(strings.CONTINUATION):
            chunks.append(value.rstrip(" ")[:-1])
            card = self._buffer[self._position] if self._position < len(self._buffer) else None
            if card is None or card.type is not CardType.CONTINUE:
                raise FitsChanError("BADIN", "CONTINUE cards are missing behind this card")
            value = str(card.value)
            self._position += 1
        return "".join([*chunks, strings.unquote(value)])

    def _with_banners(self, start: int, stop: int) -> tuple[int, int]:
        before = (self._buffer[position] for position in range(start - 1, -1, -1))
        behind = (self._buffer[position] for position in range(stop, len(self._buffer)))
        return start - banners.extent(before, "+"), stop + banners.extent(behind, "-")

    def _error(self, position: int, error: FitsChanError) -> ObjectCardError:
        raw = self._buffer[position].to_bytes().decode("latin-1")
        return ObjectCardError(error.code, str(error), position + 1, raw)


def _is_beginning(buffer: CardBuffer, position: int) -> bool:
    keyword = buffer.keyword_at(position)
    if not keyword.startswith(BEGIN) or keyword[len(BEGIN) :] not in SUFFIXES:
        return False
    return buffer[position].type is CardType.STRING
