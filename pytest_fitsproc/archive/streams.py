"""Replaying what ``STREAM`` records, by ``FEED`` and ``LOOP``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from pytest_fitsproc.archive.descriptor_macros import defined_macros
from pytest_fitsproc.archive.editing import Editing
from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.library import Library
from pytest_fitsproc.archive.macros import Macro, expand
from pytest_fitsproc.archive.reader import MAX_DEPTH

#: Elements that record others; they leave nothing where they stand.
_STREAMS = ("STREAM", "NXSTREAM")
_FEEDS = ("FEED", "LFEED")
#: What a stream says about itself.
_NOT_REPLAYED = ("DEFAULTS", "doc")


class _Final(str):
    """A value whose macros are expanded: in DaCHS only the innermost replay does that."""

    __slots__ = ()


class Streams:
    """The streams of one descriptor, and what replaying them gives.

    Macros in a value are expanded once, by the innermost replay that it stands in; those of an NXSTREAM again
    by each replay further out. Macros that a replay does not know stay as they are.
    """

    def __init__(self, root: Element, library: Library) -> None:
        self._library = library
        self._place = root.place
        self._streams = _streams_in(root.descendants())
        self._macros = defined_macros(root)
        # The stream is kept with what it records, so that its id stays its own.
        self._recorded: dict[int, tuple[Element, list[Element]]] = {}

    def expanded(self, element: Element, depth: int = 1) -> Element:
        """Return an element with all streams and loops in it replayed, and those that record them gone.

        Raises
        ------
        DescriptorError
            There is no such stream, it contains itself, makes too much, or a loop is written in Python.
        """
        _check_depth(element, depth)
        children = self._replayed_in(element.children, depth)
        return replace(element, children=tuple(child for child in children if child.name not in _STREAMS))

    def _replayed_in(self, children: Iterable[Element], depth: int) -> list[Element]:
        """The children with what FEEDs and LOOPs among them give; streams stay, as loops may make some."""
        expanded: list[Element] = []
        for child in children:
            if child.name == "LOOP":
                for row in self._rows(child):
                    expanded += self._replayed(child, row, depth)
            elif child.name in _FEEDS:
                expanded += self._replayed(child, {}, depth)
            elif child.name in _STREAMS:
                expanded.append(child)
            else:
                expanded.append(self.expanded(child, depth + 1))
        return expanded

    def _rows(self, loop: Element) -> Iterator[dict[str, str]]:
        if loop.values("codeItems"):
            raise loop.error("codeItems are Python, which is never run; use listItems or csvItems")
        lists, tables = loop.values("listItems"), loop.values("csvItems")
        if len(lists) + len(tables) != 1:
            raise loop.error("<LOOP> needs either listItems or csvItems")
        text = _with_macros((lists or tables)[0].text, loop, self._macros)
        return ({"item": item} for item in text.split()) if lists else _csv_rows(text, loop)

    def _replayed(self, feed: Element, row: Mapping[str, str], depth: int) -> list[Element]:
        """What a FEED gives, or one round of a LOOP."""
        self._library.spend(feed, 1)
        found = self._recording(feed)
        if found is None:
            return []
        owner, recording = found
        with self._library.following(recording, feed):
            made = owner._played(recording, Editing.from_feed(feed, recording, row), depth)
        self._streams.update(_streams_in(made))
        return made

    def _recording(self, feed: Element) -> tuple[Streams, Element] | None:
        """What a FEED or LOOP replays, and whose it is; None for a stream of DaCHS' own."""
        source, events = feed.value("source"), feed.find_all("events")
        if (source is None) == (not events):
            raise feed.error(f"<{feed.name}> needs either a source or events")
        if source is None:
            return self, events[0]
        rd_id, _, stream_id = source.rpartition("#")
        if not rd_id:
            return self, self._own_stream(stream_id, feed)
        root = self._library.root(rd_id, feed)
        if root is None:
            return None
        owner = self if root.place == self._place else Streams(root, self._library)
        return owner, owner._own_stream(stream_id, feed)

    def _own_stream(self, stream_id: str, feed: Element) -> Element:
        if stream_id not in self._streams:
            known = ", ".join(self._streams) or "none"
            raise feed.error(f"{self._place} has no STREAM {stream_id!r}; it has: {known}")
        return self._streams[stream_id]

    def _played(self, recording: Element, editing: Editing, depth: int) -> list[Element]:
        again = recording.name == "NXSTREAM" or (recording.value("passivate") or "").lower() == "true"
        if again:
            made = [self._made(child, editing, depth, str) for child in _content(recording.children, editing)]
            return self._replayed_in(made, depth)
        if id(recording) not in self._recorded:
            self._recorded[id(recording)] = recording, self._replayed_in(recording.children, depth)
        _, recorded = self._recorded[id(recording)]
        return [self._made(child, editing, depth, _Final) for child in _content(recorded, editing)]

    def _made(self, element: Element, editing: Editing, depth: int, kind: type[str]) -> Element:
        """A copy of a recorded element with macros expanded and edits done; `kind` says if for good."""
        _check_depth(element, depth)

        def value(text: str) -> str:
            if "\\" not in text or isinstance(text, _Final):
                return text
            return kind(_with_macros(text, element, editing.macros))

        attributes = {name: value(text) for name, text in element.attributes.items()}
        text = value(element.text)
        self._library.spend(element, 1, len(text) + sum(map(len, attributes.values())))
        children = [self._made(child, editing, depth + 1, kind) for child in editing.kept(element.children)]
        macros_only = editing.without_changes()
        for child in editing.added_to(element.name, attributes):
            children.append(self._made(child, macros_only, depth + 1, kind))
        return replace(element, attributes=attributes, text=text, children=tuple(children))


def _streams_in(elements: Iterable[Element]) -> dict[str, Element]:
    return {e.attributes["id"]: e for e in elements if e.name in _STREAMS and "id" in e.attributes}


def _check_depth(element: Element, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise element.error(f"elements are nested more than {MAX_DEPTH} deep")


def _content(recorded: Iterable[Element], editing: Editing) -> list[Element]:
    return editing.kept(element for element in recorded if element.name not in _NOT_REPLAYED)


def _with_macros(text: str, at: Element, macros: Mapping[str, Macro]) -> str:
    try:
        return expand(text, macros, keep_unknown=True)
    except ValueError as error:
        raise at.error(f"a macro can't be expanded: {error}") from error


def _csv_rows(text: str, loop: Element) -> Iterator[dict[str, str]]:
    """Rows of a table with a heading; blanks around values don't count."""
    import csv

    for row in csv.DictReader(text.splitlines(), skipinitialspace=True):
        if None in row:
            raise loop.error(f"csvItems: a row has more values than the heading: {row[None]}")
        yield {name.strip(): (value or "").strip() for name, value in row.items()}
