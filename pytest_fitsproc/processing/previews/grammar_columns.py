"""The columns of a file, as the grammar of a data element declares them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor

#: Values by key: arrays, or the texts of a text file.
Columns = Mapping[str, Sequence[Any]]

#: Children of a grammar that may add, change or drop rows.
_CODE = ("rowfilter", "ignoreOn")
_GRAMMAR = "Grammar"
_TRUE = ("true", "yes", "t", "on", "enabled", "1")

#: The only shell command that is known: DaCHS' manual names it for packed files.
_UNPACKING = "zcat"
_MAX_BYTES = 1 << 26

_TABLES = (b"XTENSION= 'BINTABLE'", b"XTENSION= 'TABLE   '")
_UNREADABLE = "its columns can't be read"

_COLUMN_RANGE = r"\d+\s*-\s*\d*|-\s*\d+|\d+"
_COLUMN_DEFINITION = re.compile(rf"\s*([A-Za-z_]\w*)\s*:\s*({_COLUMN_RANGE})(?=\s|$)")

#: Field separators, and comments, that no line can make slow; others are patterns that a descriptor brings.
_BLANKS = (r"\s+", r"\s*", " +", "[ \t]+", r"[ \t]+")
_CHARACTER = re.compile(r"\\?([^\\\w\s.^$*+?{}\[\]()])|(\\t|\t| )|\\([.^$*+?{}\[\]()|])")
_COMMENT = re.compile(r"\(\?m\)\^\\?([^\\\w\s.^$*+?{}\[\]()|])\.\*\$?")


def read_columns(data: DataDescriptor, path: Path) -> Columns:
    """Return the columns that a data element reads from a file, by the keys that its grammar gives them.

    Raises
    ------
    DescriptorError
        The grammar needs code, or is one of those that are not read here.
    FitsprocError
        The file can't be read.
    """
    grammar = grammar_of(data)
    if grammar.name not in _READERS:
        raise grammar.error(f"<{grammar.name}> is not read here; there are {', '.join(_READERS)}")
    for child in grammar.find_all(*_CODE):
        raise child.error(f"<{child.name}> in a grammar is code, which is never run")
    columns = _READERS[grammar.name](grammar, data.rd, path)
    names = _mapped_names(grammar)
    return {names.get(name, name): values for name, values in columns.items()}


def grammar_of(data: DataDescriptor) -> Element:
    """Return the element that says how a data element's files are read.

    Raises
    ------
    DescriptorError
        There is none.
    """
    for child in data.element.children:
        if child.name.endswith(_GRAMMAR):
            return child
    raise data.element.error(f"data {data.id!r} has no grammar")


def _mapped_names(grammar: Element) -> dict[str, str]:
    """New names by old ones, as ``<mapKeys>`` gives them."""
    names = {}
    for element in grammar.find_all("mapKeys"):
        for pair in filter(None, map(str.strip, element.text.split(","))):
            new, colon, old = pair.partition(":")
            if not colon:
                raise element.error(f"<mapKeys> has pairs new:old, and {pair!r} is none")
            names[old.strip()] = new.strip()
        for child in element.find_all("map"):
            names[child.text.strip()] = child.value("dest", "key") or ""
    return names


def _fits_table(grammar: Element, rd: ResourceDescriptor, path: Path) -> Columns:
    from pytest_fitsproc.imaging.content import errors_as_damage, opened_hdu

    hdu_index = _number(grammar, "hdu", 1)
    is_lower = (grammar.value("lowerKeys") or "").lower() in _TRUE
    with FitsFile(str(path)) as file:
        _check_table(file, hdu_index)
        with opened_hdu(file, hdu_index) as hdu, errors_as_damage(file.path, hdu_index, _UNREADABLE):
            columns = {name: _table_column(hdu.data, name) for name in hdu.data.names}
    return {name.lower() if is_lower else name: values for name, values in columns.items()}


def _check_table(file: FitsFile, hdu_index: int) -> None:
    """Refuse what is no table, and one of which the file has not all bytes, before there is memory for it."""
    found = next((hdu for hdu in file.hdus() if hdu.hdu_index == hdu_index), None)
    if found is None:
        raise FitsFormatError(file.path, "there is no such HDU", hdu_index=hdu_index)
    if not found.header.startswith(_TABLES):
        raise FitsFormatError(file.path, "is no table", hdu_index=hdu_index)
    missing = found.data_end - file.content_size
    if missing > 0:
        raise FitsFormatError(file.path, f"its data end {missing} bytes early", hdu_index=hdu_index)


def _table_column(data: Any, name: str) -> Any:
    """The values of a column of a FITS table; where there are no rows, astropy can't always convert them."""
    import numpy as np

    return _flat(data.field(name)) if len(data) else np.empty(0)


def _flat(values: Any) -> Any:
    """The values of a column; of arrays in a table's cells those of the first row."""
    return values[0] if len(values) and (values.ndim > 1 or values.dtype == object) else values


def _votable(grammar: Element, rd: ResourceDescriptor, path: Path) -> Columns:
    import warnings

    from astropy.io.votable import parse_single_table

    try:
        with warnings.catch_warnings(action="ignore"):
            table = parse_single_table(path, verify="ignore")
    except MemoryError:
        raise
    except Exception as error:  # astropy raises errors of many kinds for what is no VOTable
        shown = " ".join(str(error).split()) or type(error).__name__
        raise FitsprocError(f"{path}: astropy can't read this as a VOTable: {shown}") from error
    fields = [(field.name or field.ID, field.ID) for field in table.fields]
    return {name: _flat(table.array[identifier]) for name, identifier in fields}


