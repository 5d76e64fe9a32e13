"""Which cards a detached header has, and which ones a file keeps when it is applied to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pytest_fitsproc.fits.blocks import END_CARD, end_offset, split_cards
from pytest_fitsproc.fits.cards import KEYWORD_SIZE, read_card
from pytest_fitsproc.fits.header import lazy_header
from pytest_fitsproc.fits.header_order import COMMENTARY, is_structural, sorted_cards, structural_first
from pytest_fitsproc.fits.layout import lay_out, without_last_blanks
from pytest_fitsproc.fits.serialising import cards_as_bytes
from pytest_fitsproc.fits.structure import Structure, read_structure
from pytest_fitsproc.processing.headers.edited import Edited, is_chan
from pytest_fitsproc.processing.headers.rules import HeaderRules
from pytest_fitsproc.processing.visit import chan_cards

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: Structural keywords that do not tell the size of the data: a detached header may have some that the file
#: has not, and `HeaderRules.keep_keys` may leave them out.
OPTIONAL = frozenset({"EXTEND", "BZERO", "BSCALE"})

#: They hold for the data and the header that they are in.
_SUMS = frozenset({"CHECKSUM", "DATASUM"})

#: What values of the data array mean where these cards are missing (FITS standard 4.0 §4.4.2.5).
_SCALING = {"BSCALE": 1.0, "BZERO": 0.0}

_REPLACED = frozenset({"SIMPLE", "BITPIX"})
_OF_EXTENSIONS = frozenset({"XTENSION", "PCOUNT", "GCOUNT", "TFIELDS"})

_HIERARCH, _CONTINUE = "HIERARCH", "CONTINUE"


class ForeignHeaderError(ValueError):
    """A detached header says of the data what is not true of the file."""


def detached_bytes(edited: Edited, old: bytes, rules: HeaderRules) -> bytes:
    """Return a header of a file as a detached one: sorted, of whole blocks, without data.

    Parameters
    ----------
    edited : the new header of the file; its structural cards need not be there
    old : the file's present header, whose bytes the cards keep that were not touched
    rules : order and filters

    Raises
    ------
    MissingCardError, UnformattedCardError
        A mandatory card of the sequence is not there; a card can't be written.
    """
    if is_chan(edited):
        old = chan_cards(edited, old) + END_CARD
        edited = lazy_header(old)
    cards = sorted_cards(
        _without_data(edited, rules.hdu), rules.comment_filter, rules.history_filter, rules.card_sequence
    )
    return lay_out(cards_as_bytes(cards, old), 0)


def _without_data(header: Header, hdu: int) -> list[Card]:
    """Return the cards of a header of an HDU without data: a primary one, that it can be read by itself."""
    simple = _with_value(header, "SIMPLE", True, "conforms to FITS standard")
    return [
        simple,
        _with_value(header, "BITPIX", 8),
        _with_value(header, "NAXIS", 0),
        *[card for card in header.cards if not _is_dropped(card.keyword, hdu > 0)],
    ]


def _with_value(header: Header, keyword: str, value: object, comment: str = "") -> Card:
    from astropy.io.fits import Card

    if keyword not in header:
        return Card(keyword, value, comment)
    card = header.cards[keyword]
    if card._modified or not card._image:
        return _card_with_value(card, value)
    return Card.fromstring(_image_with_value(card._image, value))


@lru_cache(maxsize=256)
def _image_with_value(image: str, value: object) -> str:
    """Return a card, as it is in a file, with a value; remembered since the files of an archive are alike."""
    from astropy.io.fits import Card

    card = Card.fromstring(image)
    changed = _card_with_value(card, value)
    return image if changed is card else str(changed)


def _card_with_value(card: Card, value: object) -> Card:
    from astropy.io.fits import Card

    return card if card.value == value else Card(card.keyword, value, card.comment)


@lru_cache(maxsize=4096)
def _is_dropped(keyword: str, is_of_extension: bool) -> bool:
    """Whether a card can't stay in a primary header without data, or is put there anew."""
    if keyword.startswith("NAXIS"):
        return is_structural(keyword)
    return keyword in _REPLACED or (is_of_extension and keyword in _OF_EXTENSIONS)


def applied_cards(detached: bytes, present: bytes, rules: HeaderRules) -> bytes:
    """Return the cards, 80 bytes each, that a file has when a detached header is applied to it.

    The cards that describe the data are those of the file, whole; the others are those of the detached
    header, in its order. Where that is what the file has already, its cards are returned as they are.

    Parameters
    ----------
    detached : the detached header, in whole blocks
    present : the file's header in whole blocks
    rules : which other cards the file keeps

    Raises
    ------
    ForeignHeaderError
        The detached header is that of other data.
    """
    keys = OPTIONAL if rules.keep_keys is None else rules.keep_keys.difference(COMMENTARY)
    new, own = _Cards.of_header(detached), _Cards.of_header(present)
    _check_axes(detached, present, rules.hdu)
    _check_scaling(new, own, keys)
    both = new.raw + own.raw
    numbers = _numbers(new.keywords, own.keywords, frozenset(keys))
    cards, present_cards = b"".join([both[number] for number in numbers]), b"".join(own.raw)
    is_the_same = without_last_blanks(cards) == without_last_blanks(present_cards)
    return present_cards if is_the_same else cards


