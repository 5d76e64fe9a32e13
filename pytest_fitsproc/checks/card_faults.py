"""What is wrong with the cards of a header, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fitsproc.checks.card_rules import COMMENT, LINE, STRING, VALUE

# CODE: the rule that a card breaks; `checks.readable` has their levels.
KEYWORD_RULE = "FP120"
CHARACTER_RULE = "FP121"
VALUE_RULE = "FP122"
NUMBER_RULE = "FP123"
INDICATOR_RULE = "FP124"
CONTINUE_RULE = "FP125"

_COMMENTARY = (b"COMMENT ", b"HISTORY ", b" " * 8)
_LOOSE_REAL = rb"[+-]? *+(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++) *+(?:[EDed] *+[+-]? *+[0-9]++)?+"
_LOOSE_COMPLEX = rb"\( *+" + _LOOSE_REAL + rb" *+, *+" + _LOOSE_REAL + rb" *+\)"
_is_legal_line = re.compile(LINE).fullmatch
_is_keyword = re.compile(rb"[A-Z0-9_-]++ *+").fullmatch
_is_value = re.compile(VALUE).fullmatch
_is_loose_number = re.compile(rb" *+(?:" + _LOOSE_REAL + rb"|" + _LOOSE_COMPLEX + rb")" + COMMENT).fullmatch
_is_open_string = re.compile(rb" *+'(?:[^']|'')*+").fullmatch
_is_continuation = re.compile(rb"CONTINUE  *+" + STRING + COMMENT).fullmatch
_goes_on = re.compile(rb"[^']*+'(?:[^']|'')*& *+'" + COMMENT).fullmatch
_unprintable = re.compile(rb"[^ -~]").search


def faults(cards: tuple[bytes, ...]) -> Iterator[tuple[int, str, str]]:
    """Yield 1-based card number, code and message for all that is wrong in the cards of a header."""
    previous = b""
    for number, card in enumerate(cards, 1):
        if not _is_legal_line(b"\n" + card):
            for code, message in _faults_of_card(card, previous):
                yield number, code, message
        previous = card


def _faults_of_card(card: bytes, previous: bytes) -> Iterator[tuple[str, str]]:
    """Yield code and message for what is wrong with one card that follows `previous`."""
    if found := _unprintable(card):
        byte = f"\\x{found[0][0]:02x}"
        yield CHARACTER_RULE, f"has a byte {byte} in column {found.start() + 1}: {_shown(card)}"
    elif card.startswith(_COMMENTARY):
        return
    elif card.startswith(b"CONTINUE"):
        yield from _continue_faults(card, previous)
    elif card.startswith(b"HIERARCH ") and b"=" in card:
        yield from _value_faults(card.partition(b"=")[2])
    elif card.startswith(b"END "):
        yield KEYWORD_RULE, f"after END come more than blanks: {_shown(card)}"
    else:
        yield from _keyword_faults(card[:8])
        if card[8:10] == b"= ":
            yield from _value_faults(card[10:])
        elif card[8:9] == b"=":
            yield INDICATOR_RULE, f"the = is not followed by a blank: {_shown(card)}"


def _keyword_faults(keyword: bytes) -> Iterator[tuple[str, str]]:
    if _is_keyword(keyword):
        return
    if _is_keyword(keyword.upper()):
        yield KEYWORD_RULE, f"the keyword {_shown(keyword)} has lower-case letters"
    elif keyword.startswith(b" "):
        yield KEYWORD_RULE, f"the keyword does not begin in column 1: {_shown(keyword)}"
    else:
        yield KEYWORD_RULE, f"the keyword {_shown(keyword)} has characters other than A-Z 0-9 - _"


def _value_faults(field: bytes) -> Iterator[tuple[str, str]]:
    if _is_value(field):
        return
    value = _shown(field.partition(b"/")[0].strip())
    if _is_loose_number(field):
        yield NUMBER_RULE, f"the number {value} has blanks or a lower-case exponent"
    elif _is_open_string(field):
        yield VALUE_RULE, f"the string has no closing quote: {_shown(field)}"
    elif field.lstrip().startswith(b"'"):
        yield VALUE_RULE, f"after the string comes something other than a / and a comment: {_shown(field)}"
    else:
        yield VALUE_RULE, f"{value} is no value: neither a quoted string nor a number, T or F"


def _continue_faults(card: bytes, previous: bytes) -> Iterator[tuple[str, str]]:
    if not _goes_on(previous):
        yield CONTINUE_RULE, "CONTINUE does not follow a string that ends in &"
    elif not _is_continuation(card):
        yield VALUE_RULE, f"CONTINUE is not followed by a string: {_shown(card)}"


def _shown(text: bytes) -> str:
    """Return bytes in quotes, with ``\\xNN`` for those that a terminal must not get."""
    return repr(text.rstrip(b" "))[1:]
