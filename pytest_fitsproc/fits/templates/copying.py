"""Cards from one header to another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from copy import copy
from typing import TYPE_CHECKING

from pytest_fitsproc.fits.header_order import COMMENTARY

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: What describes the file that a card comes from.
DEFAULT_IGNORED = frozenset(["SIMPLE", "BITPIX", "NAXIS", "IMAGEW", "IMAGEH", "DATAMIN", "DATAMAX", "DATE"])


def copy_fields(header: Header, cards: Iterable[Card], ignored: Collection[str] = DEFAULT_IGNORED) -> None:
    """Copy cards into a header, with their comments.

    Cards take the place of those with their keyword; of a keyword that comes more than once, all are there
    in the end. HISTORY, COMMENT and blank cards are added to those there are.

    Parameters
    ----------
    header : is changed
    cards : for instance ``other.cards``
    ignored : keywords, in any case, that are not copied; NAXIS stands for NAXISn, too
    """
    left_out = {_without_axis(keyword.upper()) for keyword in ignored}
    seen: set[str] = set()
    for card in cards:
        if _without_axis(card.keyword) in left_out:
            continue
        if card.keyword in COMMENTARY or card.keyword in seen or card.keyword not in header:
            header.append(copy(card))
        else:
            _replace(header, card)
        seen.add(card.keyword)


def _without_axis(keyword: str) -> str:
    return re.sub("^NAXIS[0-9]+$", "NAXIS", keyword)


def _replace(header: Header, card: Card) -> None:
    """Put a card in the place of the first with its keyword, and remove the others."""
    number = header.index(card.keyword)
    header.remove(card.keyword, remove_all=True)
    header.insert(number, copy(card))