class _Cards(NamedTuple):
    """The cards of a header, without END, and their keywords."""

    raw: tuple[bytes, ...]
    keywords: tuple[str, ...]

    @classmethod
    def of_header(cls, header: bytes) -> _Cards:
        raw = split_cards(header[: end_offset(header)])
        return cls(raw, tuple(map(_keyword, raw)))

    def value(self, keyword: str) -> object:
        """Return the value of the first card of a keyword."""
        return read_card(self.raw[self.keywords.index(keyword)]).value


def _keyword(raw: bytes) -> str:
    keyword = _field_as_text(raw[:KEYWORD_SIZE])
    if keyword == _HIERARCH:
        return raw[KEYWORD_SIZE:].partition(b"=")[0].decode("latin-1").strip().upper()
    return keyword


@lru_cache(maxsize=4096)
def _field_as_text(field: bytes) -> str:
    """Return what stands in the first eight columns, remembered since the files of an archive are alike."""
    return field.decode("latin-1").rstrip().upper()


@lru_cache(maxsize=64)
def _numbers(new: tuple[str, ...], own: tuple[str, ...], keep_keys: frozenset[str]) -> tuple[int, ...]:
    """Return which cards a file has when a detached header is applied, counted through both headers.

    Parameters
    ----------
    new, own : keywords of the cards of the detached header, and of those of the file
    keep_keys : which other cards the file keeps
    """
    kept = _kept(_logical(own, len(new)), keep_keys)
    merged = structural_first(_merged(_logical(new, 0), kept))
    return tuple(number for card in merged for number in card.numbers)


class _LogicalCard(NamedTuple):
    """The numbers of a card and of the CONTINUE cards behind it."""

    keyword: str
    numbers: tuple[int, ...]


_Kept: TypeAlias = dict[str, list[_LogicalCard]]


def _logical(keywords: Sequence[str], start: int) -> list[_LogicalCard]:
    logical: list[_LogicalCard] = []
    for number, keyword in enumerate(keywords, start):
        if keyword == _CONTINUE and logical:
            logical[-1] = logical[-1]._replace(numbers=(*logical[-1].numbers, number))
        else:
            logical.append(_LogicalCard(keyword, (number,)))
    return logical


def _kept(cards: list[_LogicalCard], keep_keys: Collection[str]) -> _Kept:
    """Return the cards that the file keeps, by keyword."""
    kept: _Kept = {}
    for card in cards:
        if _is_of_the_file(card.keyword) or card.keyword in keep_keys or card.keyword in _SUMS:
            kept.setdefault(card.keyword, []).append(card)
    return kept


def _is_of_the_file(keyword: str) -> bool:
    """Whether a detached header has no say in a card."""
    return keyword not in OPTIONAL and is_structural(keyword)


def _merged(new: list[_LogicalCard], kept: _Kept) -> list[_LogicalCard]:
    """Return the cards of a detached header with those that the file keeps, in their places or behind all."""
    left = {keyword: cards[:] for keyword, cards in kept.items()}
    merged: list[_LogicalCard] = []
    for card in new:
        if card.keyword in left:
            merged += left[card.keyword][:1]
            del left[card.keyword][:1]
        elif not _is_of_the_file(card.keyword):
            merged.append(card)
    end = max((place for place, card in enumerate(merged, 1) if card.keyword not in COMMENTARY), default=0)
    merged[end:end] = [card for keyword, cards in left.items() if keyword not in _SUMS for card in cards]
    return merged


def _check_scaling(new: _Cards, own: _Cards, keep_keys: Collection[str]) -> None:
    for keyword, default in _SCALING.items():
        if keyword in keep_keys and keyword in new.keywords:
            said = new.value(keyword)
            present = own.value(keyword) if keyword in own.keywords else default
            if said != present:
                raise ForeignHeaderError(
                    f"it says that {keyword} is {said!r}, in the file it is {present!r}: "
                    f"it belongs to other data; to have it applied, leave {keyword} out of keep_keys"
                )


def _check_axes(detached: bytes, present: bytes, hdu: int) -> None:
    """Our own detached headers and those of DaCHS have no axes; one made by hand may tell of them."""
    said = read_structure(detached)
    found = read_structure(present, hdu_index=hdu)
    if said.axes and (said.bitpix, said.axes) != (found.bitpix, found.axes):
        raise ForeignHeaderError(
            f"it describes data of {_shape(said)}, the file has {_shape(found)}: it belongs to other data"
        )


def _shape(structure: Structure) -> str:
    axes = " x ".join(map(str, structure.axes)) or "no values"
    return f"{axes} with BITPIX {structure.bitpix}"
