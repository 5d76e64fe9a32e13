"""Writing an AST object as cards in the native encoding (SUN/211 §16.5, §16.7)."""

from __future__ import annotations

import re
from collections.abc import Container

from pytest_fitsproc.fits.blocks import CARD_SIZE
from pytest_fitsproc.fits.cards import KEYWORD_SIZE, Card
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan.native import banners, strings
from pytest_fitsproc.fitschan.native.suffixes import Suffixes
from pytest_fitsproc.fitschan.objects import AstObject, IsA, Item, ItemKind

END_COMMENT = "End of object definition"

# Inside these AST does not show defaults unless all are asked for.
_TERSE_ITEM = re.compile(r"Ax[0-9]+|Frame[AB]", re.IGNORECASE)
_CARD_TYPES = {
    ItemKind.INT: CardType.INT,
    ItemKind.DOUBLE: CardType.FLOAT,
    ItemKind.OBJECT: CardType.STRING,
}
_COMMENT_WIDTH = CARD_SIZE - KEYWORD_SIZE
_BAR_STEP = 3
_BAR_WIDTH = 23


class NativeWriter:
    """Makes the cards of objects with suffixes that are new to a channel.

    Parameters
    ----------
    suffixes : the counters of the channel, which count on
    taken : the keywords that the channel has already
    full : -1 for what is set only, 0 for the defaults that an object shows, too, 1 for every class as well
    comments : whether cards have comments, and objects banners
    digits, rounding : for the doubles in commented-out cards, see `format_double`
    """

    def __init__(
        self,
        suffixes: Suffixes,
        taken: Container[str],
        *,
        full: int,
        comments: bool,
        digits: int,
        rounding: int,
    ) -> None:
        self._suffixes, self._taken = suffixes, taken
        self._full, self._comments = full, comments
        self._digits, self._rounding = digits, rounding
        self._cards: list[Card] = []

    def write(self, ast_object: AstObject) -> list[Card]:
        """Return the cards of an object, with a blank card and banners around it."""
        self._cards = banners.header(ast_object.class_name) if self._comments else []
        self._object(ast_object, self._full, 1)
        if self._comments:
            self._cards += banners.footer(ast_object.class_name)
        return self._cards

    def _object(self, ast_object: AstObject, full: int, level: int) -> None:
        is_marked = full >= 0 and level > 1
        if is_marked:
            self._structure("+", level, f"Beginning of {ast_object.class_name}")
        self._class_name("BEGAST", ast_object.class_name, ast_object.comment)
        has_items = False
        for entry in ast_object.entries:
            if isinstance(entry, Item):
                if entry.is_set or full >= 0:
                    self._item(entry, full, level)
                    has_items = True
            elif has_items or full > 0:
                self._is_a(entry, full, level)
                has_items = False
        self._class_name("ENDAST", ast_object.class_name, END_COMMENT)
        if is_marked:
            self._structure("-", level, f"End of {ast_object.class_name}")

    def _is_a(self, mark: IsA, full: int, level: int) -> None:
        self._class_name("ISA", mark.class_name, mark.comment)
        if full >= 0:
            self._structure(".", level, "Class boundary")

    def _class_name(self, name: str, class_name: str, comment: str) -> None:
        self._add(name, CardType.STRING, strings.quote(class_name), comment, is_set=True)

    def _item(self, item: Item, full: int, level: int) -> None:
        if item.kind is ItemKind.STRING:
            self._string(item.name, str(item.value), item.comment, item.is_set)
            return
        value = "" if item.kind is ItemKind.OBJECT else item.value
        assert not isinstance(value, AstObject)
        self._add(item.name, _CARD_TYPES[item.kind], value, item.comment, item.is_set)
        if isinstance(item.value, AstObject) and item.is_set:
            is_terse = full <= 0 and _TERSE_ITEM.fullmatch(item.name)
            self._object(item.value, -1 if is_terse else full, level + 1)

    def _string(self, name: str, value: str, comment: str, is_set: bool) -> None:
        chunks = strings.split(value, comment, is_set)
        if not chunks:
            # AST writes no card for an empty string, but counts one.
            self._keyword(name)
            return
        self._add(name, CardType.STRING, chunks[0], comment, is_set)
        self._cards += [Card("CONTINUE", CardType.CONTINUE, chunk) for chunk in chunks[1:]]

    def _add(self, name: str, kind: CardType, value: CardValue, comment: str, is_set: bool) -> None:
        card = Card(self._keyword(name), kind, value, comment if self._comments else "")
        self._cards.append(card if is_set else self._commented_out(card))

    def _keyword(self, name: str) -> str:
        return self._suffixes.keyword(name, self._taken)

    def _commented_out(self, card: Card) -> Card:
        text = card.format(self._digits, self._rounding)[:_COMMENT_WIDTH]
        return Card("COMMENT", CardType.COMMENT, None, text.rstrip())

    def _structure(self, mark: str, level: int, text: str) -> None:
        bar = (mark * _BAR_STEP * level)[:_COMMENT_WIDTH].ljust(_BAR_WIDTH)
        self._cards.append(Card("", CardType.COMMENT, None, f"{bar}/ {text}"))
