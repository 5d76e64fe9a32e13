"""How many bytes of data follow a header (FITS standard 4.0, sections 3.3.2, 4.4.1 and 6).

Numbers are Python integers: a product of absurd axes is compared with a file's size, never allocated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import prod
from typing import NoReturn

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import CARD_SIZE, card_offset, end_offset, padded

BITPIX_VALUES = frozenset({8, 16, 32, 64, -32, -64})
MAX_NAXIS = 999

# Where a header has the last digit of NAXIS, and how many cards it begins with beside those of its axes.
_NAXIS_DIGIT = 2 * CARD_SIZE + 29
_N_FIRST_CARDS = {False: 3, True: 5}

_integer = re.compile(rb"= *([+-]?[0-9]{1,20}) *(?:/|$)").match
_is_true = re.compile(rb"= *T *(?:/|$)").match


@dataclass(frozen=True)
class Structure:
    """The structural keywords of one header: what its data array is like.

    Attributes
    ----------
    bitpix : bits of a data value, negative for floating point
    axes : lengths as the cards give them, NAXIS1 first
    pcount, gcount : 0 and 1 where the header has none
    is_random_groups : true for the primary header of a random groups file
    is_ordered : whether the cards the standard asks for are all there, in its order
    """

    bitpix: int
    axes: tuple[int, ...]
    pcount: int = 0
    gcount: int = 1
    is_random_groups: bool = False
    is_ordered: bool = True

    @cached_property
    def data_size(self) -> int:
        """Bytes of data, without the padding of the last block."""
        if not self.axes:
            return 0
        values = prod(self.axes[1:] if self.is_random_groups else self.axes)
        return abs(self.bitpix) // 8 * self.gcount * (self.pcount + values)

    @cached_property
    def padded_size(self) -> int:
        """Bytes of data with the padding of the last block."""
        return padded(self.data_size)


def read_structure(header: bytes, *, path: str = "header", hdu_index: int = 0) -> Structure:
    """Return what the structural keywords of a header say.

    They are looked for where the standard has them, then in the whole header: a header in wrong order still
    tells the size of its data.

    Parameters
    ----------
    header : from the first card to END or beyond
    path, hdu_index : for messages; 0 is the primary

    Raises
    ------
    FitsFormatError
        A structural keyword is missing, is no integer, or has a value that no data array can have.
    """
    is_extension = hdu_index > 0
    naxis = header[_NAXIS_DIGIT : _NAXIS_DIGIT + 1]
    n_cards = _N_FIRST_CARDS[is_extension] + (int(naxis) if naxis.isdigit() else 0)
    start = header[: n_cards * CARD_SIZE]
    return _usual_structure(start, is_extension) or _read(_StructuralCards(header, path, hdu_index))


@lru_cache(maxsize=1024)
def _usual_structure(start: bytes, is_extension: bool) -> Structure | None:
    """Return the structure that the first cards tell, remembered since the files of an archive are alike."""
    try:
        structure = _read(_StructuralCards(start, "", int(is_extension)))
    except FitsFormatError:
        return None
    may_be_groups = not is_extension and structure.axes[:1] == (0,)
    return structure if structure.is_ordered and not may_be_groups else None


def _read(cards: _StructuralCards) -> Structure:
    bitpix = cards.integer(b"BITPIX  ", 1)
    if bitpix not in BITPIX_VALUES:
        cards.refuse(b"BITPIX  ", f"BITPIX is {bitpix}, not one of 8, 16, 32, 64, -32, -64")
    naxis = cards.natural(b"NAXIS   ", 2)
    if naxis > MAX_NAXIS:
        cards.refuse(b"NAXIS   ", f"NAXIS is {naxis}, more than {MAX_NAXIS}")
    axes = tuple([cards.natural(key, place) for place, key in enumerate(axis_keys(naxis), start=3)])
    if cards.hdu_index:
        pcount, gcount = cards.natural(b"PCOUNT  ", 3 + naxis, 0), cards.natural(b"GCOUNT  ", 4 + naxis, 1)
        return Structure(bitpix, axes, pcount, gcount, False, cards.are_ordered)
    # In a primary header PCOUNT and GCOUNT count for random groups only, told by NAXIS1 = 0 and GROUPS = T.
    if not axes or axes[0] or not cards.is_true(b"GROUPS  "):
        return Structure(bitpix, axes, 0, 1, False, cards.are_ordered)
    pcount, gcount = cards.natural(b"PCOUNT  ", None, 0), cards.natural(b"GCOUNT  ", None, 1)
    return Structure(bitpix, axes, pcount, gcount, True, cards.are_ordered)


@cache
def axis_keys(naxis: int) -> tuple[bytes, ...]:
    """Return the keyword fields NAXIS1, NAXIS2, … of `naxis` axes, 8 bytes each."""
    return tuple(f"NAXIS{i}".ljust(8).encode() for i in range(1, naxis + 1))


class _StructuralCards:
    """The integers in a header's structural cards, or an error that names the card."""

    __slots__ = ("_header", "_path", "are_ordered", "hdu_index")

    def __init__(self, header: bytes, path: str, hdu_index: int) -> None:
        self._header, self._path, self.hdu_index = header, path, hdu_index
        self.are_ordered = True

    def natural(self, key: bytes, place: int | None, default: int | None = None) -> int:
        """Return an integer that must not be negative."""
        value = self.integer(key, place, default)
        if value < 0:
            self.refuse(key, f"{_name(key)} is negative: {value}")
        return value

    def integer(self, key: bytes, place: int | None, default: int | None = None) -> int:
        """Return the value of the card at `place`, counted from 0, or wherever it is; else `default`."""
        offset = -1 if place is None else place * CARD_SIZE
        if offset < 0 or not self._header.startswith(key, offset):
            self.are_ordered &= place is None
            offset = find_card(self._header, key)
        if offset < 0:
            return self.refuse(key, f"has no {_name(key)} card") if default is None else default
        match = _integer(self._header, offset + 8, offset + CARD_SIZE)
        return int(match[1]) if match else self.refuse(key, f"{_name(key)} is not an integer")

    def is_true(self, key: bytes) -> bool:
        """Return whether a logical keyword is there and true."""
        offset = find_card(self._header, key)
        return offset >= 0 and _is_true(self._header, offset + 8, offset + CARD_SIZE) is not None

    def refuse(self, key: bytes, reason: str) -> NoReturn:
        """Raise the error, with the number of the card."""
        card = find_card(self._header, key) // CARD_SIZE + 1
        raise FitsFormatError(self._path, reason, hdu_index=self.hdu_index, card=card)


def find_card(header: bytes, key: bytes) -> int:
    """Return the offset of the first card whose keyword field is the 8 bytes `key`, before END; or -1."""
    offset = card_offset(header, key)
    return -1 if offset > 0 and 0 <= end_offset(header) < offset else offset


def _name(key: bytes) -> str:
    return key.decode("ascii").rstrip()
