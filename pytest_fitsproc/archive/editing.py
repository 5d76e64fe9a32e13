"""How a ``FEED`` changes what it replays: macros, ``EDIT`` and ``PRUNE``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.macros import Macro

#: What a FEED or LOOP says about itself; all else that it is given are macros.
_OWN_WORDS = ("source", "events", "reexpand", "doc", "EDIT", "PRUNE", "listItems", "csvItems", "codeItems")
#: An expression for PRUNE: without groups, and with few repetitions, so that it can't take exponential time.
_TAME = re.compile(r"[^(){}*+?]*(?:[*+?]+[^(){}*+?]*){0,2}")
_EDIT_TARGET = re.compile(r"([A-Za-z_]\w*)\[([A-Za-z_]\w*)\]", re.ASCII)


@dataclass(frozen=True)
class Editing:
    """What a FEED, or one round of a LOOP, does to the elements that it replays.

    Attributes
    ----------
    macros : those that the replayed values may use
    additions : elements to add, by tag and by name or id of the element that gets them
    conditions : an element goes whose attributes match all expressions of one of these
    """

    macros: Mapping[str, Macro]
    additions: Mapping[tuple[str, str], tuple[Element, ...]]
    conditions: tuple[Mapping[str, re.Pattern[str]], ...]

    @classmethod
    def from_feed(cls, feed: Element, recording: Element, row: Mapping[str, str]) -> Editing:
        """Return what a FEED asks for.

        Parameters
        ----------
        recording : the stream, which may have defaults for macros
        row : what a LOOP gives in this round

        Raises
        ------
        DescriptorError
            An EDIT has no target, or a PRUNE is more than a simple expression.
        """
        values: dict[str, str] = {}
        for defaults in recording.find_all("DEFAULTS"):
            values |= _values(defaults)
        values |= _values(feed, _OWN_WORDS)
        values |= row
        return cls(
            {name: _constant(text) for name, text in values.items()},
            dict(_addition(edit) for edit in feed.find_all("EDIT")),
            tuple(_condition(prune) for prune in feed.find_all("PRUNE")),
        )

    def kept(self, elements: Iterable[Element]) -> list[Element]:
        """Return the elements that no PRUNE takes away."""
        return [element for element in elements if not any(map(self._matcher(element), self.conditions))]

    def added_to(self, name: str, attributes: Mapping[str, str]) -> tuple[Element, ...]:
        """Return what an EDIT adds to an element."""
        found = (self.additions.get((name, attributes.get(key, ""))) for key in ("id", "name"))
        return next(filter(None, found), ())

    def without_changes(self) -> Editing:
        """Return the same macros alone."""
        return replace(self, additions={}, conditions=())

    @staticmethod
    def _matcher(element: Element) -> Callable[[Mapping[str, re.Pattern[str]]], bool]:
        return lambda condition: all(
            pattern.search(element.attributes.get(name, "")) for name, pattern in condition.items()
        )


def _values(element: Element, own_words: tuple[str, ...] = ()) -> dict[str, str]:
    """Attributes and child elements, which mean the same."""
    given = dict(element.attributes) | {child.name: child.text.strip() for child in element.children}
    return {name: text for name, text in given.items() if name not in own_words}


def _constant(text: str) -> Macro:
    return lambda: text


def _addition(edit: Element) -> tuple[tuple[str, str], tuple[Element, ...]]:
    target = _EDIT_TARGET.fullmatch(edit.value("ref") or "")
    if target is None:
        raise edit.error("<EDIT> needs a ref of the form element[name]")
    return (target[1], target[2]), edit.children


def _condition(prune: Element) -> Mapping[str, re.Pattern[str]]:
    try:
        return {name: re.compile(_tame(text, prune)) for name, text in prune.attributes.items()}
    except re.error as error:
        raise prune.error(f"<PRUNE> has a bad expression: {error}") from error


def _tame(expression: str, prune: Element) -> str:
    if not _TAME.fullmatch(expression):
        raise prune.error(f"<PRUNE> takes expressions without groups only, not {expression!r}")
    return expression
