"""Several processes that work through the files of one processor (``-j``)."""

from __future__ import annotations

import pickle
import selectors
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.child import Child
from pytest_fitsproc.processing.ending import Attempts, Ending, described
from pytest_fitsproc.processing.frames import FrameReader, FrameWriter
from pytest_fitsproc.processing.merging import bring_together
from pytest_fitsproc.processing.outcome import Verdict
from pytest_fitsproc.processing.self_state import Changes, SelfState
from pytest_fitsproc.processing.worker import BEGIN, BLOCK, ENDING, EXIT, OUTPUT, STATE, WRITE, Worker, pack

# A block should take this long, in seconds: long against the exchange of messages, short against a run.
_BLOCK_TIME = 0.2
_LARGEST_BLOCK = 2000
# Seconds of silence after which processes are looked at: a descendant may hold their pipe open.
_PATIENCE = 1.0

Place = tuple[int, Source]
"""A source and its place among all of them."""

Ended = tuple[int, Source, Ending]
"""How the source at a place ended."""

Show = Callable[[str, bytes], None]
"""Shows whole lines that a worker has printed: the stream (``stdout``, ``stderr``) and the bytes."""


class WorkerDied(FitsprocError):
    """A process ended in the middle of a file."""


class NotSendable(FitsprocError):
    """An identifier can't be sent from one process to another."""


@dataclass(slots=True, eq=False)
class _Worker:
    """A child and what is known of its work.

    Attributes
    ----------
    pending : files of its block that have not ended
    begun : how many of them it has begun with; it is at the last of these, the others wait to be written
    writes : whether it is writing them
    size : files in its block
    sent : when the block was
    changes : what it last said of the processor's attributes
    unsaved : files that have ended since it said all about them
    unfinished_lines : bytes after the last newline, by stream
    """

    child: Child
    pending: deque[Place] = field(default_factory=deque)
    begun: int = 0
    writes: bool = False
    size: int = 1
    sent: float = 0.0
    changes: Changes | None = None
    unsaved: int = 0
    unfinished_lines: dict[str, bytes] = field(default_factory=dict)

    def begin(self, block: list[Place]) -> None:
        """Hand it a block."""
        self.pending, self.size, self.sent = deque(block), len(block), time.monotonic()
        self.begun, self.writes = 0, False
        self.child.send(BLOCK, pickle.dumps((block[0][0], [pack(source) for _, source in block])))

    def hear_state(self, pickled: bytes) -> None:
        """Take what it says of the processor's attributes; nothing where it is the same as before."""
        if pickled:
            self.changes = pickle.loads(pickled)
        if self.changes is not None and self.changes.is_complete:
            self.unsaved = 0

    def take_lost(self) -> list[Place]:
        """Take the files that are lost when it dies now: that it was at, or all that it was writing."""
        if self.writes:
            return [self.pending.popleft() for _ in range(self.begun)]
        if not self.pending:
            return []
        at = max(self.begun - 1, 0)
        lost = self.pending[at]
        del self.pending[at]
        return [lost]

    def next_size(self) -> int:
        """Files that would keep it busy for the time that a block should take."""
        elapsed = max(time.monotonic() - self.sent, 1e-6)
        return max(1, min(int(self.size * _BLOCK_TIME / elapsed), 2 * self.size, _LARGEST_BLOCK))


