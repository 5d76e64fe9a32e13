"""Comma-separated values and their kin: UTF-8, a line of headings, one of four delimiters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pytest_fitsproc.archive.numbered_rows import NumberedRows
from pytest_fitsproc.errors import CatalogueError

_DELIMITERS = ",;\t|"
_SAMPLE = 20


def read_delimited_text(name: str, path: Path) -> NumberedRows:
    """Return the rows of a text file, its values as strings, as ``csv.DictReader`` has them.

    The delimiter is the one that gives the first lines equally many fields, and most of them; a ``.tsv``
    file has tabs. Blanks around headings are dropped, and so are lines without any value.

    Raises
    ------
    CatalogueError
        the text is not UTF-8, empty, malformed, or a row has more or fewer fields than there are headings
    """
    text = _text(name, path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    records = _records(name, text, delimiter)
    line, headings = next(records, (0, []))
    if not headings:
        raise CatalogueError(name, 0, "the file is empty: a catalogue needs a line of headings")
    columns = [heading.strip() for heading in headings]
    for column, count in Counter(columns).items():
        if count > 1:
            raise CatalogueError(name, line, f"{count} columns are called {column!r}")
    return NumberedRows(name, "line", columns, _rectangular(name, records, len(columns)))


def _text(name: str, path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8: save the catalogue as UTF-8"
        raise CatalogueError(name, line, reason) from error
    if (place := text.find("\0")) >= 0:
        raise CatalogueError(name, text.count("\n", 0, place) + 1, "a NUL character: this is not a text file")
    return text


def _delimiter(text: str) -> str:
    def fitness(delimiter: str) -> tuple[bool, int]:
        widths = _first_widths(text, delimiter)
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    return max(_DELIMITERS, key=fitness)


def _first_widths(text: str, delimiter: str) -> list[int]:
    """Return the numbers of fields of the first records, as far as they can be read."""
    widths = []
    try:
        for _, fields in islice(_records("", text, delimiter), _SAMPLE):
            widths.append(len(fields))
    except CatalogueError:
        pass  # said when the file is read
    return widths


def _records(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that have a value, with the line where each begins."""
    import csv
    import io

    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if any(fields):
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise CatalogueError(name, line, f"{error}: is a quote open, or this not a table?") from error


def _rectangular(
    name: str, records: Iterator[tuple[int, list[str]]], width: int
) -> Iterator[tuple[int, list[str]]]:
    for line, fields in records:
        if len(fields) != width:
            reason = f"{len(fields)} fields where the headings are {width}: is a delimiter or a quote amiss?"
            raise CatalogueError(name, line, reason)
        yield line, fields
