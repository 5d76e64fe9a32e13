"""What a processor wants of many files is written together, soon after it has run on them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.headers.writing import BLOCK, PATIENCE, WriteOptions, Writings, new_run_name
from pytest_fitsproc.processing.outcome import Outcome, Verdict


class Together:
    """Writes the headers that are proposed for files, many files at a time.

    Parameters
    ----------
    processor : name of who proposes them, for the log of edits
    options : how files are written
    size : files that may wait for each other
    """

    def __init__(self, processor: str, options: WriteOptions, size: int = BLOCK) -> None:
        self._processor, self._writings = processor, Writings(options, new_run_name())
        self._size = size
        self._waiting: list[Outcome] = []
        self._inodes: set[tuple[int, int]] = set()

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
                if self._waiting and _inode(source) in self._inodes:
                    yield from self._written(announce)
                self._wait(attempt(source))
                if self._is_due():
                    yield from self._written(announce)
        finally:
            yield from self._written(announce)

    def _wait(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        self._inodes.update((proposal.seen.st_dev, proposal.seen.st_ino) for proposal in outcome.proposals)

    def _is_due(self) -> bool:
        """Whether what waits is to be written now, or there is nothing to write."""
        first, latest = self._waiting[0], self._waiting[-1]
        is_patient = time.time() - first.start < PATIENCE and latest.verdict is not Verdict.FAILED
        return not (self._inodes and is_patient and len(self._waiting) < self._size)

    def _written(self, announce: Callable[[], object]) -> Iterator[Outcome]:
        """Write what is proposed for the files that wait, and yield what became of each of them."""
        outcomes, self._waiting = self._waiting, []
        self._inodes.clear()
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


def _inode(source: Source) -> tuple[int, int] | None:
    try:
        status = os.stat(source)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
