"""Putting an object together from what a reader meets: Begin, items, IsA, End."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import cast

from pytest_fitsproc.fitschan.classes import ancestors, is_known
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.item_names import ITEMS, is_known_item, known_items
from pytest_fitsproc.fitschan.objects import AstObject, IsA, Item, ItemKind, ItemValue

MAX_NESTING = 200

# Members under names of their own: to ask their class for one costs Python 3.11 as much as a small call.
_INT, _DOUBLE, _OBJECT = ItemKind.INT, ItemKind.DOUBLE, ItemKind.OBJECT
# To call Item itself takes three times as long.
_new_item = tuple.__new__

# The classes whose items hold values of several types: the item that names the type of an entry, the value
# of the entry, and the types that are doubles.
_TYPED = {
    "KeyMap": (re.compile(r"typ([0-9]+)"), re.compile(r"v([0-9]+)_[0-9]+"), (2,)),
    "FitsChan": (
        re.compile(r"ty([0-9]+)"),
        re.compile(r"d[tri]([0-9]+)"),
        ("floating point", "complex floating point"),
    ),
}


_Pending = tuple[str, ItemKind, ItemValue, bool, str]
"""An item whose class is not known before its section ends: the fields of `Item`."""


class _Open:
    """An object whose end was not met yet."""

    def __init__(self, class_name: str, comment: str) -> None:
        self.class_name, self.comment = class_name, comment
        self.ancestors = ancestors(class_name)
        self.entries: list[Item | IsA] = []
        self.section: list[_Pending] = []

    def close_section(self, class_name: str) -> None:
        """Settle the items that were met; of those of one name the first counts, as in AST."""
        doubles = _typed_doubles(class_name, self.section) if class_name in _TYPED else ()
        taken: set[str] = set()
        for name, kind, value, is_set, comment in self.section:
            for full_name, mark in known_items(class_name, name):
                if full_name not in taken:
                    taken.add(full_name)
                    if kind is _INT and (mark == "D" or name.lower() in doubles):
                        kind, value = _DOUBLE, float(cast(int, value))
                    self.entries.append(_new_item(Item, (full_name, kind, value, is_set, comment)))
                    break
        self.section = []


class Assembly:
    """A stack of open objects that turns events into a finished one.

    Its errors do not tell the place: the reader that met the event adds it.

    Parameters
    ----------
    strict : an item that its class does not have is an error; otherwise it is kept
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._open: list[_Open] = []
        self._awaits_object = False

    @property
    def class_name(self) -> str:
        """The class of the innermost open object; "" where there is none."""
        return self._open[-1].class_name if self._open else ""

    def begin(self, class_name: str, comment: str) -> None:
        if not is_known(class_name):
            raise FitsChanError("OCLUK", f"the class {class_name!r} is unknown to AST")
        if self._open and not self._awaits_object:
            raise FitsChanError("BADIN", f"a {class_name} begins where none is expected")
        if len(self._open) == MAX_NESTING:
            raise FitsChanError("BADIN", f"objects are nested deeper than {MAX_NESTING}")
        self._open.append(_Open(class_name, comment))
        self._awaits_object = False

    def item(self, name: str, kind: ItemKind, value: ItemValue, is_set: bool, comment: str) -> None:
        if self._awaits_object or not self._open:
            raise self._unexpected()
        self._open[-1].section.append((name, kind, value, is_set, comment))
        self._awaits_object = kind is _OBJECT and is_set

    def is_a(self, class_name: str, comment: str) -> None:
        innermost = self._innermost()
        if class_name not in innermost.ancestors:
            reason = f"a {innermost.class_name} is no {class_name}, or it was said before"
            raise FitsChanError("BADIN", reason)
        innermost.ancestors = innermost.ancestors[innermost.ancestors.index(class_name) + 1 :]
        self._close_section(class_name)
        innermost.entries.append(IsA(class_name, comment))

    def end(self, class_name: str) -> AstObject | None:
        """Close the innermost object; return it where it is the outermost."""
        innermost = self._innermost()
        if class_name != innermost.class_name:
            raise FitsChanError("BADIN", f"the end of a {class_name} is in a {innermost.class_name}")
        self._close_section(class_name)
        finished = AstObject(class_name, tuple(innermost.entries), innermost.comment)
        self._open.pop()
        if not self._open:
            return finished
        section = self._open[-1].section
        name, kind, _, is_set, comment = section[-1]
        section[-1] = (name, kind, finished, is_set, comment)
        return None

    def _close_section(self, class_name: str) -> None:
        innermost = self._open[-1]
        if self._strict:
            _refuse_unknown(class_name, innermost.section)
        innermost.close_section(class_name)

    def _innermost(self) -> _Open:
        if self._awaits_object or not self._open:
            raise self._unexpected()
        return self._open[-1]

    def _unexpected(self) -> FitsChanError:
        if not self._open:
            return FitsChanError("BADIN", "no object has begun")
        return FitsChanError("BADIN", f"an object should begin for {self._open[-1].section[-1][0]!r}")


def _refuse_unknown(class_name: str, section: list[_Pending]) -> None:
    for name, *_ in section:
        if class_name in ITEMS and not is_known_item(class_name, name):
            raise FitsChanError("BADIN", f"a {class_name} has no item {name!r}")


def _typed_doubles(class_name: str, section: list[_Pending]) -> Collection[str]:
    """Return the lower-case names of the items that are doubles because another item says so."""
    type_name, value_name, double_types = _TYPED[class_name]
    names = {name.lower(): value for name, _, value, _, _ in section}
    types = {match[1]: names[name] for name in names if (match := type_name.fullmatch(name))}
    values = (match for name in names if (match := value_name.fullmatch(name)))
    return frozenset(match[0] for match in values if types.get(match[1]) in double_types)
