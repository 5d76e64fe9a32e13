"""The ASTWARN cards that AST puts in front of a card it finds fault with (SUN/211, attribute Warnings)."""

from __future__ import annotations

from pytest_fitsproc.fits.cards import Card, has_illegal_value, illegal_keyword_character
from pytest_fitsproc.fits.values import CardType

KEYWORD = "ASTWARN"

_LINE = 60


def faults(card: Card, text: str, conditions: str) -> list[str]:
    """Return what is wrong with a card, as far as the conditions ask.

    Parameters
    ----------
    text : what the card was made from
    conditions : names of conditions, in either case
    """
    asked = conditions.lower().split()
    found = []
    if "badkeyname" in asked and (character := illegal_keyword_character(card.keyword)):
        found.append(f"The FITS keyword name ('{card.keyword}') contains an illegal {_described(character)}.")
    if "badkeyvalue" in asked and has_illegal_value(card):
        found.append(f"The keyword value is illegal in '{text}'")
    return found


def _described(character: str) -> str:
    if " " <= character <= "~":
        return f"character ('{character}')"
    return f"non-printing character (ascii value {ord(character)})"


def warning_cards(text: str) -> list[Card]:
    """Return a warning as cards: lines of about 60 characters between two blank ones."""
    return [Card(KEYWORD, CardType.STRING, line) for line in ("", *_lines(text), "")]


def _lines(text: str) -> list[str]:
    lines = []
    while len(text) > _LINE:
        # Where there is no blank, AST's line has one character.
        end = max(text.rfind(" ", 0, _LINE + 1), 0) + 1
        lines.append(text[:end])
        text = text[end:]
    return [*lines, text]
