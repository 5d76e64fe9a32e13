"""The part of a FitsChan that knows cards: the current one, putting, finding and deleting them."""

from __future__ import annotations

import re

from pytest_fitsproc.fits.blocks import CARD_SIZE, split_cards
from pytest_fitsproc.fits.cards import Card, as_bytes, parse_card, readable_text
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan.attributes import Attributes
from pytest_fitsproc.fitschan.buffer import CardBuffer, RetainedCard
from pytest_fitsproc.fitschan.card_warnings import faults, warning_cards
from pytest_fitsproc.fitschan.keyword_index import layout_of
from pytest_fitsproc.fitschan.native.suffixes import Suffixes
from pytest_fitsproc.fitschan.templates import compile_template

# The equals sign of a value card, behind a line feed, that is not written as most programs do: its value may
# be illegal. Most signs are passed by what is behind them; only the others are asked for what is in front.
_DOUBTFUL_VALUE = re.compile(
    rb"""=(?!\ ++(?:'|(?:[TF]|[+-]?[0-9]++\.?+[0-9]*+(?:E[+-]?[0-9]++)?+)\ *+[/\n]))
        (?<=\n.{8}=) (?<!COMMENT\ =) (?<!HISTORY\ =) (?<!\ {8}=)""",
    re.VERBOSE,
)


