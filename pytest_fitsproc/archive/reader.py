"""Reading the XML of a resource descriptor: expat, with limits, and nothing that reaches beyond the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.errors import DescriptorError

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

#: Bytes; the biggest published descriptors have some hundred kB.
MAX_SIZE = 10_000_000
MAX_DEPTH = 100
#: The file's own elements, and again those that streams and loops make of them.
MAX_ELEMENTS = 100_000


def read_element(path: Path, place: str) -> Element:
    """Return the root element of an XML file.

    Parameters
    ----------
    place : how errors name the file

    Raises
    ------
    DescriptorError
        The file can't be read, is not well-formed, carries a DOCTYPE or is beyond `MAX_SIZE`, `MAX_DEPTH` or
        `MAX_ELEMENTS`.
    """
    return _Builder(place).build(_read_bytes(path, place))


def _read_bytes(path: Path, place: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        raise DescriptorError(place, 0, f"can't be read: {error.strerror}") from error
    if len(content) > MAX_SIZE:
        raise DescriptorError(
            place, 0, f"is bigger than {MAX_SIZE // 1_000_000} MB, too big for a descriptor"
        )
    return content


@dataclass
class _Open:
    """An element whose end tag is still to come."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def close(self, place: str) -> Element:
        return Element(self.name, self.attributes, tuple(self.children), "".join(self.text), place, self.line)


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._stack = [_Open("", {}, 0)]
        self._count = 0
        self._parser = self._make_parser()

    def _make_parser(self) -> XMLParserType:
        from xml.parsers import expat

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def build(self, content: bytes) -> Element:
        from xml.parsers import expat

        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            raise DescriptorError(
                self._place, error.lineno, f"not well-formed XML: {_words(error)}"
            ) from error
        except (LookupError, ValueError) as error:
            self._fail(f"can't be decoded: {error}", error)
        return self._stack[0].children[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            self._fail(f"more than {MAX_ELEMENTS} elements")
        if len(self._stack) > MAX_DEPTH:
            self._fail(f"elements are nested more than {MAX_DEPTH} deep")
        self._stack.append(_Open(name, attributes, self._parser.CurrentLineNumber))

    def _end(self, _name: str) -> None:
        element = self._stack.pop().close(self._place)
        self._stack[-1].children.append(element)

    def _characters(self, data: str) -> None:
        self._stack[-1].text.append(data)

    def _doctype(self, *_declaration: object) -> None:
        self._fail("a DOCTYPE is refused: a descriptor needs no entities and no external files")

    def _fail(self, reason: str, cause: Exception | None = None) -> NoReturn:
        raise DescriptorError(self._place, self._parser.CurrentLineNumber, reason) from cause


def _words(error: Exception) -> str:
    """What expat says, without the place: ``mismatched tag``."""
    from xml.parsers.expat import ErrorString

    return ErrorString(error.code) if hasattr(error, "code") else str(error)
