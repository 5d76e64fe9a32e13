"""Elements of a resource descriptor, as they stand in its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_fitsproc.errors import DescriptorError


@dataclass(frozen=True, slots=True)
class Text:
    """A value and the line that it stands on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One XML element; whatever its name, it is kept.

    Attributes
    ----------
    name : tag
    attributes : by name
    children : in document order
    text : character data directly in the element, pieces joined
    place : the file, as errors name it
    line : 1-based line of the start tag
    """

    name: str
    attributes: Mapping[str, str]
    children: tuple[Element, ...]
    text: str
    place: str
    line: int

    def find_all(self, *names: str) -> list[Element]:
        """Return the children that have one of these names."""
        return [child for child in self.children if child.name in names]

    def values(self, *names: str) -> list[Text]:
        """Return what is given under these names: attributes first, then children, stripped of blanks.

        DaCHS takes an attribute and a child element of the same name as the same thing.
        """
        attributes = [
            Text(self.attributes[name].strip(), self.line) for name in names if name in self.attributes
        ]
        return attributes + [Text(child.text.strip(), child.line) for child in self.find_all(*names)]

    def value(self, *names: str) -> str | None:
        """Return the last of `values`, None where there are none."""
        values = self.values(*names)
        return values[-1].text if values else None

    def descendants(self) -> Iterator[Element]:
        """Yield the element and all below it, in document order."""
        yield self
        for child in self.children:
            yield from child.descendants()

    def error(self, reason: str, line: int | None = None) -> DescriptorError:
        """Return an error that names the element's place, or another line of its file."""
        return DescriptorError(self.place, self.line if line is None else line, reason)
