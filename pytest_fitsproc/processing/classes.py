"""Class frequencies: how many files each classifier put into which class."""

from __future__ import annotations

import reprlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import chain
from pathlib import Path

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.errors import FindingError
from pytest_fitsproc.processing.result_file import write_csv_file
from pytest_fitsproc.processing.visible_text import ascii_only, columns, shortened

ALL_FILES_HINT = "--fitsproc-classes=FILE.csv"
MOST_CLASSES = 50

_WIDEST_LABEL = 40
_WIDEST_BAR = 40
_NARROWEST_BAR = 4
_EIGHTHS = " ▏▎▍▌▋▊▉"


class LabelError(FindingError):
    """A classifier returned something that is not a label."""


def checked_label(value: object) -> str:
    """Return what a classifier returned, if it is a string.

    Raises
    ------
    LabelError
        it is anything else; the message says what it is
    """
    if isinstance(value, str):
        return str.__str__(value)
    if value is None:
        raise LabelError("the classifier returned None: each of its paths must return the class as a string")
    raise LabelError(
        f"the classifier returned {printable(reprlib.repr(value))} ({type(value).__name__}): "
        "return the class as a string, for instance str(…) of it"
    )


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: its label, its number of files, and that number over all the classifier's files (0…1)."""

    label: str
    count: int
    share: float


@dataclass(slots=True)
class _ClassFiles:
    """The files of one class: ids, and their orders one after the other (tuples would cost 70 bytes each)."""

    ids: list[str] = field(default_factory=list)
    orders: array[int] = field(default_factory=lambda: array("q"))

    def add(self, file_id: str, order: tuple[int, ...]) -> None:
        if len(self.orders) != len(self.ids) * len(order):
            raise ValueError(f"the order {order} of {file_id!r} is not as long as those before it")
        self.ids.append(file_id)
        self.orders.extend(order)

    def entries(self) -> Iterator[tuple[int | str, ...]]:
        """Yield (order, …, id), in order of arrival."""
        width = len(self.orders) // len(self.ids)
        return zip(*(self.orders[column::width] for column in range(width)), self.ids, strict=True)


class ClassTable:
    """Labels of files, counted for each classifier, the same in whatever order they arrive.

    A file costs 8 bytes, 8 more for each number of its order, and its id where nobody else holds that string;
    a class some 400 bytes.

    Parameters
    ----------
    classifiers : in order of definition; those not named here come after them, by name
    """

    def __init__(self, classifiers: Iterable[str] = ()) -> None:
        self._defined = list(dict.fromkeys(classifiers))
        self._classes: dict[str, dict[str, _ClassFiles]] = {}

    @property
    def classifiers(self) -> list[str]:
        """The classifiers that labelled at least one file."""
        defined = [name for name in self._defined if name in self._classes]
        return defined + sorted(self._classes.keys() - set(defined))

    def add(self, classifier: str, label: str, file_id: str, order: int | tuple[int, ...]) -> None:
        """Put a file into a class.

        `order` is its place among the sources: an integer, or a tuple of as many for every file.
        """
        files = self._classes.setdefault(classifier, {}).setdefault(label, _ClassFiles())
        files.add(file_id, (order,) if isinstance(order, int) else order)

    def update(self, other: ClassTable) -> None:
        """Add all that `other` counted."""
        self._defined = list(dict.fromkeys([*self._defined, *other._defined]))
        for classifier, classes in other._classes.items():
            mine = self._classes.setdefault(classifier, {})
            for label, files in classes.items():
                into = mine.setdefault(label, _ClassFiles())
                into.ids.extend(files.ids)
                into.orders.extend(files.orders)

    def rows(self, classifier: str) -> list[ClassRow]:
        """Return the classes of a classifier, the largest first, equal ones by label."""
        counts = {label: len(files.ids) for label, files in self._classes.get(classifier, {}).items()}
        total = sum(counts.values())
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [ClassRow(label, count, count / total) for label, count in ordered]

    def files(self, classifier: str, label: str, limit: int | None = None) -> list[str]:
        """Return the ids of a class in source order; the first `limit` of them where that is given."""
        entries = self._classes[classifier][label].entries()
        ordered = sorted(entries) if limit is None else nsmallest(limit, entries)
        return [str(entry[-1]) for entry in ordered]


