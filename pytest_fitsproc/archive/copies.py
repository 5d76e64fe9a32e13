"""Copying elements from their ``original``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.library import Library
from pytest_fitsproc.archive.reader import MAX_DEPTH

#: Elements whose ``original`` is followed, for these say what the files are.
_COPIED = ("data", "table", "service", "sources")
#: What DaCHS does not copy.
_NOT_INHERITED = ("id", "property", "meta")
#: What an element has one of: its own replaces that of its original.
_SINGLE = ("sources", "ignoredSources", "ignoreSources")


class Copies:
    """Follows ``original`` in one descriptor.

    Parameters
    ----------
    root : the descriptor, streams replayed
    other : gives the root of another descriptor, streams replayed; None for DaCHS' own
    """

    def __init__(
        self, root: Element, library: Library, other: Callable[[str, Element], Element | None]
    ) -> None:
        self._root, self._library, self._other = root, library, other
        self._by_id = {
            element.attributes["id"]: element
            for element in root.descendants()
            if element.name in _COPIED and "id" in element.attributes
        }

    def copied(self, element: Element, depth: int = 1) -> Element:
        """Return an element with all that it and those in it get from their originals.

        Raises
        ------
        DescriptorError
            There is no such original, or it refers back to its copy.
        """
        if depth > MAX_DEPTH:
            raise element.error(f"elements are nested more than {MAX_DEPTH} deep")
        children = tuple(self.copied(child, depth + 1) for child in element.children)
        own = replace(element, children=children)
        reference = element.attributes.get("original")
        if element.name not in _COPIED or not reference:
            return own
        self._library.spend(element, 1)
        with self._library.following(element, element):
            original = self._original(reference, element, depth)
        return own if original is None else self._merged(original, own)

    def _original(self, reference: str, at: Element, depth: int) -> Element | None:
        rd_id, _, element_id = reference.rpartition("#")
        copies = self
        if rd_id:
            root = self._other(rd_id, at)
            if root is None:
                return None
            copies = Copies(root, self._library, self._other)
        found = copies._by_id.get(element_id)
        if found is None:
            raise at.error(f"there is no original {reference!r}")
        return copies.copied(found, depth)

    def _merged(self, original: Element, own: Element) -> Element:
        given = {*own.attributes, *(child.name for child in own.children)}
        replaced = {*_NOT_INHERITED, *given.intersection(_SINGLE)}
        inherited = [child for child in original.children if child.name not in replaced]
        attributes = {name: text for name, text in original.attributes.items() if name not in _NOT_INHERITED}
        self._library.spend(own, sum(1 for child in inherited for _ in child.descendants()))
        return replace(
            own,
            attributes=attributes | dict(own.attributes),
            children=(*inherited, *own.children),
            text=own.text if own.text.strip() else original.text,
        )
