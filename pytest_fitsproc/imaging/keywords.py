"""Values of a header's cards by keyword, checked for what they have to be; astropy is not needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import CARD_SIZE, end_offset
from pytest_fitsproc.fits.keyword_numbers import NEEDS_ASTROPY, keyword_numbers
from pytest_fitsproc.fits.values import parse_value


@dataclass(frozen=True)
class Keywords:
    """The cards of one header, asked for by keyword.

    Attributes
    ----------
    header : header bytes in whole blocks
    path, hdu_index : for messages; 0 is the primary
    """

    header: bytes
    path: str
    hdu_index: int

    def number(self, keyword: str, default: float) -> float:
        """Return a number; `default` where there is no such card or it has no value.

        Raises
        ------
        FitsFormatError
            The value is something else.
        """
        value = self._value(keyword)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(keyword, f"{keyword} is not a number: {value!r}")
        return value

    def integer(self, keyword: str) -> int | None:
        """Return an integer, also one written as ``32768.0``; None where there is none.

        Raises
        ------
        FitsFormatError
            The value is something else.
        """
        value = self.number(keyword, float("nan"))
        if value != value:
            return None
        if value != int(value):
            raise self._error(keyword, f"{keyword} is not an integer: {value!r}")
        return int(value)

    def natural(self, keyword: str) -> int:
        """Return an integer that must be there and not be negative.

        Raises
        ------
        FitsFormatError
            It is not.
        """
        value = self.integer(keyword)
        if value is None or value < 0:
            raise self._error(keyword, f"{keyword} has to be a number of at least 0, not {value}")
        return value

    def text(self, keyword: str) -> str:
        """Return a string without blanks around it; "" where there is none."""
        value = self._value(keyword)
        return value.strip() if isinstance(value, str) else ""

    def is_true(self, keyword: str) -> bool:
        """Return whether a logical keyword is there and true."""
        return self._value(keyword) is True

    def card(self, keyword: str) -> bytes:
        """Return the first card with a keyword, 80 bytes; none where there is no such card."""
        offset = self._find(keyword)
        return self.header[offset : offset + CARD_SIZE] if offset >= 0 else b""

    def _value(self, keyword: str) -> object:
        card = self.card(keyword).decode("latin-1")
        if not card:
            return None
        parsed = parse_value(card[9:]) if card[8] == "=" else None
        if parsed is None:
            raise self._error(keyword, f"the value of {keyword} can't be read: {card[9:].strip()!r}")
        return parsed[1]

    def _find(self, keyword: str) -> int:
        """Return the offset of the first card with a keyword, -1 where there is none."""
        number = NEEDS_ASTROPY if self._numbers is None else self._numbers.get(keyword)
        if number is None:
            return -1
        if number != NEEDS_ASTROPY:
            return number * CARD_SIZE
        return self._offsets.get(keyword.ljust(8).encode(), -1)

    @cached_property
    def _numbers(self) -> Mapping[str, int] | None:
        """Where keywords are that most headers have at one place, which is remembered."""
        return keyword_numbers(self.header)

    @cached_property
    def _offsets(self) -> dict[bytes, int]:
        """Offset of the first card with each keyword, up to END."""
        header, offsets = self.header, range(0, max(end_offset(self.header), 0), CARD_SIZE)
        return {header[offset : offset + 8]: offset for offset in reversed(offsets)}

    def _error(self, keyword: str, reason: str) -> FitsFormatError:
        card = self._find(keyword) // CARD_SIZE + 1
        return FitsFormatError(self.path, reason, hdu_index=self.hdu_index, card=card)
