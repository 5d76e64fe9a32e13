"""The value of a card as the type that is asked for (SUN/211, astGetFits<X>)."""

from __future__ import annotations

import cmath
import re
from collections.abc import Callable
from typing import cast

from pytest_fitsproc.fits.cards import Card, CardError
from pytest_fitsproc.fits.rounding import general_text
from pytest_fitsproc.fits.values import INT32_LIMIT, INT64_LIMIT, CardType, CardValue
from pytest_fitsproc.fitschan.errors import FitsChanError

BAD = -1.7976931348623157e308
BAD_TEXT = "<bad>"

# Strings no longer than this lose their trailing blanks.
_SHORT_STRING = 8
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")
_FLOAT = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_TRUE = re.compile(r"\s*(\.?t|y)", re.IGNORECASE)
_FALSE = re.compile(r"\s*(\.?f|n)", re.IGNORECASE)


_KINDS = (
    (bool, CardType.LOGICAL),
    (float, CardType.FLOAT),
    (complex, CardType.COMPLEXF),
    (str, CardType.STRING),
    (type(None), CardType.UNDEF),
)


class _UnconvertibleError(ValueError):
    """A value that has no equivalent of the type asked for."""


def convert(card: Card, wanted: type | None) -> CardValue:
    """Return the value of a card as ``str``, ``int``, ``float``, ``bool`` or ``complex``; None: as it is.

    Numbers become one another as in C, but without a limit of 32 bits; a text becomes a number where all of
    it is one; a logical value becomes "Y" or "N".

    Raises
    ------
    FitsChanError : code FUNDEF for an undefined value, FTCNV where the type does not fit the value
    """
    if card.type is CardType.UNDEF:
        raise FitsChanError("FUNDEF", f"the keyword {card.keyword!r} has an undefined value")
    if card.value is None:
        raise FitsChanError("FTCNV", f"the {card.keyword!r} card is a comment without a value")
    if wanted is None:
        return _short_trimmed(card.value)
    try:
        return _CONVERSIONS[wanted](card.value)
    except (_UnconvertibleError, OverflowError, KeyError) as error:
        reason = f"{card.keyword} = {card.value!r} can't be converted to {wanted.__name__}"
        raise FitsChanError("FTCNV", reason) from error


def _short_trimmed(value: CardValue) -> CardValue:
    return value.rstrip(" ") if isinstance(value, str) and len(value.rstrip(" ")) <= _SHORT_STRING else value


def _to_str(value: CardValue) -> CardValue:
    match value:
        case bool():
            return "Y" if value else "N"
        case complex():
            return f"{_number_text(value.real)} {_number_text(value.imag)}"
        case float():
            return _number_text(value)
    return str(_short_trimmed(value))


def _number_text(value: float) -> str:
    return BAD_TEXT if value == BAD else general_text(value)


def _to_bool(value: CardValue) -> CardValue:
    if not isinstance(value, str):
        return bool(value)
    if _INTEGER.fullmatch(value):
        return int(value) != 0
    if _TRUE.match(value):
        return True
    if _FALSE.match(value):
        return False
    raise _UnconvertibleError


def _to_int(value: CardValue) -> CardValue:
    if isinstance(value, str):
        return int(_matching(_INTEGER, value))
    return int(_real(value))


def _to_float(value: CardValue) -> CardValue:
    if isinstance(value, str):
        return float(_matching(_FLOAT, value))
    return float(_real(value))


def _to_complex(value: CardValue) -> CardValue:
    return value if isinstance(value, complex) else complex(_to_float(value) or 0.0)


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise _UnconvertibleError
    return text


def _real(value: CardValue) -> int | float:
    if isinstance(value, complex):
        return value.real
    assert isinstance(value, int | float)
    return value


_CONVERSIONS: dict[type, Callable[[CardValue], CardValue]] = {
    str: _to_str,
    bool: _to_bool,
    int: _to_int,
    float: _to_float,
    complex: _to_complex,
}


def typed_card(keyword: str, value: object, comment: str) -> Card:
    """Return the card of a keyword and a Python value; the scalars of numpy are Python's.

    Raises
    ------
    CardError : a type that no card can hold, a number that is not finite, a string that is too long
    """
    plain = value.item() if hasattr(value, "item") else value
    kind = _kind_of(plain)
    if kind is None or (isinstance(plain, float | complex) and not cmath.isfinite(plain)):
        raise CardError(f"no card can hold the value {value!r}", keyword)
    card = Card(keyword, kind, cast(CardValue, plain), comment)
    try:
        (card.format() if kind is CardType.STRING else comment).encode("latin-1")
    except UnicodeEncodeError as error:
        raise CardError("value and comment must be Latin-1", f"{keyword} = {value!r} / {comment}") from error
    return card


def _kind_of(value: object) -> CardType | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return _kind_of_int(value)
    return next((kind for python_type, kind in _KINDS if isinstance(value, python_type)), None)


def _kind_of_int(value: int) -> CardType | None:
    if -INT32_LIMIT <= value < INT32_LIMIT:
        return CardType.INT
    return CardType.INT64 if -INT64_LIMIT <= value < INT64_LIMIT else None
