"""What stands for other elements in a descriptor (``FEED``, ``LOOP``, ``original``), replaced by those."""

from __future__ import annotations

from pytest_fitsproc.archive.copies import Copies
from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.library import Library
from pytest_fitsproc.archive.streams import Streams


def expand_element(root: Element, inputs: InputsDirectory) -> Element:
    """Return the root element of a descriptor with its streams and loops replayed and its originals copied.

    Both may be in other descriptors below the inputs directory. Those of DaCHS itself (``//…``) are not there
    and give nothing.

    Raises
    ------
    DescriptorError
        There is no such stream or original, one contains itself, a loop is written in Python (``codeItems``),
        or there would be more elements than a file may have.
    """
    library = Library(inputs)
    replayed: dict[str, Element] = {}

    def with_streams(root: Element) -> Element:
        if root.place not in replayed:
            replayed[root.place] = Streams(root, library).expanded(root)
        return replayed[root.place]

    def other(rd_id: str, at: Element) -> Element | None:
        found = library.root(rd_id, at)
        return None if found is None else with_streams(found)

    expanded = with_streams(root)
    return Copies(expanded, library, other).copied(expanded)
