"""The descriptors that one descriptor refers to, and how much they may make of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.inputs import InputsDirectory, OutsideInputsError
from pytest_fitsproc.archive.reader import MAX_ELEMENTS, MAX_SIZE, read_element

#: Streams in streams and copies of copies; a limit to keep Python's stack far away.
_MAX_NESTING = 50


class Library:
    """Files of descriptors, each read once, and limits for all that is made of them together."""

    def __init__(self, inputs: InputsDirectory) -> None:
        self._inputs = inputs
        self._roots: dict[str, Element] = {}
        self._active: list[Element] = []
        self._elements = self._characters = 0

    def root(self, rd_id: str, at: Element) -> Element | None:
        """Return the root of another descriptor, None for DaCHS' own ones (``//…`` and ``%``).

        Raises
        ------
        DescriptorError
            There is no such descriptor below the inputs directory, or it can't be read.
        """
        if rd_id.startswith(("//", "__system__/")) or rd_id == "%":
            return None
        try:
            path = self._inputs.path_of(rd_id.removesuffix(".rd") + ".rd")
        except OutsideInputsError as error:
            raise at.error(str(error)) from error
        place = self._inputs.accref(path)
        if not path.is_file():
            raise at.error(f"there is no resource descriptor {place}")
        if place not in self._roots:
            self._roots[place] = read_element(path, place)
        return self._roots[place]

    @contextmanager
    def following(self, element: Element, at: Element) -> Iterator[None]:
        """Keep in mind that `element` is being expanded.

        Raises
        ------
        DescriptorError
            It is expanded already, further out: it contains itself. Or there are too many further out.
        """
        if any(active is element for active in self._active):
            raise at.error(f"<{element.name} id={element.attributes.get('id')!r}> contains itself")
        if len(self._active) >= _MAX_NESTING:
            raise at.error(f"references go through more than {_MAX_NESTING} others")
        self._active.append(element)
        try:
            yield
        finally:
            self._active.pop()

    def spend(self, at: Element, elements: int, characters: int = 0) -> None:
        """Count what is made.

        Raises
        ------
        DescriptorError
            It is more than a file may hold: a small file must not become a big tree.
        """
        self._elements += elements
        self._characters += characters
        if self._elements > MAX_ELEMENTS or self._characters > MAX_SIZE:
            raise at.error("streams, loops and copies make too many elements")
