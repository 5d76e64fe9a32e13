"""Tables of a resource descriptor, and the recipes that fill them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.element import Element

if TYPE_CHECKING:
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor


@dataclass(frozen=True, eq=False)
class Table:
    """A ``<table>``.

    Attributes
    ----------
    id : its name in the database, below the schema
    rd : the descriptor that it stands in
    element : as written
    """

    id: str
    rd: ResourceDescriptor
    element: Element

    @property
    def line(self) -> int:
        """Line of the start tag."""
        return self.element.line

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that the descriptor itself gives; mixins may add more."""
        names = (column.value("name") for column in self.element.find_all("column", "param"))
        return tuple(name for name in names if name)

    def qualified_name(self) -> str:
        """Return schema and id, as SQL names the table: ``potsdam.main``."""
        return f"{self.rd.schema}.{self.id}"

    getQName = qualified_name  # noqa: N815


@dataclass(frozen=True, eq=False)
class Make:
    """A ``<make>``: data that a data descriptor puts into a table."""

    rd: ResourceDescriptor
    element: Element

    @property
    def line(self) -> int:
        """Line of the start tag."""
        return self.element.line

    @property
    def table(self) -> Table:
        """The table that is filled.

        Raises
        ------
        DescriptorError
            The element names none, or one that is not there.
        """
        for child in self.element.find_all("table"):
            if child.children or "id" in child.attributes:
                return Table(child.value("id") or "", self.rd, child)
        reference = self.element.value("table")
        if not reference:
            raise self.element.error("<make> names no table")
        found = self.rd.resolve(reference, self.element)
        if not isinstance(found, Table):
            raise self.element.error(f"{reference!r}, named by <make>, is no table")
        return found
