"""AST objects as trees of named items: what the dump of an object says, whatever its class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

BAD = -1.7976931348623157e308
"""AST__BAD: the double that stands for no value."""


class ItemKind(Enum):
    """What an item can be; an int and a double may look alike in text, but not in cards."""

    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    OBJECT = "object"


class Item(NamedTuple):
    """One item of an object.

    Attributes
    ----------
    name : as AST spells it, ``Naxes``
    kind : what the value is
    value : int, float (`BAD` for none), str or AstObject; None for an object that is not set
    is_set : False for a default that is only shown
    comment : what the item means
    """

    name: str
    kind: ItemKind
    value: ItemValue
    is_set: bool = True
    comment: str = ""


class IsA(NamedTuple):
    """The end of the items that a class inherits from one it is derived from."""

    class_name: str
    comment: str = ""


@dataclass(frozen=True)
class AstObject:
    """An AST object: its class, and its items in order, divided by what classes they come from.

    Attributes
    ----------
    class_name : ``SkyFrame``
    entries : items, each group closed by the `IsA` of its class but for the last one
    comment : what the class is
    """

    class_name: str
    entries: tuple[Item | IsA, ...] = ()
    comment: str = ""

    @property
    def items(self) -> Iterator[Item]:
        """The items, without the marks between them."""
        return (entry for entry in self.entries if isinstance(entry, Item))

    def __getitem__(self, name: str) -> ItemValue:
        """Return the value of the first item of a name, in either case.

        Raises
        ------
        NotFoundError : there is none; the message names those that are there
        """
        for item in self.items:
            if item.name.lower() == name.lower():
                return item.value
        from pytest_fitsproc.errors import NotFoundError

        names = ", ".join(item.name for item in self.items)
        raise NotFoundError(f"a {self.class_name} without {name!r}; it has {names}")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(item.name.lower() == name.lower() for item in self.items)

    def without_defaults(self) -> AstObject:
        """Return the object with what is set only, as AST writes it at Full=-1."""
        entries: list[Item | IsA] = []
        for entry in self.entries:
            if isinstance(entry, IsA):
                if entries and isinstance(entries[-1], Item):
                    entries.append(entry)
            elif entry.is_set:
                value = entry.value
                entries.append(
                    entry._replace(value=value.without_defaults() if isinstance(value, AstObject) else value)
                )
        return AstObject(self.class_name, tuple(entries), self.comment)

    def __repr__(self) -> str:
        shown = ", ".join(f"{item.name}={item.value!r}" for item in self.items if item.is_set)
        return f"{self.class_name}({shown})"

    @classmethod
    def from_text(cls, text: str) -> AstObject:
        """Return the object of a Channel dump, as ``str()`` of any AST program gives (SUN/211 §15.3).

        Raises
        ------
        FitsChanError : the text is no dump of one object; the message names the line
        """
        from pytest_fitsproc.fitschan.text import read_text

        return read_text(text)

    def to_text(self, comments: bool = True) -> str:
        """Return the Channel dump of the object, the same text that AST writes (SUN/211 §15.3).

        Parameters
        ----------
        comments : whether to tell what items mean
        """
        from pytest_fitsproc.fitschan.text import write_text

        return write_text(self, comments)

    @classmethod
    def from_ast(cls, ast_object: Any, full: int = -1) -> AstObject:
        """Return the tree of an object of starlink.Ast.

        Parameters
        ----------
        full : -1 for what is set in it, 0 for helpful defaults, too, 1 for all

        Raises
        ------
        FitsChanError : starlink-pyast is not installed, or the object can't be dumped
        """
        from pytest_fitsproc.fitschan.live import from_ast

        return from_ast(ast_object, full)

    def to_ast(self) -> Any:
        """Return the object as one of starlink.Ast.

        Raises
        ------
        FitsChanError : starlink-pyast is not installed, or AST refuses the object
        """
        from pytest_fitsproc.fitschan.live import to_ast

        return to_ast(self)


ItemValue: TypeAlias = int | float | str | AstObject | None
