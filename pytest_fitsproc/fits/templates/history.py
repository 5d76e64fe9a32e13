"""HISTORY cards that are looked for later: which template a header has, what a processor did last."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import FitsprocError, NotFoundError
from pytest_fitsproc.fits.header_order import HISTORY

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: What stands before the name of a template; the first is what DaCHS looks for.
_SIGNATURES = ("GAVO DaCHS template used: ", "pytest_fitsproc template: ")
_find_signature = re.compile(rf"(?:{'|'.join(_SIGNATURES)})(\S+)").search

#: Characters of a card after its keyword.
_TEXT_SIZE = 72


class HistoryEntryError(FitsprocError, ValueError):
    """A text can't be a HISTORY card."""


def add_history_card(header: Header, entry: str, recognizer: str, day: date | None = None) -> None:
    """Write a HISTORY card with a date, in place of the first that contains `recognizer` if there is one.

    A processor that runs many times over a file leaves one card so.

    Parameters
    ----------
    header : is changed
    entry : what was done, up to 61 ASCII characters; contains `recognizer`
    recognizer : what tells the card from others
    day : None for today (UTC)

    Raises
    ------
    HistoryEntryError
        The entry is too long or not ASCII.
    """
    text = f"{day or datetime.now(UTC).date()} {entry}"
    if len(text) > _TEXT_SIZE or not (text.isascii() and text.isprintable()):
        room = _TEXT_SIZE - (len(text) - len(entry))
        raise HistoryEntryError(f"a HISTORY entry has up to {room} printable ASCII characters: {entry!r}")
    for number, card in enumerate(header.cards):
        if card.keyword == HISTORY and recognizer in card.value:
            header[number] = text
            return
    header.add_history(text)


def template_name(header: Header) -> str:
    """Return the name of the template that a header was made from, as HISTORY tells.

    Raises
    ------
    NotFoundError
        HISTORY names no template.
    """
    for card in header.cards:
        found = card.keyword == HISTORY and _find_signature(card.value)
        if found:
            name: str = found[1]
            return name
    raise NotFoundError("no HISTORY card tells which template the header was made from: name the template")


def is_signature(card: Card) -> bool:
    """Tell whether a HISTORY card names a template."""
    return _find_signature(card.value) is not None


def signatures(name: str) -> list[Card]:
    """Return the HISTORY cards by which this program and DaCHS recognise headers of a template."""
    from astropy.io.fits import Card

    return [Card(HISTORY, signature + name) for signature in _SIGNATURES]
