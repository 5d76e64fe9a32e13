"""A template: which cards a header has, in which order, with which comments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.header_order import BLANK

if TYPE_CHECKING:
    from astropy.io.fits import Card

Entry: TypeAlias = "tuple[str, str] | tuple[str, Any, str] | Card"
"""How a card is written in a table: (keyword, comment) or (keyword, value where none is given, comment).

An astropy ``Card`` is as good as the latter; DaCHS wants it instead.
A keyword with ``#`` stands for those with any number there, in the order of the numbers; each ``#`` of the
comment becomes the number. A blank keyword is a title: ``("", title)``.
"""

#: As it stands in HISTORY, a name must be one word; DaCHS reads letters, digits and underscores only.
_is_name = re.compile(r"[!-~]{0,40}").fullmatch
_is_half_numbered = re.compile("#.*[0-9]|[0-9].*#").search


class TemplateError(FitsprocError, ValueError):
    """A template, or what should be put into one, can't be used."""


@dataclass(frozen=True, slots=True)
class TemplateCard:
    """One place of a template.

    Attributes
    ----------
    keyword : in capitals; ``#`` is any number; blank for a title
    comment : of the card, with a unit in brackets first if it has one; of a title, nothing
    default : the value where none is given, the text of a title; None for no card
    """

    keyword: str
    comment: str
    default: Any = None

    @classmethod
    def of(cls, entry: Entry) -> TemplateCard:
        """Return the card that an entry of a table means."""
        match None if isinstance(entry, str) else tuple(entry):
            case ("", str(text)) | ("", str(text), ""):
                return cls(BLANK, "", text)
            case (str(keyword), str(comment)) if not _is_half_numbered(keyword):
                return cls(keyword.upper(), comment)
            case (str(keyword), default, str(comment)) if not _is_half_numbered(keyword):
                return cls(keyword.upper(), comment, default)
        raise TemplateError(
            "an entry of a template is (keyword, comment) or (keyword, value, comment), "
            f"and beside '#' a keyword has no digits; not {entry!r}"
        )

    @property
    def is_title(self) -> bool:
        """Whether the card opens a section."""
        return self.keyword == BLANK

    def numbered(self, numbers: Iterable[str]) -> TemplateCard:
        """Return the card of a keyword with ``#`` for given numbers."""
        keyword, comment = self.keyword, self.comment
        for number in numbers:
            keyword, comment = keyword.replace("#", number, 1), comment.replace("#", number, 1)
        return TemplateCard(keyword, comment, self.default)


@dataclass(frozen=True, slots=True)
class Template:
    """Cards of a header, in order.

    Attributes
    ----------
    name : one word, under which headers remember their template; empty for one that they can't remember
    cards : the places
    """

    name: str
    cards: tuple[TemplateCard, ...]

    @classmethod
    def of(cls, name: str, entries: Iterable[Entry]) -> Template:
        """Return a template of the entries of a table.

        Raises
        ------
        TemplateError
            The name is no word of up to 40 ASCII characters, or an entry is not as `Entry` says.
        """
        if not _is_name(name):
            raise TemplateError(
                f"the name of a template is one word of up to 40 ASCII characters, not {name!r}"
            )
        return cls(name, tuple(map(TemplateCard.of, entries)))

    @property
    def titles(self) -> frozenset[str]:
        """The titles, without what frames them."""
        return frozenset(bare_title(card.default) for card in self.cards if card.is_title)


def title(text: str) -> Entry:
    """Return the entry of a title."""
    return BLANK, f"{'-' * 20} {text}"


def bare_title(text: str) -> str:
    """Return a title without what frames it, to compare titles that two programs wrote."""
    return text.strip("- ").lower()
