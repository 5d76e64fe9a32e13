"""The order of the cards in a header: structural ones first, HISTORY and COMMENT last."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from pytest_fitsproc.errors import NotFoundError

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: The keywords that describe the data array, in the order of the FITS standard 4.0 §4.4.1 and §7; ``#`` is
#: any number. EXTEND, BZERO and BSCALE may stand anywhere, and are kept beside them.
STRUCTURAL = (
    ("SIMPLE", "XTENSION"),
    ("BITPIX",),
    ("NAXIS",),
    ("NAXIS#",),
    ("PCOUNT",),
    ("GCOUNT",),
    ("TFIELDS",),
    ("EXTEND",),
    ("BZERO",),
    ("BSCALE",),
)

#: Places that may not be empty.
_MANDATORY = STRUCTURAL[:3]
_RANKS = {keyword: rank for rank, keywords in enumerate(STRUCTURAL) for keyword in keywords}
_numbered_axis = re.compile("NAXIS([1-9][0-9]{0,2})").fullmatch

HISTORY, COMMENT, BLANK = "HISTORY", "COMMENT", ""
COMMENTARY = (HISTORY, COMMENT, BLANK)

TextFilter: TypeAlias = Callable[[str], bool]
"""Gets the text of a HISTORY or COMMENT card; false drops the card."""

SequenceItem: TypeAlias = "str | Card | tuple[str | Card, bool]"
"""A place of a card sequence: a keyword, or a card to put there; with true, it must be in the header."""


class MissingCardError(NotFoundError):
    """A header has no card of a keyword that it must have."""


def sort_header(
    header: Header | Iterable[Card],
    comment_filter: TextFilter | None = None,
    history_filter: TextFilter | None = None,
    card_sequence: Iterable[SequenceItem] = (),
) -> Header:
    """Return a header with the cards of another in the order in which processors write them.

    First come the structural cards, then those of `card_sequence`, then all others in their order, then an
    empty card and HISTORY, an empty card and COMMENT. No card with content is lost, except that a text that
    HISTORY or COMMENT has twice is kept once; cards keep their comments and, if they were not edited, their
    bytes. Empty cards stay between other cards; those next to HISTORY and COMMENT and at the end are taken
    for the separators of an earlier sorting, and replaced.

    Parameters
    ----------
    header : of the primary HDU or an extension
    comment_filter, history_filter : tell which texts to keep; None for all
    card_sequence : keywords, in any case; all cards of one stand together. A card takes the place of those
        with its keyword (commentary: with its text). Structural keywords, HISTORY and COMMENT are ignored.

    Raises
    ------
    MissingCardError
        There is no SIMPLE (or XTENSION), BITPIX or NAXIS, or no card of an item of `card_sequence` that must
        be there.

    Notes
    -----
    The order is that of ``sortHeaders`` in GAVO DaCHS 2.7, observed.
    """
    return header_of(
        sorted_cards(getattr(header, "cards", header), comment_filter, history_filter, card_sequence)
    )


def sorted_cards(
    header: Iterable[Card],
    comment_filter: TextFilter | None = None,
    history_filter: TextFilter | None = None,
    card_sequence: Iterable[SequenceItem] = (),
) -> list[Card]:
    """Return cards in the order that `sort_header` gives them; they are the same objects."""
    cards = list(_without_separators(header))
    sequence = [item if isinstance(item, tuple) else (item, False) for item in card_sequence]
    _require(cards, sequence)
    structural, others = _split(cards)
    sequenced, others = _take_sequence(others, sequence)
    return [
        *structural,
        *sequenced,
        *_ordinary(others),
        *_section(others, HISTORY, history_filter),
        *_section(others, COMMENT, comment_filter),
    ]


def structural_first(cards: Iterable[Card]) -> list[Card]:
    """Return cards with the structural ones in front, in the order of the standard, and no other change.

    Of a structural keyword that occurs more than once, the first card is moved.
    """
    structural, others = _split(cards)
    return structural + others


@lru_cache(maxsize=4096)
def is_structural(keyword: str) -> bool:
    """Tell whether a keyword, in capitals, describes the data array."""
    return keyword in _RANKS or (keyword.startswith("NAXIS") and _numbered_axis(keyword) is not None)


def header_of(cards: Iterable[Card]) -> Header:
    """Return a new header of copies of the cards, in their order."""
    from astropy.io.fits import Header

    return Header(map(_copy, cards))


def blank_card() -> Card:
    """Return an empty card, as it separates sections."""
    from astropy.io.fits import Card

    return Card()


def _copy(card: Card) -> Card:
    """Copy a card; ``copy.copy`` does the same, but takes ten times as long."""
    twin = object.__new__(type(card))
    twin.__dict__ = card.__dict__.copy()
    return twin


def _without_separators(cards: Iterable[Card]) -> Iterator[Card]:
    """Leave out the empty cards next to HISTORY and COMMENT and those at the end."""
    empty: list[Card] = []
    previous = ""
    for card in cards:
        keyword = card.keyword
        if keyword == BLANK and card.is_blank:
            empty.append(card)
            continue
        if empty and not {keyword, previous} & {HISTORY, COMMENT}:
            yield from empty
        empty.clear()
        previous = keyword
        yield card


def _split(cards: Iterable[Card]) -> tuple[list[Card], list[Card]]:
    """Split cards into the structural ones, ordered, and the others."""
    structural: dict[str, Card] = {}
    others = []
    for card in cards:
        keyword = card.keyword
        if is_structural(keyword) and keyword not in structural:
            structural[keyword] = card
        else:
            others.append(card)
    return [structural[keyword] for keyword in sorted(structural, key=_place)], others


def _place(keyword: str) -> tuple[int, int]:
    """Return what structural keywords are ordered by."""
    axis = _numbered_axis(keyword)
    return (_RANKS["NAXIS#"], int(axis[1])) if axis else (_RANKS[keyword], 0)


def _require(cards: list[Card], sequence: list[tuple[str | Card, bool]]) -> None:
    present = {card.keyword for card in cards}
    asked_for = [(item.upper(),) for item, is_mandatory in sequence if is_mandatory and isinstance(item, str)]
    for keywords in [*_MANDATORY, *asked_for]:
        if present.isdisjoint(keywords):
            raise MissingCardError(f"mandatory card {' or '.join(keywords)} is missing from the header")


def _take_sequence(
    cards: list[Card], sequence: list[tuple[str | Card, bool]]
) -> tuple[list[Card], list[Card]]:
    """Split cards into those of a sequence, in its order, and the others in theirs."""
    if not sequence:
        return [], cards
    by_name: defaultdict[object, list[Card]] = defaultdict(list)
    for card in cards:
        by_name[_name(card)].append(card)
    front: list[Card] = []
    for item, _ in sequence:
        if not is_structural(item.upper() if isinstance(item, str) else item.keyword):
            found = by_name.pop(_name(item), [])
            front += found if isinstance(item, str) else [item]
    return front, [card for card in cards if _name(card) in by_name]


def _name(item: str | Card) -> object:
    """Return what the cards of one place have in common: the keyword; of commentary, the text too."""
    if isinstance(item, str):
        return item.upper()
    return (item.keyword, item.value) if item.keyword in COMMENTARY else item.keyword


def _ordinary(cards: list[Card]) -> list[Card]:
    """Return the cards other than HISTORY and COMMENT, without the empty ones that are last now."""
    ordinary = [card for card in cards if card.keyword not in (HISTORY, COMMENT)]
    while ordinary and ordinary[-1].is_blank:
        ordinary.pop()
    return ordinary


def _section(cards: list[Card], keyword: str, is_kept: TextFilter | None) -> list[Card]:
    """Return the commentary cards of a keyword that differ and are kept, with an empty card before them."""
    by_text: dict[str, Card] = {}
    for card in cards:
        if card.keyword == keyword:
            by_text.setdefault(card.value, card)
    kept = [card for text, card in by_text.items() if is_kept is None or is_kept(text)]
    return [blank_card(), *kept] if kept else []
