"""The nodes that pytest sees: a data descriptor as a collector, and one item for each file and processor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import CatalogueError, FindingError, FitsprocError, OptionError
from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.private import NodeId, NodeKeywords, Stash
from pytest_fitsproc.plugin.stash import RUN
from pytest_fitsproc.plugin.templates import Template
from pytest_fitsproc.plugin.verdicts import SetupFailed, skip_of
from pytest_fitsproc.processing.classes import checked_label
from pytest_fitsproc.processing.engine import Processor
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, SkipThis, Verdict

if TYPE_CHECKING:
    from pytest_fitsproc.plugin.run import Run

Place = tuple[int, int, int]


class DataDescriptorNode(pytest.Collector):
    """A data descriptor in pytest's tree; its items are made when all processors are known."""

    def collect(self) -> Iterator[pytest.Item]:
        """Nothing: items are made from the templates."""
        return iter(())


class FileItem(pytest.Item):
    """One processor on one file, in the fast lane; its id is ``potsdam/q/import::data/a.fits::test_size``.

    Archives have many files, so an instance holds its own facts only; what else pytest may ask of it is made
    when it is asked for.
    """

    __slots__ = ("place", "source", "template")

    source: Source
    template: Template
    #: Numbers of the data descriptor, the file and the processor: the order of all results.
    place: Place

    @property
    def processor(self) -> Processor:
        """What runs it."""
        assert self.template.processor is not None
        return self.template.processor

    @classmethod
    def make(cls, parent: DataDescriptorNode, source: Source, template: Template, place: Place) -> FileItem:
        """Return an item without pytest's constructor, which costs more than most checks."""
        item: FileItem = object.__new__(cls)
        item.parent, item.source, item.template, item.place = parent, source, template, place
        return item

    def __getattr__(self, name: str) -> Any:
        # Reached only while the slot or the attribute is empty.
        maker = _MADE_ON_DEMAND.get(name)
        if maker is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = maker(self)
        setattr(self, name, value)
        return value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def nodeid(self) -> str:
        """The id as a text: a worker tells those of all items, and needs none of them in its parts."""
        assert self.parent is not None
        return f"{self.parent.name}::{self.source.label}::{self.template.name}"

    @property
    def location(self) -> tuple[str, int | None, str]:
        """The place of the processor, relative to rootdir, and a headline that names both."""
        return *self.template.definition, headline(self.source, self.template)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """The same, with the path as it is."""
        path, line, _ = self.template.function.reportinfo()
        return path, line, headline(self.source, self.template)

    def runtest(self) -> None:
        """Never called: the loop runs items of this class itself."""
        raise NotImplementedError("file items are run by the plugin's own loop")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure as pytest shows that of the processor's function."""
        return failure_text(self.template.function, excinfo)

    # What pytest asks where something other than the processor's own call failed.
    _repr_failure_py = repr_failure


class FileFunction(pytest.Function):
    """One processor on one file, in the slow lane: an ordinary test function that knows its file."""

    source: Source
    template: Template
    place: Place
    label: str | None
    outcome: Outcome | None

    @classmethod
    def make(cls, dd_id: str, source: Source, template: Template, place: Place) -> FileFunction:
        """Return the function of a template again, for a file."""
        item: FileFunction = cls.from_parent(template.function.parent, **_arguments(template.function))
        item.source, item.template, item.place = source, template, place
        item.label = item.outcome = None
        item._id = NodeId.parse(f"{dd_id}::{source.label}::{template.name}")
        item.extra_keyword_matches |= {source.label, dd_id, template.name}
        return item

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source.label}::{self.template.name}>"

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """The place of the processor, and a headline that names both."""
        path, line, _ = super().reportinfo()
        return path, line, headline(self.source, self.template)

    def runtest(self) -> None:
        """Run the processor; the value of a classifier is kept as the file's label."""
        try:
            if self.template.kind is Kind.CLASSIFIER:
                self.label = checked_label(self._call({}))
            elif self.template.kind.writes:
                self._run_writer(self.config.stash[RUN])
            else:
                super().runtest()
        except SkipThis as skipped:
            raise skip_of(str(skipped)) from skipped

    def _call(self, given: Mapping[str, object]) -> object:
        arguments = {name: self.funcargs[name] for name in self._fixtureinfo.argnames}
        return self.obj(**{**arguments, **given})

    def _run_writer(self, run: Run) -> None:
        """Run a writer; what it proposes is written at once if it is awake."""
        template, step = self.template, run.steps.step(self.template)
        processor = Processor(
            template.name, template.kind, lambda visit: step(visit, self._call), template.is_awake
        )
        outcome = run.engine.attempt(self.source, processor)
        if outcome.verdict is Verdict.PASSED:
            outcome = run.writers.judged(outcome, template.is_awake)
        if outcome.verdict is Verdict.PASSED and outcome.proposals and template.is_awake:
            (outcome,) = run.writers.written([outcome])
            run.engine.close()
        self.outcome = outcome
        if outcome.error is not None:
            raise outcome.error
        self.label = str(outcome.value)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure as pytest shows it, or one line where that says all."""
        return failure_text(super(), excinfo)


def headline(source: Source, template: Template) -> str:
    """What stands over a failure; if it ended as the id does, pytest would take it for a dotted name."""
    return f"{template.name} on {source.label}"


def failure_text(function: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
    """The representation of a failure: that of a finding is its text, all else what pytest makes of it.

    The text says all of our errors, too, where no code of the curator had a part in them.
    """
    error, cause = excinfo.value, excinfo.value.__cause__
    if isinstance(error, SetupFailed) and isinstance(cause, FindingError):
        return str(cause)
    if isinstance(error, FindingError | OptionError | CatalogueError | DatabaseError):
        return str(error)
    if isinstance(error, FitsprocError) and private.is_raised_by_us(excinfo):
        return str(error)
    return function.repr_failure(private.without_internals(excinfo))


def _arguments(function: pytest.Function) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "name": function.name,
        "originalname": function.originalname,
        "fixtureinfo": function._fixtureinfo,
        "callspec": getattr(function, "callspec", None),
    }
    # A method is looked up anew, so that each item gets an instance of its class.
    if not isinstance(function.parent, pytest.Class):
        arguments["callobj"] = function.obj
    return arguments


def _node_id(item: FileItem) -> NodeId:
    """The id in its parts; a processor of the fast lane has no parameters, which would be one more."""
    assert item.parent is not None
    return NodeId(path=item.parent.name, names=(item.source.label, item.template.name))


def _own_markers(item: FileItem) -> list[pytest.Mark]:
    return list(item.template.function.iter_markers())


_MADE_ON_DEMAND: dict[str, Callable[[FileItem], Any]] = {
    "name": lambda item: f"{item.source.label}::{item.template.name}",
    "config": lambda item: item.parent.config,  # type: ignore[union-attr]
    "session": lambda item: item.parent.session,  # type: ignore[union-attr]
    "path": lambda item: item.template.module,
    "_id": _node_id,
    "keywords": NodeKeywords,
    "own_markers": _own_markers,
    "extra_keyword_matches": lambda item: {item.template.name, item.source.label},
    "stash": lambda item: Stash(),
    "_store": lambda item: item.stash,
    "_report_sections": lambda item: [],
    "user_properties": lambda item: [],
}
