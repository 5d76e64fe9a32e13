"""The cards of a FitsChan in their order, with the current one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property, partial

from pytest_fitsproc.fits.blocks import CARD_SIZE, split_cards, with_replaced
from pytest_fitsproc.fits.cards import KEYWORD_SIZE, Card, common_value, common_values, read_card
from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan.keyword_index import KeywordIndex, is_plain, layout_of, normalised

KeywordValue = CardValue | tuple[CardValue, ...]
"""What a keyword says; a tuple where it has several cards."""

# After one question for so many cards all values are read together, which costs each a quarter of a question.
_CARDS_PER_QUESTION = 32


class RetainedCard(Card):
    """A card that stays where it is when an object is read from it (SUN/211, astRetainFits)."""

    __slots__ = ()


class CardBuffer:
    """Cards and a position among them: 0-based, and the number of cards at the end-of-file.

    A header that was loaded stays whole, beside cards that were put in the place of others, until the cards
    are wanted one by one; a card stays bytes until somebody asks what it says.

    Parameters
    ----------
    fill : gives the first cards; it is called when they are needed

    Attributes
    ----------
    known : keywords that are there, upper case without blanks; maybe not all
    values : values of keywords, by the name that was asked for; maybe not all
    """

    def __init__(self, fill: Callable[[], Iterable[bytes | Card]] = tuple) -> None:
        self.position = 0
        self.known: Collection[str] = ()
        self.values: dict[str, KeywordValue] = {}
        self._fill = fill
        self._index: KeywordIndex | None = None
        # What was loaded, as long as the cards are not apart, and what was put in the place of its cards.
        self._header = b""
        self._edited: dict[int, Card] = {}
        self._questions_left = 0

    @classmethod
    def of_header(cls, header: bytes) -> CardBuffer:
        """Return a buffer of cards given as bytes, whose number is a multiple of 80."""
        header = bytes(header)  # cards are cut later: a bytearray might be another one by then
        layout = layout_of(header)
        if not layout.is_plain:
            return cls(lambda: map(_folded, split_cards(header)))
        buffer = cls(partial(split_cards, header))
        buffer._header = header
        buffer._questions_left = len(layout.keywords) // _CARDS_PER_QUESTION + 1
        buffer._index = KeywordIndex(layout.first, layout.last, is_shared=True)
        buffer.known = layout.first
        return buffer

    @cached_property
    def _cards(self) -> list[bytes | Card]:
        """The cards one by one, which are all that counts from now on."""
        cards = list(self._fill())
        for position, card in self._edited.items():
            cards[position] = card
        self._header, self._edited = b"", {}
        return cards

    def __len__(self) -> int:
        return len(self._header) // CARD_SIZE if self._header else len(self._cards)

    def __getitem__(self, position: int) -> Card:
        card = self._stored(position)
        if isinstance(card, Card):
            return card
        read = read_card(card)
        if not self._header:
            self._cards[position] = read
        return read

    def _stored(self, position: int) -> bytes | Card:
        if not self._header:
            return self._cards[position]
        return self._edited.get(position) or self._header[position * CARD_SIZE : (position + 1) * CARD_SIZE]

    def __iter__(self) -> Iterator[Card]:
        return (self[position] for position in range(len(self._cards)))

    def stored(self, start: int, stop: int) -> list[bytes | Card]:
        """Return the cards from one position up to another, as bytes where nobody has asked what they say."""
        return self._cards[start:stop]

    @property
    def index(self) -> KeywordIndex:
        """Where the keywords stand now."""
        if self._index is None:
            self._index = KeywordIndex.of([normalised(_keyword(card)) for card in self._cards])
            self.known = self._index.first
        return self._index

    @property
    def at_end(self) -> bool:
        return self.position >= len(self)

    def copy(self) -> CardBuffer:
        """Return a buffer of the same cards, at the same position."""
        other = CardBuffer()
        other.position, other._cards = self.position, self._cards.copy()
        return other

    def insert(self, cards: Iterable[Card]) -> None:
        """Put cards in front of the current one, which stays the current one."""
        added = list(cards)
        if self.at_end:
            self.append(added)
        else:
            self._cards[self.position : self.position] = added
            self._forget_keywords()
        self.position += len(added)

    def append(self, added: list[Card]) -> None:
        """Put cards behind the last one; the position stays the same number."""
        if self._index is not None:
            for position, card in enumerate(added, len(self._cards)):
                self._index.append(normalised(card.keyword), position)
            self.known = self._index.first
        self._cards += added
        self.values = {}

    def replace(self, position: int, card: Card) -> None:
        """Put a card in the place of another."""
        is_same = self.keyword_at(position) == card.keyword
        if self._header and is_same:
            self._edited[position] = card
        else:
            self._cards[position] = card
        if is_same:
            self.values = {}
        else:
            self._forget_keywords()

    def delete(self, positions: Iterable[int]) -> None:
        """Remove cards; the current one stays the current one, or the next that is left becomes it."""
        gone = set(positions)
        if not gone:
            return
        self.position -= sum(position < self.position for position in gone)
        self._cards = [card for position, card in enumerate(self._cards) if position not in gone]
        self._forget_keywords()

    def remove(self, start: int, stop: int) -> None:
        """Remove the cards from one position up to another, but for the retained ones, and go behind them."""
        retained = [card for card in self._cards[start:stop] if isinstance(card, RetainedCard)]
        self._cards[start:stop] = retained
        self.position = start + len(retained)
        self._forget_keywords()

    def delete_current(self) -> None:
        """Remove the current card, so that the next one becomes current."""
        del self._cards[self.position]
        self._forget_keywords()

    def _forget_keywords(self) -> None:
        self._index, self.known, self.values = None, (), {}

    def has(self, keyword: str) -> bool:
        """Return whether there is a card of a keyword, in either case."""
        return normalised(keyword) in self.index.first

    def find(self, keyword: str) -> int | None:
        """Return the position of the first card of a keyword, in either case."""
        return self.index.first.get(normalised(keyword))

    def find_all(self, keyword: str) -> Sequence[int]:
        """Return the positions of all cards of a keyword, in either case."""
        index = self.index
        wanted = keyword if keyword in self.known else normalised(keyword)
        first = index.first.get(wanted)
        if first is None:
            return ()
        last = index.last[wanted]
        if first == last:
            return (first,)
        return [place for place in range(first, last + 1) if normalised(self.keyword_at(place)) == wanted]

    def keyword_at(self, position: int) -> str:
        """Return the keyword of a card without reading the rest of it."""
        return _keyword(self._stored(position))

    def ask(self, keyword: str) -> KeywordValue:
        """Return the value of a keyword, in either case, the text of a comment; () where there is no card.

        The answer is kept in `values`.
        """
        self._questions_left -= 1
        if self._questions_left == 0 and self._header and not self._edited:
            layout = layout_of(self._header)
            self.values |= common_values(self._header, layout.keywords, layout.plural)
        found = tuple([self._value_at(place) for place in self.find_all(keyword)])
        if found:
            self.values[keyword] = found[0] if len(found) == 1 else found
        return self.values.get(keyword, ())

    def _value_at(self, position: int) -> CardValue:
        stored = self._stored(position)
        if isinstance(stored, bytes) and (value := common_value(stored)) is not None:
            return value
        card = self[position]
        return card.comment.rstrip(" ") if card.type is CardType.COMMENT else card.value

    def to_bytes(self, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> bytes:
        """Return all cards: the untouched ones as they came, the others as they are formatted.

        Parameters
        ----------
        digits, rounding : for doubles, see `pytest_fitsproc.fits.rounding.format_double`
        """
        if self._header:
            edited = {place: card.to_bytes(digits, rounding) for place, card in self._edited.items()}
            return with_replaced(self._header, edited)
        return b"".join(
            [card if isinstance(card, bytes) else card.to_bytes(digits, rounding) for card in self._cards]
        )


def _folded(card: bytes) -> bytes | Card:
    """Return a card as it is, but where its keyword is not what it looks like."""
    return card if is_plain(card[:KEYWORD_SIZE]) else read_card(card)


def _keyword(card: bytes | Card) -> str:
    return str(card[:KEYWORD_SIZE], "ascii").rstrip() if isinstance(card, bytes) else card.keyword
