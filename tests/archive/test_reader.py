"""The XML of descriptors: what is refused, and where errors point."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.reader import MAX_DEPTH, MAX_ELEMENTS, MAX_SIZE, read_element
from pytest_fitsproc.errors import DescriptorError


def _read(content: bytes | str, tmp_path: Path) -> Element:
    path = tmp_path / "q.rd"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_element(path, "potsdam/q.rd")


def test_elements_keep_names_lines_and_text(tmp_path: Path) -> None:
    root = _read("<resource>\n <a x='1'>t<b/>u</a>\n<!-- <c/> -->\n</resource>", tmp_path)
    (child,) = root.children
    assert (child.name, child.line, child.text, dict(child.attributes)) == ("a", 2, "tu", {"x": "1"})
    assert [element.name for element in root.descendants()] == ["resource", "a", "b"]


def test_attributes_and_children_are_the_same_thing(tmp_path: Path) -> None:
    root = _read("<r x=' 1 '>\n<x> 2 </x></r>", tmp_path)
    assert [(value.text, value.line) for value in root.values("x")] == [("1", 1), ("2", 2)]
    assert root.value("x") == "2"
    assert root.value("y") is None


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("<a>\n<b>\n</a>", 3, "not well-formed XML: mismatched tag"),
        ("", 1, "not well-formed XML: no element found"),
        ("<a/>\n<b/>", 2, "not well-formed XML: junk after document element"),
        ("<a>&x;</a>", 1, "not well-formed XML: undefined entity"),
        ("<!DOCTYPE a>\n<a/>", 1, "a DOCTYPE is refused"),
        ('<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>', 1, "a DOCTYPE is refused"),
        ("<a>" * (MAX_DEPTH + 1), 1, f"nested more than {MAX_DEPTH} deep"),
        ("<a>" + "<b/>" * MAX_ELEMENTS + "</a>", 1, f"more than {MAX_ELEMENTS} elements"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', 1, "unknown encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', 1, "can't be decoded|not well-formed"),
        (b"<a>\xff</a>", 1, "not well-formed XML"),
        (b"<a>\0</a>", 1, "not well-formed XML"),
    ],
)
def test_what_is_refused_names_its_line(content: bytes | str, line: int, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match=reason) as caught:
        _read(content, tmp_path)
    assert (caught.value.path, caught.value.line) == ("potsdam/q.rd", line)


def test_a_file_too_big_is_not_parsed(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match=r"^potsdam/q\.rd: is bigger than 10 MB"):
        _read(b"<a>" + b" " * MAX_SIZE + b"</a>", tmp_path)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="can't be read: No such file"):
        read_element(tmp_path / "none", "none.rd")
    with pytest.raises(DescriptorError, match="can't be read: Is a directory"):
        read_element(tmp_path, "dir.rd")
