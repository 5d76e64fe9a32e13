"""The part of a FitsChan that knows keywords: their values by method and by index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

from pytest_fitsproc.fits.cards import KEYWORD_SIZE, parse_card
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan.buffer import KeywordValue
from pytest_fitsproc.fitschan.cardchan import CardChan
from pytest_fitsproc.fitschan.conversion import convert, typed_card
from pytest_fitsproc.fitschan.errors import KeywordNotFoundError
from pytest_fitsproc.fitschan.keyword_index import normalised

V = TypeVar("V", str, int, float, bool, complex)
_Type = type[V]
_NO_VALUE = object()


class KeywordChan(CardChan):
    """A `CardChan` that is asked and told values by keyword; base of `FitsChan`.

    `get` and `set` move the current card, as in AST; ``chan[...]``, ``in`` and iteration do not.
    """

    @overload
    def get(self, name: str | None = None) -> CardValue: ...

    @overload
    def get(self, name: str | None, type: _Type[V], default: V | None = None) -> V | None: ...

    def get(
        self, name: str | None = None, type: _Type[V] | None = None, default: V | None = None
    ) -> CardValue:
        """Return the value of a keyword as a type; ``default`` where there is no such card.

        The card found becomes the current one: the one behind the current card if it has the keyword, else
        the first that has it; where there is none, the channel is at the end-of-file.

        Parameters
        ----------
        name : None for the current card
        type : str, int, float, bool or complex; None for that of the card
        default : what to return for a missing keyword

        Raises
        ------
        FitsChanError : code FUNDEF for an undefined value, FTCNV where value and type do not fit

        SUN/211, astGetFits<X>; unlike there, an int is not limited to 32 bits.
        """
        found = self._buffer.position if name is None else self._place_of(name)
        if found is None or found == len(self._buffer):
            self._buffer.position = len(self._buffer)
            return default
        value = convert(self._buffer[found], type)
        self._buffer.position = found
        return value

    def _place_of(self, name: str) -> int | None:
        wanted, following = normalised(name), self._buffer.position + 1
        if following < len(self._buffer) and normalised(self._buffer.keyword_at(following)) == wanted:
            return following
        return self._buffer.find(name)

    def test(self, name: str) -> bool:
        """Return whether a keyword has a defined value; ``name in chan`` tells whether it is there.

        SUN/211, astTestFits. The current card does not move.
        """
        found = self._place_of(name)
        return found is not None and self._buffer[found].type is not CardType.UNDEF

    @overload
    def set(self, name: str) -> None: ...

    @overload
    def set(self, name: str, value: CardValue, comment: str = "", overwrite: bool = False) -> None: ...

    def set(self, name: str, value: object = _NO_VALUE, comment: str = "", overwrite: bool = False) -> None:
        """Put a card of a keyword and a value; or, called with a text alone, set attributes by it.

        ``chan.set("Full=1, Skip=0")`` is `set_attributes`. With a value, the card is put in front of the
        current one, or with ``overwrite`` in its place, whatever its keyword; then the next is current.

        Parameters
        ----------
        name : the keyword; what follows its eighth character is the comment where none is given
        value : str, bool, int, float, complex; None for an undefined value
        comment : "" with ``overwrite`` keeps the comment of the card replaced

        Raises
        ------
        CardError : no keyword, a number that is not finite, a string that does not fit; nothing is changed

        SUN/211, astSetFits<X> and astSet.
        """
        if value is _NO_VALUE:
            self.set_attributes(name)
            return
        given = parse_card(name)
        self._put(typed_card(given.keyword, value, comment or given.comment), overwrite)

    def __contains__(self, name: object) -> bool:
        return name in self._buffer.known or (isinstance(name, str) and self._buffer.has(name))

    def __len__(self) -> int:
        """Number of different keywords, as in starlink.Ast; `ncard` counts the cards."""
        return self.nkey

    def __iter__(self) -> Iterator[str]:
        """Iterate over all cards as AST formats them; the current card does not move."""
        return (self._format(card) for card in self._buffer)

    def __getitem__(self, name: str | int) -> KeywordValue:
        """Return the value of a keyword, a tuple where it has several cards; or a card by 0-based index.

        The value of a comment card is its text, an undefined value is None.
        """
        values = self._buffer.values
        if name in values:
            return values[name]
        if isinstance(name, int):
            return self._format(self._buffer[self._index_of(name)])
        value = self._buffer.ask(name)
        if value == ():
            raise _missing(name)
        return value

    def __setitem__(self, name: str | int, value: object) -> None:
        """Give a keyword a value, or ``(value, comment)``; or put a card in the place of an index.

        The first card of the keyword gets it and keeps its comment if none is given; others of the same
        keyword go. A new keyword is appended. None deletes it, as in starlink.Ast. The current card does
        not move.

        Raises
        ------
        CardError : the card can't be made; nothing is changed
        KeywordNotFoundError : there is no card of that index
        """
        if isinstance(name, int):
            self._buffer.replace(self._index_of(name), parse_card(str(value)))
        elif value is None:
            self._buffer.delete(self._buffer.find_all(name))
        else:
            self._assign(name, *(value if isinstance(value, tuple) else (value, "")))

    def _assign(self, name: str, value: object, comment: str) -> None:
        places = self._buffer.find_all(name)
        if not places:
            self._buffer.append([typed_card(_keyword(name), value, comment)])
            return
        kept = self._buffer[places[0]].comment
        self._buffer.replace(places[0], typed_card(_keyword(name), value, comment or kept))
        self._buffer.delete(places[1:])

    def __delitem__(self, name: str | int) -> None:
        """Delete the cards of a keyword, or the card of a 0-based index.

        Raises
        ------
        KeywordNotFoundError : there is none
        """
        self._buffer.delete([self._index_of(name)] if isinstance(name, int) else self._places_of(name))

    def _places_of(self, name: str) -> Sequence[int]:
        places = self._buffer.find_all(name)
        if not places:
            raise _missing(name)
        return places

    def _index_of(self, index: int) -> int:
        if not -self.ncard <= index < self.ncard:
            raise KeywordNotFoundError(f"there is no card of index {index}; there are {self.ncard} cards")
        return index % self.ncard


def _missing(name: str) -> KeywordNotFoundError:
    return KeywordNotFoundError(f"there is no card of the keyword {name!r}")


def _keyword(name: str) -> str:
    return name[:KEYWORD_SIZE].rstrip().upper()