def terminal_lines(table: ClassTable, width: int, verbose: bool, ascii: bool = False) -> list[str]:
    """Return the table as lines of at most `width` columns (from 24 on): counts, shares, labels, bars.

    Parameters
    ----------
    verbose : list all classes, and under each its files; ids are not shortened, so that they can be pasted
    ascii : for terminals that can't show Unicode
    """
    paragraphs = [_paragraph(table, classifier, width, verbose, ascii) for classifier in table.classifiers]
    return [line for paragraph in paragraphs for line in ["", *paragraph]][1:]


def heading(classifier: str, rows: list[ClassRow]) -> str:
    """Return the line above a classifier's table."""
    files = sum(row.count for row in rows)
    return f"{classifier}: {files} {'file' if files == 1 else 'files'} in " + (
        "1 class" if len(rows) == 1 else f"{len(rows)} classes"
    )


def shown_label(label: str) -> str:
    """Return a label as it is shown: the empty one as two quotes, what does not print as escapes."""
    return printable(label) or '""'


def shown_share(share: float) -> str:
    """Return a share as per cent; what is not none or all of the files never reads as if it were."""
    if 0 < share < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.999 < share < 1 else f"{share:.1%}"


def write_csv(table: ClassTable, path: str | Path) -> None:
    """Write a row (classifier, label, file) for every label that was given.

    UTF-8, labels as the classifiers returned them; lone surrogates are written as ``\\udcNN``.

    Raises
    ------
    OptionError
        the file can't be written
    """
    rows = (
        (classifier, row.label, file_id)
        for classifier in table.classifiers
        for row in table.rows(classifier)
        for file_id in table.files(classifier, row.label)
    )
    write_csv_file(path, chain([("classifier", "label", "file")], rows))


def _paragraph(table: ClassTable, classifier: str, width: int, verbose: bool, ascii: bool) -> list[str]:
    """Return the lines of one classifier."""
    rows = table.rows(classifier)
    shown = rows if verbose else rows[:MOST_CLASSES]
    lines = [shortened(_plain(heading(classifier, rows), ascii), width, _ellipsis(ascii))]
    for row, line in zip(shown, _row_lines(shown, width, ascii), strict=True):
        lines.append(line)
        if verbose:
            lines += ["    " + _plain(file_id, ascii) for file_id in table.files(classifier, row.label)]
    if len(shown) < len(rows):
        lines.append(_rest_line(rows[len(shown) :], width, ascii))
    return lines


def _row_lines(rows: list[ClassRow], width: int, ascii: bool) -> list[str]:
    """Return a line for each class, the columns aligned."""
    counts = [str(row.count) for row in rows]
    shares = [shown_share(row.share) for row in rows]
    figures = [
        f"  {count:>{len(counts[0])}}  {share:>{max(map(len, shares))}}  "
        for count, share in zip(counts, shares, strict=True)
    ]
    room = width - len(figures[0])
    labels = [_plain(shown_label(row.label), ascii) for row in rows]
    label_width = min(max(map(columns, labels)), _WIDEST_LABEL, max(room * 2 // 3, 1))
    bar_width = min(room - label_width - 2, _WIDEST_BAR)
    bars = [_bar(row.count / rows[0].count, bar_width, ascii) for row in rows]
    return [
        f"{figure}{_aligned(label, label_width, ascii)}  {bar}".rstrip()
        for figure, label, bar in zip(figures, labels, bars, strict=True)
    ]


def _aligned(label: str, width: int, ascii: bool) -> str:
    """Return the label, shortened, at the right of a column (str.rjust takes wide characters as one)."""
    short = shortened(label, width, _ellipsis(ascii))
    return " " * (width - columns(short)) + short


def _bar(fraction: float, width: int, ascii: bool) -> str:
    """Return a bar of at most `width` columns; the smallest class still has a trace."""
    if width < _NARROWEST_BAR:
        return ""
    if ascii:
        return "#" * max(round(fraction * width), 1)
    full, eighths = divmod(max(round(fraction * width * 8), 1), 8)
    return "█" * full + _EIGHTHS[eighths].strip()


def _rest_line(rows: list[ClassRow], width: int, ascii: bool) -> str:
    """Return the line that says what is not shown, and how to get it."""
    files = sum(row.count for row in rows)
    text = f"  {len(rows)} more classes with {files} files: --verbose, {ALL_FILES_HINT}"
    return shortened(text, width, _ellipsis(ascii))


def _plain(text: str, ascii: bool) -> str:
    return ascii_only(printable(text)) if ascii else printable(text)


def _ellipsis(ascii: bool) -> str:
    return "..." if ascii else "…"
