"""What a processor wants of many files is written together, soon after it has run on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.headers.batch import SIZE, Batch
from pytest_fitsproc.processing.headers.writing import WriteOptions, Writings, new_run_name
from pytest_fitsproc.processing.outcome import Outcome, Verdict


class Together:
    """Writes the headers that are proposed for files, many files at a time.

    Parameters
    ----------
    processor : name of who proposes them, for the log of edits
    options : how files are written
    size : files that may wait for each other
    """

    def __init__(self, processor: str, options: WriteOptions, size: int = SIZE) -> None:
        self._processor, self._writings = processor, Writings(options, new_run_name())
        self._batch = Batch(size)

    def outcomes(
        self,
        sources: Iterable[Source],
        attempt: Callable[[Source], Outcome],
        announce: Callable[[], object] = lambda: None,
    ) -> Iterator[Outcome]:
        """Yield the outcome on each file, in order, when what is proposed for it is written.

        A failure is told before the next file is processed. Where a processor ends the run, what it proposed
        for the files before is written all the same.

        Parameters
        ----------
        sources : the files
        attempt : runs the processor on one of them
        announce : is called before any are written
        """
        try:
            for source in sources:
                if self._batch.has(source):
                    yield from self._written(announce)
                outcome = attempt(source)
                self._batch.add(outcome)
                is_told_now = outcome.verdict is Verdict.FAILED or not self._batch.has_proposals
                if is_told_now or self._batch.is_due:
                    yield from self._written(announce)
        finally:
            yield from self._written(announce)

    def _written(self, announce: Callable[[], object]) -> Iterator[Outcome]:
        """Write what is proposed for the files that wait, and yield what became of each of them."""
        outcomes = self._batch.take()
        proposing = [outcome for outcome in outcomes if outcome.proposals]
        if proposing:
            announce()
        errors = iter(self._errors(proposing))
        for outcome in outcomes:
            error = next(errors) if outcome.proposals else None
            yield outcome if error is None else outcome._replace(verdict=Verdict.FAILED, error=error)

    def _errors(self, proposing: Sequence[Outcome]) -> Sequence[BaseException | None]:
        """Write, and return for each file why it is not written, if so; a crash of ours is that of all."""
        if not proposing:
            return []
        try:
            writing = self._writings.of(proposing[0].source.dd.rd)
            return writing.write([outcome.proposals for outcome in proposing], self._processor)
        except Exception as error:
            return [error for _ in proposing]
