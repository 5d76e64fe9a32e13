"""The engine: it takes files with their processors and yields one stream of outcomes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Judge, Outcome, Verdict, judge
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from pytest_fitsproc.fits.serialising import Serialising


@dataclass(frozen=True, slots=True)
class Processor:
    """One thing to do with files: a name as in ids, a kind, and the function of a visit that does it.

    Attributes
    ----------
    is_awake : whether what it proposes is written
    """

    name: str
    kind: Kind
    run: Callable[[Visit], object]
    is_awake: bool = False

    @property
    def sees_proposals(self) -> bool:
        """Whether it gets a file's header as those before it want it to be: what writes needs it as it is."""
        return self.kind.sees_proposals and not self.is_awake


class Engine:
    """Runs processors on files; the file of the moment stays open until another one's turn.

    Parameters
    ----------
    judge : turns an exception of a processor into a verdict
    serialising : how edited headers become bytes; None for the default
    """

    def __init__(self, judge: Judge = judge, serialising: Serialising | None = None) -> None:
        self._judge, self._serialising = judge, serialising
        self._visit: Visit | None = None

    def run(self, work: Iterable[tuple[Source, Sequence[Processor]]]) -> Iterator[Outcome]:
        """Yield the outcome of each processor on each file, in the order of `work`."""
        try:
            for source, processors in work:
                for processor in processors:
                    yield self.attempt(source, processor)
        finally:
            self.close()

    def attempt(self, source: Source, processor: Processor) -> Outcome:
        """Run one processor on one file and return what became of it.

        What writers have proposed, and nobody writes, those see that sleep as well, and no others.
        """
        visit = self.visit(source)
        if not processor.sees_proposals:
            visit.proposals.clear()
        before, visit.field = len(visit.proposals), None
        outcome = self._attempt(visit, processor)
        if outcome.verdict is not Verdict.PASSED:
            del visit.proposals[before:]
        proposals = tuple(visit.proposals[before:])
        if not proposals and visit.field is None:
            return outcome
        return outcome._replace(proposals=proposals, field=visit.field)

    def _attempt(self, visit: Visit, processor: Processor) -> Outcome:
        start = time.time()
        begin = time.perf_counter()
        value: object = None
        error: BaseException | None = None
        verdict = Verdict.PASSED
        try:
            value = processor.run(visit)
        except BaseException as raised:
            error, verdict = raised, self._judge(raised)
        return Outcome(
            visit.source, processor.name, verdict, value, error, start, time.perf_counter() - begin
        )

    def visit(self, source: Source) -> Visit:
        """The visit of `source`; that of another file is closed."""
        visit = self._visit
        if visit is None or visit.source is not source:
            self.close()
            visit = self._visit = Visit(source, self._serialising)
        return visit

    def close(self) -> None:
        """Close the file of the moment."""
        if self._visit is not None:
            self._visit.close()
            self._visit = None
