"""The header of a solved field: that of the file, with the cards of the solution instead of older ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pytest_fitsproc.fits.templates.copying import copy_fields
from pytest_fitsproc.processing.astrometry.wcs_cards import (
    NOT_COPIED,
    keeps_comment,
    keeps_history,
    wcs_cards_of,
)

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: What else describes the sky in two axes: beside the cards of a solution it would contradict them, or make
#: them unreadable (FITS standard 4.0 §8.1: PCi_j must not stand beside CDi_j).
_is_superseded = re.compile(
    r"PC[12]_[12]|CDELT[12]|CROTA[12]|P[VS][12]_\d+|(?:A|B)_DMAX|RADESYS|RADECSYS"
).fullmatch

_FILTERS = {"COMMENT": keeps_comment, "HISTORY": keeps_history}


def put_solution(header: Header, cards: Iterable[Card], not_copied: Collection[str] = NOT_COPIED) -> None:
    """Put the cards of a solution into a header, and take those of an older one out of it.

    Parameters
    ----------
    header : of the file; is changed
    cards : of the solution
    not_copied : keywords, in any case, that are left out
    """
    old = wcs_cards_of(header).cards
    stale = {card.keyword for card in old if card.keyword not in _FILTERS}
    texts = {(card.keyword, card.value) for card in old if card.keyword in _FILTERS}
    for number in reversed(range(len(header))):
        card = header.cards[number]
        if _is_superseded(card.keyword) or card.keyword in stale or (card.keyword, card.value) in texts:
            del header[number]
    copy_fields(header, cards, not_copied)


def worth_keeping(cards: Iterable[Card]) -> list[Card]:
    """Return the cards of a solution without COMMENT and HISTORY that are of no interest later."""
    return [card for card in cards if _FILTERS.get(card.keyword, _any)(str(card.value))]


def _any(text: str) -> bool:
    return True
