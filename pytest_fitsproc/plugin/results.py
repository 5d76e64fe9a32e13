"""What a run finds out item by item, wherever the items ran: labels, rows, printed text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from pytest_fitsproc.plugin.encodable import encodable
from pytest_fitsproc.plugin.fields import label_of_shown
from pytest_fitsproc.plugin.items import FileFunction, FileItem, Place
from pytest_fitsproc.processing.classes import ClassTable
from pytest_fitsproc.processing.gathering import Gathering
from pytest_fitsproc.processing.outcome import CannotComputeHeader, ShownField

_ATTRIBUTE = "fitsproc"

#: Attribute of a report of a pass that no report of a teardown follows.
ALONE = "fitsproc_alone"

#: Class of the files that a header processor would change, were it awake.
WOULD_CHANGE = "would change"

# Tests that run once come behind all files.
_LAST: Place = (1 << 62, 0, 0)


class Shown(NamedTuple):
    """What an item leaves behind for people to look at.

    Attributes
    ----------
    printed : what it printed
    changes : the cards that a writer changes, or would
    picture : escaped path of the preview that it made, or of the picture of a field
    field : what plate solving has to show, see `FieldReport.as_dict`; None where there is nothing
    """

    printed: str = ""
    changes: Sequence[str] = ()
    picture: str = ""
    field: dict[str, Any] | None = None


NOTHING_SHOWN = Shown()


class Record(NamedTuple):
    """What an item leaves behind beside its outcome; it crosses from worker to controller on the report.

    ``place`` gives the order of results; ``file`` is the accref, empty for a test that runs once.
    """

    place: Place
    file: str
    processor: str
    label: str | None
    rows: list[dict[str, Any]]
    shown: Shown

    @classmethod
    def of(
        cls,
        item: pytest.Item,
        label: str | None,
        rows: list[dict[str, Any]],
        shown: Shown = NOTHING_SHOWN,
    ) -> Record | None:
        """The record of an item; None where it left nothing."""
        if label is None and not rows and not any(shown):
            return None
        label = None if label is None else encodable(label)
        if isinstance(item, FileItem | FileFunction):
            file = encodable(item.source.accref)
            return cls(item.place, file, item.template.name, label, rows, shown)
        return cls(_LAST, "", item.name, label, rows, shown)

    def plain(self) -> tuple[Any, ...]:
        """The fields as plain values, which may be sent to another process."""
        return *self[:-1], tuple(self.shown)

    def attach(self, report: pytest.TestReport) -> None:
        """Send the record along with a report."""
        setattr(report, _ATTRIBUTE, self.plain())
        if self.label is not None:
            report.user_properties.append(("fitsproc_class", self.label))

    @classmethod
    def found_on(cls, report: pytest.TestReport) -> Record | None:
        """The record that came with a report, if any."""
        values = getattr(report, _ATTRIBUTE, None)
        return cls.from_plain(values) if values else None

    @classmethod
    def from_plain(cls, values: Sequence[Any]) -> Record:
        """The record of which these are the fields, as they come out of a message."""
        place, file, processor, label, rows, shown = values
        return cls(tuple(place), file, processor, label, rows, Shown(*shown))


class Results:
    """The records of a run, in the process that reports it.

    Attributes
    ----------
    uncounted_passes : passes that pytest-html was not told of
    would_change : files that a writer would change, were it awake
    """

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.shown: list[Record] = []
        self.uncounted_passes = self.would_change = 0
        self._classes = ClassTable()
        self._places: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record off a report."""
        self.uncounted_passes += stands_alone(report)
        record = Record.found_on(report)
        if record is not None:
            self.add(record)

    def add(self, record: Record) -> None:
        """Add what one item left behind."""
        self.would_change += record.label == WOULD_CHANGE
        if record.label is not None:
            self._classes.add(record.processor, record.label, record.file, record.place)
            self._places[record.processor] = record.place[2]
        for row in record.rows:
            self.gathering.add(row | {"file": record.file, "processor": record.processor}, record.place)
        if any(record.shown):
            self.shown.append(record)

    @property
    def classes(self) -> ClassTable:
        """The labels, with the classifiers in order of definition."""
        table = ClassTable(sorted(self._places, key=self._places.__getitem__))
        table.update(self._classes)
        return table


def label_of_failure(error: BaseException | None, field: ShownField | None = None) -> str | None:
    """The class of a file that a header processor gave up; a failure is in no class otherwise.

    Parameters
    ----------
    field : what plate solving has to show of the file
    """
    return error.label if isinstance(error, CannotComputeHeader) else label_of_shown(field)


def stands_alone(report: pytest.TestReport) -> bool:
    """Whether no report of a teardown follows this one."""
    return getattr(report, ALONE, False)
