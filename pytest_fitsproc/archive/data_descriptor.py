"""Data descriptors: what an archive is made of, and which files hold it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.binds import ProductBinds
from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.archive.sources import Listing, Sources
from pytest_fitsproc.archive.table import Make
from pytest_fitsproc.errors import NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor


class _Absent(Enum):
    """Tells no default from the default None."""

    ABSENT = 0


@dataclass(frozen=True, eq=False, repr=False)
class DataDescriptor:
    """A ``<data>`` element.

    Attributes
    ----------
    id : its name within the resource descriptor
    rd : the resource descriptor that it stands in
    element : as written, with all that streams, loops and ``original`` add
    """

    id: str
    rd: ResourceDescriptor
    element: Element

    def __repr__(self) -> str:
        return f"<DataDescriptor {self.full_id}>"

    @property
    def line(self) -> int:
        """Line of the start tag."""
        return self.element.line

    @property
    def full_id(self) -> str:
        """Id over all descriptors, as ids of pytest items begin with it: ``potsdam/q/import``."""
        return escape(f"{self.rd.rd_id}/{self.id}")

    @property
    def has_sources(self) -> bool:
        """Whether there is a ``<sources>``, usable or not."""
        return bool(self.element.find_all("sources"))

    @cached_property
    def sources(self) -> Listing:
        """Absolute paths of the input files; iterating lists the directories anew.

        Raises
        ------
        DescriptorError
            There is no ``<sources>``, or it can't be used.
        """
        elements = self.element.find_all("sources")
        if not elements:
            raise self.element.error(f"data {self.id!r} has no <sources>")
        return Sources(elements[-1], self.rd.inputs, self.rd.resdir, self.rd.database, self.rd.expand)

    @cached_property
    def properties(self) -> dict[str, str]:
        """Texts of ``<property>``, by ``key`` or ``name``."""
        return read_properties(self.element)

    def get_property(self, name: str, default: str | _Absent | None = _Absent.ABSENT) -> str | None:
        """Return the text of a property, or `default`.

        Raises
        ------
        NotFoundError
            There is no such property, and no default.
        """
        if name in self.properties:
            return self.properties[name]
        if isinstance(default, _Absent):
            known = ", ".join(self.properties) or "none"
            raise NotFoundError(f"{self.full_id} has no property {name!r}; it has: {known}")
        return default

    @cached_property
    def makes(self) -> tuple[Make, ...]:
        """What is made of the data, in document order."""
        return tuple(Make(self.rd, element) for element in self.element.find_all("make"))

    @cached_property
    def product_binds(self) -> ProductBinds:
        """What the first rowfilter ``//products#define`` binds."""
        return ProductBinds.from_data(self)

    getProperty = get_property  # noqa: N815


def read_properties(element: Element) -> dict[str, str]:
    """Return the texts of the ``<property>`` children, by ``key`` (also written ``name``)."""
    found = {}
    for child in element.find_all("property"):
        key = child.attributes.get("key") or child.attributes.get("name")
        if key is None:
            raise child.error("<property> needs a key")
        found[key] = child.text.strip()
    return found
