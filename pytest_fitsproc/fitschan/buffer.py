"""The cards of a FitsChan in their order, with the current one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from pytest_fitsproc.fits.blocks import split_cards
from pytest_fitsproc.fits.cards import KEYWORD_SIZE, Card, common_value, read_card
from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan.keyword_index import KeywordIndex, key, keyword_columns

# A keyword of these characters is looked up as it stands in the bytes; others are folded or trimmed first.
_PLAIN = bytes(code for code in range(0x20, 0x7F) if not chr(code).islower())


class RetainedCard(Card):
    """A card that stays where it is when an object is read from it (SUN/211, astRetainFits)."""

    __slots__ = ()


class CardBuffer:
    """Cards and a position among them: 0-based, and the number of cards at the end-of-file.

    A card that was loaded as bytes stays bytes until somebody asks what it says.
    """

    def __init__(self) -> None:
        self.position = 0
        self._cards: list[bytes | Card] = []

    def __len__(self) -> int:
        return len(self._cards)

    def __getitem__(self, position: int) -> Card:
        card = self._cards[position]
        if isinstance(card, bytes):
            card = self._cards[position] = read_card(card)
        return card

    def __iter__(self) -> Iterator[Card]:
        return (self[position] for position in range(len(self._cards)))

    def stored(self, start: int, stop: int) -> list[bytes | Card]:
        """Return the cards from one position up to another, as bytes where nobody has asked what they say."""
        return self._cards[start:stop]

    @cached_property
    def index(self) -> KeywordIndex:
        """Where the keywords stand now."""
        keys = b"".join([_key(card) for card in self._cards])
        return KeywordIndex(keyword_columns(keys, KEYWORD_SIZE))

    def _forget_index(self) -> None:
        self.__dict__.pop("index", None)

    @property
    def at_end(self) -> bool:
        return self.position >= len(self._cards)

    def copy(self) -> CardBuffer:
        """Return a buffer of the same cards, at the same position."""
        other = CardBuffer()
        other.position, other._cards = self.position, self._cards.copy()
        return other

    def load(self, header: bytes) -> None:
        """Append cards given as bytes, whose number is a multiple of 80."""
        cards, columns = split_cards(header), keyword_columns(header)
        is_plain = not columns.translate(None, _PLAIN)
        self._forget_index()
        if is_plain and not self._cards:
            self.index = KeywordIndex(columns)
        self._cards += cards if is_plain else map(_folded, cards)

    def insert(self, cards: Iterable[Card]) -> None:
        """Put cards in front of the current one, which stays the current one."""
        added = list(cards)
        if self.at_end:
            self.append(added)
        else:
            self._cards[self.position : self.position] = added
            self._forget_index()
        self.position += len(added)

    def append(self, added: list[Card]) -> None:
        """Put cards behind the last one; the position stays the same number."""
        if "index" in self.__dict__:
            for position, card in enumerate(added, len(self._cards)):
                self.index.append(card.keyword, position)
        self._cards += added

    def replace(self, position: int, card: Card) -> None:
        """Put a card in the place of another."""
        if self.keyword_at(position) != card.keyword:
            self._forget_index()
        self._cards[position] = card

    def delete(self, positions: Iterable[int]) -> None:
        """Remove cards; the current one stays the current one, or the next that is left becomes it."""
        gone = set(positions)
        if not gone:
            return
        self.position -= sum(position < self.position for position in gone)
        self._cards = [card for position, card in enumerate(self._cards) if position not in gone]
        self._forget_index()

    def remove(self, start: int, stop: int) -> None:
        """Remove the cards from one position up to another, but for the retained ones, and go behind them."""
        retained = [card for card in self._cards[start:stop] if isinstance(card, RetainedCard)]
        self._cards[start:stop] = retained
        self.position = start + len(retained)
        self._forget_index()

    def delete_current(self) -> None:
        """Remove the current card, so that the next one becomes current."""
        del self._cards[self.position]
        self._forget_index()

    def find(self, keyword: str) -> int | None:
        """Return the position of the first card of a keyword, in either case."""
        return self.index.first.get(key(keyword))

    def find_all(self, keyword: str) -> list[int]:
        """Return the positions of all cards of a keyword, in either case."""
        wanted = key(keyword)
        first = self.index.first.get(wanted)
        if first is None:
            return []
        places = range(first, self.index.last[wanted] + 1)
        return [place for place in places if key(self.keyword_at(place)) == wanted]

    def sole(self, keyword: str) -> int | None:
        """Return the position of the card of a keyword that has exactly one."""
        wanted, index = key(keyword), self.index
        first = index.first.get(wanted)
        return first if first is not None and index.last[wanted] == first else None

    def keyword_at(self, position: int) -> str:
        """Return the keyword of a card without reading the rest of it."""
        card = self._cards[position]
        return str(card[:KEYWORD_SIZE], "ascii").rstrip() if isinstance(card, bytes) else card.keyword

    def value_at(self, position: int) -> CardValue:
        """Return the value of a card, the text of a comment."""
        card = self._cards[position]
        if isinstance(card, bytes) and (value := common_value(card)) is not None:
            return value
        card = self[position]
        return card.comment if card.type is CardType.COMMENT else card.value

    def to_bytes(self, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> bytes:
        """Return all cards: the untouched ones as they came, the others as they are formatted.

        Parameters
        ----------
        digits, rounding : for doubles, see `pytest_fitsproc.fits.rounding.format_double`
        """
        return b"".join(
            [card if isinstance(card, bytes) else card.to_bytes(digits, rounding) for card in self._cards]
        )


def _folded(card: bytes) -> bytes | Card:
    """Return a card as it is, but where its keyword is not what it looks like."""
    return read_card(card) if card[:KEYWORD_SIZE].translate(None, _PLAIN) else card


def _key(card: bytes | Card) -> bytes:
    return card[:KEYWORD_SIZE] if isinstance(card, bytes) else key(card.keyword)
