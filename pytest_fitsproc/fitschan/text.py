"""Channel text: the dump of an AST object in lines ``Name = value # comment`` (SUN/211 §15.3, §15.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fitsproc.fitschan.assembly import Assembly
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.objects import BAD, AstObject, IsA, Item, ItemKind, ItemValue

BAD_TEXT = "<bad>"

_INDENT = 3

_LINE = re.compile(
    r"""(?P<unset>\#)?[ \t]*
    (?: (?P<mark>Begin|IsA|End)[ \t]+(?P<class>\w+)
      | (?P<name>\w+)[ \t]*=[ \t]*(?P<value>"(?:[^"]|"")*"|[^\#\s]*)
    )
    [ \t\r]*(?:\#[ ]?(?P<comment>[^\n]*))?(?:\n|\Z)""",
    re.VERBOSE,
)
_REMARK = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_MARKS_OF_DOUBLE = re.compile(r"[.e]|nan|inf", re.IGNORECASE)


def read_text(text: str) -> AstObject:
    """Return the object of a Channel dump; see `AstObject.from_text`."""
    assembly, found = Assembly(), None
    for number, line in _lines(text):
        try:
            if found is not None:
                raise FitsChanError("BADIN", f"text behind the end of the {found.class_name}")
            found = _read_line(line, assembly)
        except FitsChanError as error:
            raise FitsChanError(error.code, f"line {number}: {error}: {line[0].strip()!r}") from error
    if found is None:
        missing = f"the end of a {assembly.class_name}" if assembly.class_name else "an object"
        raise FitsChanError("EOCHN", f"the text ends without {missing}")
    return found


def _lines(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the 1-based number and the parts of each line that says something; a string may span lines."""
    position, number = 0, 1
    while position < len(text):
        match = _LINE.match(text, position)
        remark = match or _REMARK.match(text, position)
        if remark is None:
            line = text[position:].partition("\n")[0].strip()
            raise FitsChanError("BADIN", f"line {number}: no line of an AST object: {line!r}")
        if match:
            yield number, match
        number += remark[0].count("\n")
        position = remark.end()


def _read_line(line: re.Match[str], assembly: Assembly) -> AstObject | None:
    comment = line["comment"] or ""
    match line["mark"]:
        case "Begin":
            assembly.begin(line["class"], comment)
        case "IsA":
            assembly.is_a(line["class"], comment)
        case "End":
            return assembly.end(line["class"])
        case _:
            kind, value = _read_value(line["value"])
            assembly.item(line["name"], kind, value, line["unset"] is None, comment)
    return None


def _read_value(text: str) -> tuple[ItemKind, ItemValue]:
    if not text:
        return ItemKind.OBJECT, None
    if text[0] == '"':
        return ItemKind.STRING, text[1:-1].replace('""', '"')
    if text == BAD_TEXT:
        return ItemKind.DOUBLE, BAD
    try:
        if _MARKS_OF_DOUBLE.search(text):
            return ItemKind.DOUBLE, float(text)
        return ItemKind.INT, int(text)
    except ValueError as error:
        raise FitsChanError("BADIN", f"{text!r} is no number") from error


def write_text(ast_object: AstObject, comments: bool) -> str:
    """Return the Channel dump of an object; see `AstObject.to_text`."""
    return "".join(f"{line}\n" for line in _object_lines(ast_object, 0, comments))


def _object_lines(ast_object: AstObject, indent: int, comments: bool) -> Iterator[str]:
    margin = " " * (indent + 1)
    yield _line(f"{margin}Begin {ast_object.class_name}", ast_object.comment, comments)
    for entry in ast_object.entries:
        if isinstance(entry, IsA):
            yield _line(f"{margin}IsA {entry.class_name}", entry.comment, comments)
        else:
            yield from _item_lines(entry, indent + _INDENT, comments)
    yield f"{margin}End {ast_object.class_name}"


def _item_lines(item: Item, indent: int, comments: bool) -> Iterator[str]:
    flag = " " if item.is_set else "#"
    shown = f" {_shown(item)}" if item.kind is not ItemKind.OBJECT else ""
    yield _line(f"{flag}{' ' * indent}{item.name} ={shown}", item.comment, comments)
    if isinstance(item.value, AstObject):
        yield from _object_lines(item.value, indent + _INDENT, comments)


def _line(text: str, comment: str, comments: bool) -> str:
    return f"{text} \t# {comment}" if comments and comment else text


def _shown(item: Item) -> str:
    match item.value:
        case str():
            quoted = item.value.replace('"', '""')
            return f'"{quoted}"'
        case float():
            return BAD_TEXT if item.value == BAD else f"{item.value:.17g}"
    return str(item.value)
