"""Headers made from templates."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocWarning
from pytest_fitsproc.fits.header_order import (
    BLANK,
    COMMENT,
    COMMENTARY,
    HISTORY,
    blank_card,
    header_of,
    is_structural,
    structural_first,
)
from pytest_fitsproc.fits.templates.history import is_signature, signatures, template_name
from pytest_fitsproc.fits.templates.registry import find_template, known_titles
from pytest_fitsproc.fits.templates.template import (
    Entry,
    Template,
    TemplateCard,
    TemplateError,
    bare_title,
)

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

#: Columns of a card from the value on; of the shortest value; of `` / ``. Longer strings are continued.
_ROOM, _SHORTEST_VALUE, _SLASH = 70, 20, 3


def make_header_from_template(
    template: Template | str | Iterable[Entry], /, original_header: Header | None = None, **values: Any
) -> Header:
    """Return a new header with values put into a template.

    The cards of the template come in its order, with its comments. After them come the cards of
    `original_header` that have no value yet, in their order, its HISTORY, and its COMMENT; HISTORY names the
    template. Titles of templates in `original_header` are left out, so that they do not pile up.

    Parameters
    ----------
    template : itself, its name, or the entries of its table
    original_header : its structural cards hold where no values are given for them; it is not changed
    **values : by keyword, in any case, with ``_`` for ``-`` (``RA_ORIG`` for ``RA-ORIG``). A tuple is a value
        and a comment. None is as good as not given.

    Raises
    ------
    NotFoundError
        No template has this name.
    TemplateError
        The template has no card for a value, and there is no `original_header` (with one, such values are
        ignored); or a card can't have a value: it is not ASCII, not finite, of no type that FITS knows.

    Warns
    -----
    FitsprocWarning
        The template has no name that the header could remember.
    """
    chosen = find_template(template)
    original = [] if original_header is None else list(original_header.cards)
    if original_header is None:
        _refuse(chosen, unknown_keywords(chosen, values))
    structural = (card for card in original if is_structural(card.keyword))
    return _finished(chosen, _filled(chosen, values, structural), original)


def update_templated_header(
    header: Header, template: Template | str | Iterable[Entry] | None = None, /, **values: Any
) -> Header:
    """Return a header with some values changed and its cards in the order of its template.

    Cards that get no value stay as they are, with their comments; parameters else as for
    `make_header_from_template`. Values that the template has no card for are ignored.

    Parameters
    ----------
    header : it is not changed
    template : None for the one that HISTORY names

    Raises
    ------
    NotFoundError
        HISTORY names no template, or one that is not registered.
    """
    chosen = find_template(template_name(header) if template is None else template)
    cards = list(header.cards)
    ordinary = (card for card in cards if card.keyword not in COMMENTARY)
    return _finished(chosen, _filled(chosen, values, ordinary), cards)


def unknown_keywords(template: Template | str | Iterable[Entry], values: Mapping[str, Any]) -> list[str]:
    """Return those keywords with a value that a template has no card for."""
    known = {_normal(card.keyword) for card in find_template(template).cards}
    return [
        keyword
        for keyword, value in values.items()
        if value is not None and known.isdisjoint((_normal(keyword), _family(_normal(keyword))))
    ]


def _refuse(template: Template, unknown: list[str]) -> None:
    if unknown:
        called = f"the template {template.name!r}" if template.name else "this template"
        raise TemplateError(f"{called} has no card for {', '.join(unknown)}")


def _filled(template: Template, values: Mapping[str, Any], present: Iterable[Card]) -> list[Card]:
    """Return the cards of a template with values, or else the cards that are present already."""
    given = {_normal(keyword): value for keyword, value in values.items() if value is not None}
    cards: defaultdict[str, list[Card]] = defaultdict(list)
    for card in present:
        cards[card.keyword].append(card)
    numbers = _numbers([*given, *map(_normal, cards)])
    return [
        card
        for general in template.cards
        for place in _places(general, numbers)
        for card in _cards_at(place, given, cards)
    ]


def _normal(keyword: str) -> str:
    """Return what is the same for all ways to write a keyword as an argument."""
    return keyword.upper().replace("_", "-")


def _family(keyword: str) -> str:
    return re.sub("[0-9]+", "#", keyword)


def _numbers(keywords: Iterable[str]) -> dict[str, list[list[str]]]:
    """Return the numbers in keywords, by the keyword with ``#`` in their place, in order."""
    found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for keyword in keywords:
        found[_family(keyword)].add(tuple(re.findall("[0-9]+", keyword)))
    return {
        family: sorted(map(list, some), key=lambda one: list(map(int, one))) for family, some in found.items()
    }


def _places(card: TemplateCard, numbers: Mapping[str, list[list[str]]]) -> Iterator[TemplateCard]:
    if "#" not in card.keyword:
        yield card
    else:
        yield from map(card.numbered, numbers.get(_normal(card.keyword), []))


def _cards_at(place: TemplateCard, given: dict[str, Any], present: dict[str, list[Card]]) -> list[Card]:
    """Return the cards at a place of a template, and take them from `given` and `present`."""
    value = given.pop(_normal(place.keyword), None)
    kept = present.pop(place.keyword, [])
    if value is not None:
        return [_card(place, value)]
    if kept or place.default is None:
        return kept
    return [_card(place, place.default)]


def _card(place: TemplateCard, value: Any) -> Card:
    from astropy.io.fits import Card

    if place.is_title:
        return Card(BLANK, value)
    try:
        value, comment = value if isinstance(value, tuple) else (value, _fitting(place.comment, value))
        return Card(place.keyword, value, comment)
    except ValueError as exc:
        raise TemplateError(f"{place.keyword} of the template can't have this value: {exc}") from exc


def _fitting(comment: str, value: Any) -> str:
    """Cut off what a string leaves no room for, of which astropy would warn for every file."""
    size = len(value.replace("'", "''")) + len("''") if isinstance(value, str) else 0
    if size > _ROOM:
        return comment
    return comment[: max(0, _ROOM - max(size, _SHORTEST_VALUE) - _SLASH)]


def _finished(template: Template, filled: list[Card], original: list[Card]) -> Header:
    """Return the header of the cards of a template and of what else the original header has."""
    own = {(card.keyword, card.value) for card in filled if card.keyword in COMMENTARY}
    history = [card for card in original if card.keyword == HISTORY and (HISTORY, card.value) not in own]
    comments = [card for card in original if card.keyword == COMMENT and (COMMENT, card.value) not in own]
    return header_of(
        [
            *structural_first([*filled, *_others(template, filled, original)]),
            *(card for card in history if not is_signature(card)),
            *_signature(template),
            *([blank_card(), *comments] if comments else []),
        ]
    )


def _others(template: Template, filled: list[Card], original: list[Card]) -> list[Card]:
    """Return the cards of the original header, without commentary, that the template has no part in."""
    taken = {card.keyword for card in filled} | {HISTORY, COMMENT}
    titles = known_titles() | template.titles | {BLANK}
    return [
        card
        for card in original
        if (bare_title(card.value) not in titles if card.keyword == BLANK else card.keyword not in taken)
    ]


def _signature(template: Template) -> list[Card]:
    if template.name:
        return signatures(template.name)
    warnings.warn(
        "the template has no name that the header could remember; give it one with register_template",
        FitsprocWarning,
        stacklevel=4,
    )
    return []
