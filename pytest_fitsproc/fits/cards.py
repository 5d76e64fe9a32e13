"""One card of a header: its 80 bytes, and the keyword, value and comment that AST finds in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.blocks import CARD_SIZE, split
from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING
from pytest_fitsproc.fits.values import (
    NOT_GRAPHIC,
    CardType,
    CardValue,
    format_value,
    parse_value,
)

KEYWORD_SIZE = 8
COMMENT_COLUMN = 32
VALUE_INDICATOR = "="
COMMENTARY_KEYWORDS = frozenset({"COMMENT", "HISTORY", ""})

_NOT_PRINTABLE = bytes(code for code in range(256) if not 0x20 <= code < 0x7F)
_BEHIND_NAME = re.compile(rb"[^A-Za-z0-9_-]")
_MIN_CONTINUE = 4
# Cards as most programs write them; what is read from them so is what the long way says, only sooner.
_VALUE = rb"""(?<!COMMENT\ )(?<!HISTORY\ )(?<!\ {8}) =\ +
    (?: '([\x20-&(-~]*)' | ([+-]?[0-9]{1,9}) | ([+-]?[0-9]+\.[0-9]*(?:E[+-]?[0-9]+)?) | ([TF]) ) \ *"""
_common_value = re.compile(_VALUE + rb"(?:/|\Z)", re.VERBOSE).match
_common_card = re.compile(rb"[\x20-`{-~]{8}" + _VALUE + rb"(?:/\ *(?=[\x20-~]*\Z)|\Z)", re.VERBOSE).match
# A line for each card, from column 9 on: its value where it is written so, else nothing.
_common_values = re.compile(
    r"""^(?: =\ ++
        ('[\x20-&(-~]*+' | [TF] | [+-]?[0-9]{1,18}+(?:\.[0-9]*+(?:E[+-]?[0-9]++)?)?) \ *+(?:/|$) | ) .*""",
    re.VERBOSE | re.MULTILINE,
).findall
# For each group of the pattern what the card holds, and how its bytes become a value.
_COMMON_TYPES: dict[int, tuple[CardType, Callable[[bytes], CardValue]]] = {
    1: (CardType.STRING, bytes.decode),
    2: (CardType.INT, int),
    3: (CardType.FLOAT, float),
    4: (CardType.LOGICAL, b"T".__eq__),
}
_LOGICALS = {"T": True, "F": False}


class CardError(FitsprocError):
    """A text can't be a card, or a card can't be written in 80 columns.

    Attributes
    ----------
    reason : what is wrong
    text : the card, or its keyword
    number : 1-based number of the card where it came from several; 0 for a single one
    """

    def __init__(self, reason: str, text: str, number: int = 0) -> None:
        self.reason, self.text, self.number = reason, text, number
        super().__init__(f"card {number}: {reason}: {text!r}" if number else f"{reason}: {text!r}")


class Card(NamedTuple):
    """One card as AST sees it, with the bytes it came from.

    Attributes
    ----------
    keyword : columns 1-8 in upper case without trailing blanks; "" in a blank card
    type : what it holds
    value : str, bool, int, float, complex; None for comments and undefined values
    comment : the text behind ``/``; in a card of type COMMENT all behind column 8 as it was
        given, with its blanks (AST knows a banner by its last letters); "" where nothing is visible
    raw : the 80 bytes it was read from; None for a card made here
    """

    keyword: str
    type: CardType
    value: CardValue = None
    comment: str = ""
    raw: bytes | None = None

    def format(self, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> str:
        """Return the 80 characters that AST writes for this card (SUN/211 §16.6).

        Parameters
        ----------
        digits, rounding : for doubles, see `pytest_fitsproc.fits.rounding.format_double`

        Raises
        ------
        CardError : a string is longer than the 68 columns it may have
        """
        if self.type is CardType.COMMENT:
            return f"{self.keyword:8}{self.comment:72}"[:CARD_SIZE]
        value = format_value(self.type, self.value, digits, rounding)
        if value is None:
            raise CardError(f"the string of {self.keyword} is too long for one card", str(self.value))
        indicator = " " if self.type is CardType.CONTINUE else VALUE_INDICATOR
        return _with_comment(f"{self.keyword:8}{indicator} {value}", self.comment)

    def to_bytes(self, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> bytes:
        """Return the 80 bytes it was read from, or those of its text if it was made here.

        Parameters
        ----------
        digits, rounding : for doubles, see `pytest_fitsproc.fits.rounding.format_double`
        """
        return self.raw if self.raw is not None else self.format(digits, rounding).encode("latin-1")


def parse_card(text: str | bytes, number: int = 0) -> Card:
    """Return the card of a text of up to 80 characters; more are cut off, fewer are filled with blanks.

    Control characters at the end are dropped, and everything from a NUL on. A value that can't be
    understood is no error: the card becomes a comment without text (see `has_illegal_value`).
    SUN/211, astPutFits.

    Parameters
    ----------
    number : 1-based number of the card where it is one of several, for the error

    Raises
    ------
    CardError : an equals sign stands before column 9, or a character is not Latin-1
    """
    given = _readable_part(as_bytes(text, number)[:CARD_SIZE])
    if _name_ends_in_equals_sign(given):
        raise CardError("an equals sign stands before column 9", given.decode("latin-1").rstrip(), number)
    return _card_of(given, given.ljust(CARD_SIZE))


def readable_text(text: str | bytes) -> str:
    """Return what a card is made from: 80 characters of a text, without the unprintable ones behind."""
    return _readable_part(as_bytes(text)[:CARD_SIZE]).decode("latin-1")


def as_bytes(text: str | bytes, number: int = 0) -> bytes:
    """Return the bytes of cards given as text, one byte a character (Latin-1).

    Parameters
    ----------
    number : that of the card, for the error

    Raises
    ------
    CardError : a character is not Latin-1
    """
    try:
        return text.encode("latin-1") if isinstance(text, str) else text
    except UnicodeEncodeError as error:
        raise CardError("characters beyond Latin-1 must be given as bytes", str(text), number) from error


def _readable_part(raw: bytes) -> bytes:
    return raw.partition(b"\0")[0].rstrip(_NOT_PRINTABLE)


def _name_ends_in_equals_sign(raw: bytes) -> bool:
    end = _BEHIND_NAME.search(raw, 0, KEYWORD_SIZE)
    return end is not None and end[0] == b"="


def read_card(raw: bytes) -> Card:
    """Return the card of 80 bytes whatever they are: what is no value card is a comment card."""
    match = _common_card(raw)
    if match is None:
        return _card_of(_readable_part(raw), raw)
    group = match.lastindex or 0
    kind, value_of = _COMMON_TYPES[group]
    keyword, comment = raw[:KEYWORD_SIZE].decode(), raw[match.end() :].decode()
    return Card(keyword.rstrip(" "), kind, value_of(match[group]), comment.rstrip(" "), raw)


def common_value(raw: bytes) -> CardValue:
    """Return the value of a card that is no comment, and is written as most programs do; None for others."""
    match = _common_value(raw, KEYWORD_SIZE)
    if match is None:
        return None
    group = match.lastindex or 0
    return _COMMON_TYPES[group][1](match[group])


def common_values(header: bytes, keywords: Iterable[str], left_out: Iterable[str]) -> dict[str, CardValue]:
    """Return the values of all cards that are written as most programs do, by keyword.

    Parameters
    ----------
    keywords : those of the cards
    left_out : keywords to do without: those of comments must be among them
    """
    values: dict[str, CardValue] = {}
    if b"\n" in header:
        return values
    lines = b"\n".join(split(header, CARD_SIZE, KEYWORD_SIZE))
    for keyword, text in zip(keywords, _common_values(lines.decode("latin-1")), strict=True):
        if "'" in text:
            values[keyword] = text[1:-1]
        elif "." in text:
            values[keyword] = float(text)
        elif text in _LOGICALS:
            values[keyword] = _LOGICALS[text]
        elif text:
            values[keyword] = int(text)
    for keyword in left_out:
        values.pop(keyword, None)
    return values


def _card_of(text: bytes, raw: bytes) -> Card:
    keyword = text[:KEYWORD_SIZE].upper().decode("latin-1").rstrip(NOT_GRAPHIC)
    rest = text[KEYWORD_SIZE:].decode("latin-1")
    field = _value_field(keyword, rest)
    if field is None:
        return Card(keyword, CardType.COMMENT, None, rest if rest.strip(NOT_GRAPHIC) else "", raw)
    parsed = parse_value(field)
    if parsed is None:
        return Card(keyword, CardType.COMMENT, None, "", raw)
    kind, value, comment = parsed
    if kind is CardType.STRING and rest[0] == " ":
        kind = CardType.CONTINUE
    return Card(keyword, kind, value, comment, raw)


def _value_field(keyword: str, rest: str) -> str | None:
    """Return what stands from column 10 on where that is a value; ``rest`` begins in column 9."""
    if rest[:1] == VALUE_INDICATOR and keyword not in COMMENTARY_KEYWORDS:
        return rest[1:]
    if keyword == "CONTINUE" and rest[:1] == " " and rest[2:3] == "'" and len(rest) >= _MIN_CONTINUE:
        return rest[1:]
    return None


def has_illegal_value(card: Card) -> bool:
    """Return whether a value card became a comment because its value means nothing (``1 junk``, ``abc``)."""
    if card.type is not CardType.COMMENT or card.raw is None:
        return False
    rest = _readable_part(card.raw)[KEYWORD_SIZE:].decode("latin-1")
    return _value_field(card.keyword, rest) is not None


def illegal_keyword_character(keyword: str) -> str | None:
    """Return the first character no keyword may have; a blank ends the search, as in AST."""
    match = _BEHIND_NAME.search(keyword.encode("latin-1"))
    return match[0].decode("latin-1") if match and match[0] != b" " else None


def _with_comment(text: str, comment: str) -> str:
    if not comment:
        return text.ljust(CARD_SIZE)
    column = max(min(COMMENT_COLUMN, CARD_SIZE + 3 - len(comment)), len(text) + 2)
    return f"{text:{column - 1}}/ {comment}".ljust(CARD_SIZE)[:CARD_SIZE]