def _csv(grammar: Element, rd: ResourceDescriptor, path: Path) -> Columns:
    import csv

    rows = csv.reader(
        _lines(grammar, path),
        delimiter=_one_character(grammar, "delimiter", ","),
        skipinitialspace=(grammar.value("strip") or "").lower() in _TRUE,
    )
    try:
        names = _names(grammar, rd) or [name.strip() for name in next(rows, [])]
        return _by_name(names, [row for row in rows if row])
    except csv.Error as error:
        raise FitsprocError(f"{path}: line {rows.line_num}: {error}") from error


def _columns(grammar: Element, rd: ResourceDescriptor, path: Path) -> Columns:
    ranges = {child.value("key") or "": _slice(child.text) for child in grammar.find_all("col")}
    for definitions in grammar.values("colDefs"):
        found = _COLUMN_DEFINITION.findall(definitions.text)
        if _COLUMN_DEFINITION.sub("", definitions.text).strip():
            raise grammar.error("colDefs has pairs key:range", definitions.line)
        ranges |= {name: _slice(text) for name, text in found}
    lines = [line for line in _lines(grammar, path) if line]
    return {name: [line[place].strip() for line in lines] for name, place in ranges.items()}


def _separated(grammar: Element, rd: ResourceDescriptor, path: Path) -> Columns:
    for name in ("recordSep", "stopPat", "recordCleaner"):
        if grammar.value(name):
            raise grammar.error(f"{name} of a <reGrammar> is not read here")
    pattern = grammar.attributes.get("fieldSep") or grammar.value("fieldSep") or _BLANKS[0]
    separator = None if pattern in _BLANKS else _plain_character(grammar, pattern)
    rows = [line.split(separator) for line in map(str.strip, _lines(grammar, path)) if line]
    return _by_name(_names(grammar, rd), rows)


_READERS: dict[str, Callable[[Element, ResourceDescriptor, Path], Columns]] = {
    "fitsTableGrammar": _fits_table,
    "voTableGrammar": _votable,
    "csvGrammar": _csv,
    "columnGrammar": _columns,
    "reGrammar": _separated,
}


def _lines(grammar: Element, path: Path) -> Iterator[str]:
    """The lines of a text file without their ends; those to be ignored and comments are left out."""
    introducer = _comment_introducer(grammar)
    lines = islice(_text(grammar, path).splitlines(), _number(grammar, "topIgnoredLines", 0), None)
    return (line for line in lines if not introducer or not line.startswith(introducer))


def _text(grammar: Element, path: Path) -> str:
    command = grammar.value("preFilter") or ""
    if command not in ("", _UNPACKING):
        raise grammar.error(f"preFilter is a shell command, which is never run: {command}")
    is_packed = command == _UNPACKING or (grammar.value("gunzip") or "").lower() in _TRUE
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise FileAccessError(str(path), getattr(error, "strerror", None) or str(error)) from error
    if len(content) > _MAX_BYTES:
        raise FitsprocError(f"{path}: has more than {_MAX_BYTES >> 20} MB of text, too much for a spectrum")
    try:
        return content.decode(grammar.value("enc") or "utf-8", "replace")
    except LookupError as error:
        raise grammar.error(f"enc: {error}") from error


def _comment_introducer(grammar: Element) -> str:
    pattern = grammar.value("commentPat")
    if not pattern:
        return grammar.value("commentIntroducer") or ""
    found = _COMMENT.fullmatch(pattern)
    if found is None:
        raise grammar.error(f"commentPat is read only as (?m)^#.*$, and it is {pattern}")
    return found[1]


def _names(grammar: Element, rd: ResourceDescriptor) -> list[str]:
    given = grammar.value("names")
    return re.split(r"[\s,]+", rd.expand(Text(given, grammar.line)).strip(" ,\n\t")) if given else []


def _by_name(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns:
    """Values by name; rows that are too short have empty texts at their end."""
    return {
        name: [row[place] if place < len(row) else "" for row in rows] for place, name in enumerate(names)
    }


def _slice(text: str) -> slice:
    """A range of characters counted from 1, with its last one, as Python's slice."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        last = first
    return slice(int(first) - 1 if first else None, int(last) if last else None)


def _number(grammar: Element, name: str, default: int) -> int:
    given = grammar.value(name)
    if given is None:
        return default
    if not given.isdecimal():
        raise grammar.error(f"{name} is no number: {given!r}")
    return int(given)


def _one_character(grammar: Element, name: str, default: str) -> str:
    # Attribute values are stripped elsewhere, and a tab or a blank is a delimiter.
    given = grammar.attributes.get(name) or grammar.value(name) or default
    given = "\t" if given == r"\t" else given
    if len(given) != 1:
        raise grammar.error(f"{name} is one character, not {given!r}")
    return given


def _plain_character(grammar: Element, pattern: str) -> str:
    found = _CHARACTER.fullmatch(pattern)
    if found is None:
        raise grammar.error(f"fieldSep is read only as \\s+ or a single character, and it is {pattern}")
    return found[1] or found[3] or {"\\t": "\t"}.get(found[2], found[2])
