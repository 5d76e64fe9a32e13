"""Which worker runs what: blocks of whole files, each one message to the worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest

#: Blocks for each worker: few, so that fixtures of module scope are shared; enough, so that all end together.
BLOCKS_EACH = 8

#: How many files at most take turns: all of them have one processor behind them before any has the next.
BLOCK = 100

# What is known of a worker that died: the item it was at, and the first one that it did not tell of.
Autopsy = Callable[[Any], tuple[int, int] | None]


class BlockScheduling:
    """A scheduler of pytest-xdist that hands out blocks of files: all items of a file are in one worker.

    A block is a range of items' numbers; it is sent as its first and its last. A worker has two blocks in its
    queue, since it waits for the next before it runs one.

    Parameters
    ----------
    config : that of the controller; pytest-rerunfailures looks it up here
    autopsy : tells what is known of a dead worker
    """

    def __init__(self, config: pytest.Config, autopsy: Autopsy) -> None:
        self.config, self._autopsy = config, autopsy
        self._workers = len(config.option.tx)
        self._collections: dict[Any, list[str]] = {}
        self._blocks: deque[range] = deque()
        self._queues: dict[Any, deque[range]] = {}
        self._ids: list[str] = []
        self._scheduled = False

    @property
    def nodes(self) -> list[Any]:
        """The workers that are alive."""
        return list(self._queues)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all workers at the start have told their items."""
        return self._scheduled or len(self._collections) >= self._workers

    @property
    def tests_finished(self) -> bool:
        """Whether nothing is left but what workers have as their last block."""
        return self._scheduled and not self._blocks and all(len(queue) < 2 for queue in self._queues.values())

    @property
    def has_pending(self) -> bool:
        """Whether anything was not run yet."""
        return bool(self._blocks) or any(self._queues.values())

    def add_node(self, node: Any) -> None:
        """A worker is there."""
        self._queues[node] = deque()

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """A worker told its items, which must be those of all others."""
        self._collections[node] = list(collection)
        if self._scheduled:
            _require_same(self._ids, collection)

    def schedule(self) -> None:
        """Give work to all workers that have little."""
        if not self._scheduled:
            self._ids = next(iter(self._collections.values()))
            for other in self._collections.values():
                _require_same(self._ids, other)
            self._blocks = deque(blocks_of_files(self._ids, len(self._queues)))
            self._scheduled = True
        for node in self._queues:
            self._refill(node)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """A worker has run the block that begins with an item."""
        finished = self._queues[node].popleft()
        assert finished.start == item_index
        self._refill(node)

    def mark_test_pending(self, item: str) -> None:
        """An item is to be run again."""
        number = self._ids.index(item)
        self._put_back([range(number, number + 1)])

    def remove_pending_tests_from_node(self, node: Any, indices: Sequence[int]) -> None:
        """Workers are never asked to give items back."""
        raise NotImplementedError("items are not taken from workers")

    def remove_node(self, node: Any) -> str | None:
        """A worker is gone: return the item that it was at, and leave what it did not tell of to others."""
        queue = self._queues.pop(node)
        if not queue:
            return None
        block = queue.popleft()
        at, told = self._autopsy(node) or (block.start, block.start)
        if at not in block:
            at = told = block.start
        rest = [range(max(told, block.start), at), range(at + 1, block.stop), *queue]
        self._put_back([one for one in rest if one])
        return self._ids[at]

    def _put_back(self, blocks: Sequence[range]) -> None:
        self._blocks.extendleft(reversed(blocks))
        self.schedule()

    def _refill(self, node: Any) -> None:
        if node.shutting_down:
            return
        while self._blocks and len(self._queues[node]) < 2:
            block = self._blocks.popleft()
            self._queues[node].append(block)
            node.send_runtest_some([block.start, block.stop - 1])
        if not self._blocks:
            # Nothing more will come: the worker need not wait for a next block.
            node.shutdown()


def blocks_of_files(ids: Sequence[str], workers: int) -> list[range]:
    """Return ranges of the items' numbers, each with all items of its files, alike for each worker."""
    runs = [next(group) for _, group in groupby(range(len(ids)), key=lambda n: _file_of(ids[n]))]
    starts = list(_starts_of_turns(runs, [_file_of(ids[run]) for run in runs]))
    size = max(1, len(starts) // (workers * BLOCKS_EACH))
    return [range(start, stop) for start, stop in pairwise([*starts[::size], len(ids)])]


def _file_of(item_id: str) -> str:
    """What items of one file have in common, also if two data descriptors of an archive name it."""
    of_file = item_id.rpartition("::")[0]
    descriptor, mark, label = of_file.partition("::")
    if not mark or descriptor.endswith(".py"):
        return of_file
    return f"{descriptor.rpartition('/')[0]}::{label}"


def _starts_of_turns(runs: Sequence[int], files: Sequence[str]) -> Iterator[int]:
    """Yield those starts of runs of items of one file before which no file is that comes soon after again."""
    again: dict[str, int] = {}
    reach = [0] * len(files)
    for place in range(len(files) - 1, -1, -1):
        following = again.get(files[place], place)
        # A file that comes again much later is one that a processor found by its own ways.
        reach[place] = following if following - place <= BLOCK else place
        again[files[place]] = place
    end = -1
    for place, run in enumerate(runs):
        if place > end:
            yield run
        end = max(end, reach[place])


def _require_same(mine: Sequence[str], others: Sequence[str]) -> None:
    if list(others) != mine:
        only = sorted(set(mine) ^ set(others))[:3]
        raise pytest.UsageError(
            f"workers collected different items, e.g. {', '.join(only)}:"
            " what depends on the process can't be distributed"
        )
