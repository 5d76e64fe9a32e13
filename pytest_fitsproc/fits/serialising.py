"""An edited header back as bytes: a card that nobody touched keeps its 80 bytes."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.blocks import (
    BLOCK_SIZE,
    CARD_SIZE,
    END_CARD,
    end_offset,
    split_cards,
    with_replaced,
)
from pytest_fitsproc.fits.checksum import ChecksumMode, updated_checksum, with_checksum_cards
from pytest_fitsproc.fits.layout import lay_out

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

_has_plain_keyword = re.compile("[A-Z0-9_-]+ *= ").match


class UnformattedCardError(FitsprocError):
    """A card was edited in a way that can't be written."""


@dataclass(frozen=True, slots=True)
class Serialising:
    """How the cards of an edited header become a header.

    Attributes
    ----------
    spare_blocks : blocks of blank cards before END that a header gets when it must grow, so that the next
        cards fit without the file being copied
    checksum : what happens to CHECKSUM and DATASUM
    now : for the time stamp of CHECKSUM; None for the present time
    """

    spare_blocks: int = 0
    checksum: ChecksumMode = ChecksumMode.UPDATE
    now: datetime | None = None


DEFAULT = Serialising()


def serialise(header: Header, old: bytes, data_sum: Callable[[], int], how: Serialising = DEFAULT) -> bytes:
    """Return an edited astropy ``Header`` as bytes in whole blocks.

    A card that was not touched keeps its bytes, also where astropy repaired it while it was looked at or
    printed; all others are as astropy formats them. A header without changes is returned as it was, with
    what followed END.

    Parameters
    ----------
    header : made of `old` and edited, or any other
    old : the header as it is in the file
    data_sum : returns the ones' complement sum of the HDU's data; called only when it is needed
    how : spare blocks, check sums

    Raises
    ------
    UnformattedCardError : astropy can't format a card that was edited
    """
    return assemble(edited_cards(header, old), old, data_sum, how)


def assemble(cards: bytes, old: bytes, data_sum: Callable[[], int], how: Serialising = DEFAULT) -> bytes:
    """Return a header of whole blocks made of cards, END not among them.

    Parameters
    ----------
    cards : 80 bytes each
    old, data_sum, how : as for `serialise`
    """
    if cards == old[: end_offset(old)]:
        return old
    cards = with_checksum_cards(cards, how.checksum, data_sum)
    header = lay_out(cards, len(old) // BLOCK_SIZE, how.spare_blocks)
    return header if how.checksum is ChecksumMode.KEEP else updated_checksum(header, data_sum, how.now)


def edited_cards(header: Header, old: bytes) -> bytes:
    """Return the cards of an edited astropy ``Header``, 80 bytes each, without END.

    Parameters
    ----------
    header, old : as for `serialise`
    """
    changed = header.cards_set_in(old) if hasattr(header, "cards_set_in") else None
    if changed is None:
        return cards_as_bytes(header._cards, old)
    present = {number: old[number * CARD_SIZE : (number + 1) * CARD_SIZE] for number in changed}
    edited = {number: cards_as_bytes([card], present[number] + END_CARD) for number, card in changed.items()}
    return with_replaced(old[: end_offset(old)], edited)


def cards_as_bytes(cards: Sequence[Card], old: bytes) -> bytes:
    """Return astropy cards as bytes, 80 each; `old` as for `serialise`."""
    # Asked of private attributes: `Card.image` repairs a malformed card, of which the file must not hear.
    texts = ["" if card._modified else card._image or "" for card in cards]
    if "" in texts:
        unused = _UnusedCards(old, [text.encode("latin-1") for text in texts])
        texts = [text or unused.text_of(card) for card, text in zip(cards, texts, strict=True)]
    return "".join(texts).encode("latin-1")


class _UnusedCards:
    """Cards of the old header that are not in the edited one byte by byte, CONTINUE with their first."""

    def __init__(self, old: bytes, used: Iterable[bytes]) -> None:
        cards = split_cards(old[: end_offset(old)])
        texts = _joined(cards) if b"CONTINUE" in old else cards
        unused = set(texts).difference(used)
        self._by_keyword: defaultdict[str, list[str]] = defaultdict(list)
        for text in [text.decode("latin-1") for text in texts if text in unused]:
            self._by_keyword[_keyword(text)].append(text)

    def text_of(self, card: Card) -> str:
        """Return an old card that astropy, having repaired it, writes like this one; else what it writes."""
        text, caught = _formatted(card)
        candidates = self._by_keyword[_keyword(text)]
        for number, candidate in enumerate(candidates):
            # A repair sets the value anew, but only of a card that is not sound.
            if not (card._valuemodified and _is_sound(candidate)) and _repaired(candidate) == text:
                return candidates.pop(number)
        for warning in caught:
            warnings.warn(warning.message, stacklevel=2)
        return text


def _joined(cards: Sequence[bytes]) -> list[bytes]:
    """Append CONTINUE cards to what they continue."""
    logical: list[bytes] = []
    for card in cards:
        if logical and card.startswith(b"CONTINUE"):
            logical[-1] += card
        else:
            logical.append(card)
    return logical


def _keyword(text: str) -> str:
    """Return what tells cards apart that can't be the same; of a commentary card, all of it."""
    return text.partition("=")[0].strip().upper()


def _formatted(card: Card) -> tuple[str, list[warnings.WarningMessage]]:
    """Return what astropy writes for a card, and what it warns of."""
    from astropy.io.fits import VerifyError

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            return str(card), caught
    except (VerifyError, ValueError) as exc:
        raise UnformattedCardError(f"the card {card.keyword} can't be written: {exc}") from exc


def _is_sound(text: str) -> bool:
    """Return whether astropy finds nothing to repair in a card."""
    from astropy.io.fits import Card

    return bool(_has_plain_keyword(text, 0, 10) and Card._value_FSC_RE.match(text[10:]))


def _repaired(text: str) -> str | None:
    """Return what astropy writes for a card that was read from `text`; None if it can't."""
    from astropy.io.fits import Card

    card = Card.fromstring(text)
    try:
        return _formatted(card)[0]
    except UnformattedCardError:
        return None