class Workers:
    """Forked processes that share the files of one processor.

    The files are listed here only. A worker gets a block of consecutive ones when it has done the last block,
    as many as take a fifth of a second. One that dies loses the file it was at, or those that it was writing,
    and is replaced; files that waited to be written are run again.

    Parameters
    ----------
    attempts : runs the processor on files, in the worker
    state : of the processor
    dd : the data descriptor that the files belong to
    count : number of processes, at least 1
    show : shows what workers print
    """

    def __init__(
        self, attempts: Attempts, state: SelfState, dd: DataDescriptor, count: int, show: Show
    ) -> None:
        self._attempts, self._state, self._dd = attempts, state, dd
        self._count, self._show = count, show
        self._workers: list[_Worker] = []
        self._left_over: deque[list[Place]] = deque()
        self._refused: deque[Ended] = deque()
        self._changes: list[Changes] = []
        self._unsaved = 0

    def run(self, sources: Iterable[Source]) -> Generator[Ended, None, None]:
        """Yield how each file ended, as the workers say it.

        Closing the iterator ends all workers at once.

        Raises
        ------
        SystemExit
            A processor called ``sys.exit``, with what it gave.
        """
        fresh = self._sendable(sources)
        try:
            while self._feed(fresh) or self._refused:
                while self._refused:
                    yield self._refused.popleft()
                for worker in self._speaking():
                    yield from self._listen(worker)
        finally:
            self._end_all()

    def bring_together(self) -> list[str]:
        """Give the processor what the workers have gathered on theirs; return what can't be, line by line."""
        return bring_together(self._state, self._changes)

    @property
    def unsaved(self) -> int:
        """Files that may have left something on a processor whose process died before it was sent."""
        return self._unsaved if any(change.values for change in self._changes) else 0

    def _sendable(self, sources: Iterable[Source]) -> Iterator[Place]:
        for place, source in enumerate(sources):
            error = _why_not_sendable(source)
            if error is None:
                yield place, source
            else:
                self._refused.append((place, source, Ending(Verdict.FAILED, error=described(error))))

    def _feed(self, fresh: Iterator[Place]) -> bool:
        """Give a block to each worker that has nothing to do; return whether any worker is left."""
        idle = [worker for worker in self._workers if not worker.pending and not worker.child.is_dismissed]
        while idle or len(self._workers) < self._count:
            block = self._next_block(fresh, idle[-1].next_size() if idle else 1)
            if not block:
                break
            (idle.pop() if idle else self._new_worker()).begin(block)
        for worker in idle:
            worker.child.dismiss()
        return bool(self._workers)

    def _next_block(self, fresh: Iterator[Place], size: int) -> list[Place]:
        return self._left_over.popleft() if self._left_over else list(islice(fresh, size))

    def _new_worker(self) -> _Worker:
        worker = _Worker(Child(self._serve, [worker.child for worker in self._workers]))
        self._workers.append(worker)
        return worker

    def _serve(self, tasks: FrameReader, replies: FrameWriter) -> NoReturn:
        Worker(self._attempts, self._state, self._dd, tasks, replies).run()

    def _speaking(self) -> list[_Worker]:
        """Wait for workers, if there are any, and return those that have said something or died."""
        if not self._workers:
            return []
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                selector.register(worker.child.fd, selectors.EVENT_READ, worker)
            found = [key.data for key, _ in selector.select(_PATIENCE)]
        return found or [worker for worker in self._workers if worker.child.has_died()]

    def _listen(self, worker: _Worker) -> Iterator[Ended]:
        for kind, payload in worker.child.hear():
            if kind == ENDING:
                place, source = worker.pending.popleft()
                worker.begun -= 1
                worker.unsaved += 1
                yield place, source, pickle.loads(payload)
            elif kind in (BEGIN, WRITE):
                worker.begun += kind == BEGIN
                worker.writes = kind == WRITE
            elif kind == STATE:
                worker.hear_state(payload)
            elif kind == EXIT:
                raise SystemExit(pickle.loads(payload))
            else:
                self._show_lines(worker, _STREAMS[kind], payload)
        if worker.child.is_mute:
            yield from self._bury(worker)

    def _show_lines(self, worker: _Worker, stream: str, data: bytes) -> None:
        lines, newline, rest = (worker.unfinished_lines.pop(stream, b"") + data).rpartition(b"\n")
        worker.unfinished_lines[stream] = rest
        if newline:
            self._show(stream, lines + newline)

    def _bury(self, worker: _Worker) -> Iterator[Ended]:
        """Take what a worker has left."""
        self._workers.remove(worker)
        end = worker.child.kill()
        for stream, rest in worker.unfinished_lines.items():
            if rest:
                self._show(stream, rest + b"\n")
        if worker.changes is not None:
            self._changes.append(worker.changes)
        self._unsaved += worker.unsaved
        lost = worker.take_lost()
        if worker.pending:
            self._left_over.append(list(worker.pending))
        verb = "wrote" if worker.writes else "worked at"
        error = WorkerDied(f"the process that {verb} this file has died: {end}")
        for place, source in lost:
            yield place, source, Ending(Verdict.FAILED, error=described(error))

    def _end_all(self) -> None:
        for worker in self._workers:
            worker.child.interrupt()
        for worker in self._workers:
            worker.child.wait()


_STREAMS = {kind: stream for stream, kind in OUTPUT.items()}


def _why_not_sendable(source: Source) -> NotSendable | None:
    if not isinstance(source, Identified):
        return None
    try:
        pickle.loads(pickle.dumps(source.identifier))
    except Exception as error:
        return NotSendable(f"this identifier can't be sent to another process, use -j1: {error!r}")
    return None
