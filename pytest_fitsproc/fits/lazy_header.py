"""The class behind `header.lazy_header`; importing this module imports astropy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from astropy.io.fits import Card, Header
from astropy.io.fits.card import UNDEFINED

from pytest_fitsproc.fits.blocks import CARD_SIZE
from pytest_fitsproc.fits.keyword_numbers import NEEDS_ASTROPY, keyword_numbers
from pytest_fitsproc.fits.ordinary_cards import ordinary_content

_FILLED = ("_cards", "_keyword_indices", "_rvkc_indices")
_is_ordinary = re.compile("[A-Za-z0-9_-]{1,8}").fullmatch


class LazyHeader(Header):  # type: ignore[misc]
    """A ``Header`` that keeps its bytes and fills itself when more is done than to read and set values.

    Astropy keeps the content of a header in three attributes. As long as they are missing the header is not
    filled, and Python's asking for one of them, by whatever method of ``Header``, fills it.
    """

    @classmethod
    def of_bytes(cls, raw: bytes) -> LazyHeader:
        """Return a header that is not filled yet."""
        header: LazyHeader = cls.__new__(cls)
        header.__dict__.update(_raw=raw, _set={})
        return header

    def cards_set_in(self, raw: bytes) -> Mapping[int, Card] | None:
        """Return the cards, by number, that were given other values; None if more may have been done.

        Parameters
        ----------
        raw : the header that this one was made of; None is returned for any other
        """
        state = self.__dict__
        return state["_set"] if state.get("_raw") == raw else None

    def __getitem__(self, key: Any) -> Any:
        number = self._number_of(key)
        if number is None:
            # pytest shows where the curator's code asked, not this.
            __tracebackhide__ = True
            raise KeyError(f"Keyword {key.upper()!r} not found.")
        if number != NEEDS_ASTROPY:
            card = self._card(number)
            if card.field_specifier is None:
                value = card.value
                return None if value == UNDEFINED else value
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        number = self._number_of(key)
        if number is not None and number != NEEDS_ASTROPY and not isinstance(value, tuple):
            card = self._card(number)
            if card.field_specifier is None:
                card.value = value
                if card._modified:
                    self._modified = True
                    self._set[number] = card
                return
        super().__setitem__(key, value)

    def __contains__(self, key: Any) -> bool:
        number = self._number_of(key)
        return number is not None and (number != NEEDS_ASTROPY or super().__contains__(key))

    def __getattr__(self, name: str) -> Any:
        if name not in _FILLED or "_raw" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._fill()
        return self.__dict__[name]

    def clear(self) -> None:
        """Remove all cards; it is ``Header``'s one method that sets the three attributes without asking."""
        self._fill()
        super().clear()

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        """Be pickled as astropy's ``Header``."""
        self._fill()
        return Header.__new__, (Header,), self.__dict__

    def _card(self, number: int) -> Card:
        """Return a card of the header that is not filled, as it was set or as it was."""
        if number in self._set:
            return self._set[number]
        return Card.fromstring(self._raw[number * CARD_SIZE : (number + 1) * CARD_SIZE])

    def _number_of(self, key: Any) -> int | None:
        """Return the number of a keyword's card, None if there is none, or `NEEDS_ASTROPY`."""
        state = self.__dict__
        if "_raw" not in state or type(key) is not str or not _is_ordinary(key):
            return NEEDS_ASTROPY
        if "_numbers" not in state:
            state["_numbers"] = keyword_numbers(state["_raw"])
        numbers = state["_numbers"]
        return NEEDS_ASTROPY if numbers is None else numbers.get(key.upper())

    def _fill(self) -> None:
        """Take over what astropy makes of the bytes, unless that is done; what was set before stays."""
        state = self.__dict__
        if "_raw" in state:
            raw = state["_raw"]
            parsed = ordinary_content(raw) or Header.fromstring(raw).__dict__
            for card in state["_set"].values():
                parsed["_cards"][parsed["_keyword_indices"][card.keyword][0]] = card
            del state["_raw"], state["_set"]
            state.pop("_numbers", None)
            state.update({**parsed, **state})
