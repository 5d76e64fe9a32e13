"""The cards of a header without odd ones, as astropy reads them; importing this module imports astropy."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

from astropy.io.fits import Card

from pytest_fitsproc.fits.blocks import CARD_SIZE, END_CARD

_KEY_COLUMNS = 10
_COMMENTARY = (b"COMMENT ", b"HISTORY ", b" " * 8)
_is_value_card = re.compile(rb"(?!CONTINUE|HIERARCH|END |COMMENT|HISTORY)[A-Z0-9_-]+ *= ").fullmatch

_FRESH = vars(Card.fromstring(" " * CARD_SIZE))


def ordinary_content(raw: bytes) -> dict[str, Any] | None:
    """Return what astropy keeps of a header, as ``Header.fromstring`` would fill it, in a third of the time.

    None where astropy has to see all cards: one is continued, of the HIERARCH convention, or has a keyword
    that is not legal or has no value; or there is no END. Cards that may be record-valued are left to it.

    Parameters
    ----------
    raw : from the first card to END or beyond
    """
    keywords = _keywords(tuple([raw[column::CARD_SIZE] for column in range(_KEY_COLUMNS)]))
    if keywords is None or not raw.startswith(END_CARD, len(keywords) * CARD_SIZE):
        return None
    text = raw[: len(keywords) * CARD_SIZE].decode("latin-1")
    cards: list[Card] = []
    indices: defaultdict[str, list[int]] = defaultdict(list)
    record_valued: defaultdict[str, list[int]] = defaultdict(list)
    for number, keyword in enumerate(keywords):
        image = text[number * CARD_SIZE : (number + 1) * CARD_SIZE]
        if ": " in image:
            card = Card.fromstring(image)
            keyword = Card.normalize_keyword(card.keyword)
            if card.field_specifier is not None:
                record_valued[card.rawkeyword].append(number)
        else:
            card = _card(keyword, image)
        cards.append(card)
        indices[keyword].append(number)
    return {
        "_cards": cards,
        "_keyword_indices": indices,
        "_rvkc_indices": record_valued,
        "_modified": False,
    }


def _card(keyword: str, image: str) -> Card:
    card = object.__new__(Card)
    state = _FRESH.copy()
    state["_keyword"], state["_image"] = keyword, image
    card.__dict__ = state
    return card


@lru_cache(maxsize=64)
def _keywords(columns: tuple[bytes, ...]) -> tuple[str, ...] | None:
    """Return the keyword of each card up to END; None where one is odd."""
    keywords: list[str] = []
    for field in map(bytes, zip(*columns, strict=False)):
        if field == END_CARD[:_KEY_COLUMNS]:
            return tuple(keywords)
        if not (_is_value_card(field) or field.startswith(_COMMENTARY)):
            return None
        keywords.append(field[:8].rstrip().decode("ascii"))
    return None