class CardChan(Attributes):
    """Cards in their order with a current one; base of `FitsChan`."""

    def __init__(self) -> None:
        super().__init__()
        self._buffer = CardBuffer()
        self._warned: set[str] = set()
        self._suffixes = Suffixes()

    @property
    def card(self) -> int:
        """1-based number of the current card; `ncard` + 1 at the end-of-file, 0 in an empty channel.

        Setting it moves: numbers below 1 mean the first card, those above `ncard` the end-of-file.
        SUN/211 §16.4, attribute Card (the manual promises 1 for an empty channel; the library says 0).
        """
        return self._buffer.position + 1 if len(self._buffer) else 0

    @card.setter
    def card(self, number: int) -> None:
        self._buffer.position = max(0, min(number - 1, len(self._buffer)))

    def clear(self, name: str) -> None:
        """Give an attribute its default again (SUN/211, astClear); clearing Card rewinds.

        Raises
        ------
        FitsChanError : code BADAT for an unknown name, NOWRT for a read-only attribute
        """
        super().clear(name)
        if name.strip().lower() == "card":
            self.card = 1

    def test_attr(self, name: str) -> bool:
        """Return whether an attribute has a value that was set (SUN/211, astTest).

        Card counts as set wherever it is not the first card, as in the library.

        Raises
        ------
        FitsChanError : code BADAT for an unknown name
        """
        is_set = super().test_attr(name)
        return self._buffer.position > 0 if name.strip().lower() == "card" else is_set

    @property
    def ncard(self) -> int:
        """Number of cards (SUN/211 §16.4, attribute Ncard)."""
        return len(self._buffer)

    @property
    def nkey(self) -> int:
        """Number of different keywords, COMMENT and the blank one included (attribute Nkey)."""
        return len(self._buffer.index.first)

    @property
    def current(self) -> Card | None:
        """The current card; None at the end-of-file."""
        return None if self._buffer.at_end else self._buffer[self._buffer.position]

    @property
    def keyword(self) -> str:
        """Keyword of the current card; "" where it is blank and at the end-of-file (attribute CardName)."""
        return self.current.keyword if self.current else ""

    @property
    def value(self) -> CardValue:
        """Value of the current card; None where it has none."""
        return self.current.value if self.current else None

    @property
    def comment(self) -> str:
        """Comment of the current card without the blanks behind it (attribute CardComm, which has them)."""
        return self.current.comment.rstrip(" ") if self.current else ""

    @property
    def type(self) -> CardType:
        """What the current card holds; ``CardType.NONE`` at the end-of-file (attribute CardType)."""
        return self.current.type if self.current else CardType.NONE

    def put_fits(self, card: str | bytes, overwrite: bool = False) -> None:
        """Put a card in front of the current one; with ``overwrite`` in its place, and go to the next.

        At the end-of-file the card is appended in both cases. A card that replaces another and has no comment
        gets that of the other (not in the manual, but in the library). A card of fewer than 80 characters is
        filled with blanks, what is beyond is cut off. Conditions named by `warnings` put ASTWARN cards before
        it.
        SUN/211 §16.8, astPutFits.

        Raises
        ------
        CardError : the text is no card; nothing is changed
        """
        self._put(parse_card(card), overwrite, card)

    def put_cards(self, text: str | bytes) -> None:
        """Replace all cards by those of a text of 80 characters each, and go to the first.

        The counters of the suffixes of native keywords start anew. A last card of fewer characters is
        filled with blanks. SUN/211 §16.9, astPutCards.

        Raises
        ------
        CardError : a card is wrong; it has the number and the text, and nothing is changed
        """
        given = as_bytes(text)
        header = given + b" " * (-len(given) % CARD_SIZE)
        warned: set[str] = set()
        if _is_plain(header):
            buffer = CardBuffer.of_header(header)
        else:
            buffer = CardBuffer()
            numbered = enumerate(split_cards(header), 1)
            parsed = ((parse_card(raw, number), raw) for number, raw in numbered)
            buffer.append([entry for card, raw in parsed for entry in self._with_warnings(card, raw, warned)])
        self.empty()
        self._buffer, self._warned = buffer, warned

    def _put(self, card: Card, overwrite: bool, text: str | bytes = "") -> None:
        *warnings, card = self._with_warnings(card, text, self._warned)
        if not overwrite or self._buffer.at_end:
            self._buffer.insert([*warnings, card])
            return
        if not card.comment and card.type is not CardType.COMMENT and self.comment:
            card = card._replace(comment=self.comment, raw=None)
        self._buffer.insert(warnings)
        self._buffer.replace(self._buffer.position, card)
        self._buffer.position += 1

    def _with_warnings(self, card: Card, text: str | bytes, warned: set[str]) -> list[Card]:
        """Return the card, behind the warnings about it that were not given before."""
        cards = []
        for fault in faults(card, readable_text(text), self.warnings):
            if fault not in warned:
                warned.add(fault)
                cards += warning_cards(fault)
        return [*cards, card]

    def find_fits(self, template: str, advance: bool = True) -> str | None:
        """Return the next card whose keyword matches a template, from the current one on, as AST formats it.

        The card found becomes the current one, with ``advance`` the one behind it. Where none is found,
        None is returned and the channel is at the end-of-file. Templates: see
        `pytest_fitsproc.fitschan.templates.compile_template`. SUN/211 §16.6 and §16.13, astFindFits.

        Raises
        ------
        FitsChanError : the template is wrong, code BDFMT
        CardError : the string of the card found is too long to be written
        """
        found = self._find(template)
        if found is None:
            self._buffer.position = len(self._buffer)
            return None
        text = self._format(self._buffer[found])
        self._buffer.position = found + advance
        return text

    def _find(self, template: str) -> int | None:
        matches = compile_template(template)
        positions = range(self._buffer.position, len(self._buffer))
        return next((place for place in positions if matches(self._buffer.keyword_at(place))), None)

    def find_all(self, template: str) -> list[str]:
        """Return all cards whose keywords match a template, from the first card on, as AST formats them.

        Raises
        ------
        FitsChanError : the template is wrong, code BDFMT
        """
        matches = compile_template(template)
        return [self._format(card) for card in self._buffer if matches(card.keyword)]

    def _format(self, card: Card) -> str:
        return card.format(self.fits_digits, self.fits_rounding)

    def del_fits(self) -> None:
        """Delete the current card; the next one becomes current. At the end-of-file nothing happens.

        SUN/211 §16.13, astDelFits.
        """
        if not self._buffer.at_end:
            self._buffer.delete_current()

    def empty(self) -> None:
        """Delete all cards, and let the suffixes of native keywords start anew (SUN/211, astEmptyFits)."""
        self._buffer = CardBuffer()
        self._warned = set()
        self._suffixes = Suffixes()

    def retain(self) -> None:
        """Let the current card stay when an object is read from it (SUN/211, astRetainFits)."""
        if self.current is not None:
            self._buffer.replace(self._buffer.position, RetainedCard(*self.current))


def _is_plain(header: bytes) -> bool:
    """Return whether no card is in error, asks for a warning or is not what its bytes say; it may say no."""
    if b"\n" in header or b"\0" in header:
        return False
    if not layout_of(header).is_legal:
        return False
    lines = b"\n".join([b"", *split_cards(header), b""])
    return _DOUBTFUL_VALUE.search(lines) is None
