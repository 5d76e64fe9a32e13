"""Work in several processes: the controller lists the files, and workers get blocks of whole files."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Sequence
from itertools import groupby
from typing import Any

import pytest

from pytest_fitsproc.plugin.run import Run

_KEY = "fitsproc_sources"

# Blocks for each worker: few, so that fixtures of module scope are shared; enough, so that all end together.
_BLOCKS_EACH = 8


class Controller:
    """The hooks of the process that distributes the items."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """List the files before there are workers."""
        self._run.list_sources()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send the list to a worker."""
        # As bytes: names that are not UTF-8 can't be sent as text.
        node.workerinput[_KEY] = [list(map(os.fsencode, target.paths)) for target in self._run.targets]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> Any:
        """Hand out blocks of whole files, unless another distribution was asked for."""
        return BlockScheduling(config) if config.option.dist == "load" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, report: pytest.TestReport) -> None:
        """A worker that dies is no finding about the file."""
        report.when = "setup"


def take_sources(run: Run, workerinput: dict[str, Any]) -> None:
    """In a worker, take the list of files from the controller."""
    for target, paths in zip(run.targets, workerinput[_KEY], strict=True):
        target.paths = list(map(os.fsdecode, paths))
    run.is_worker = True


class Worker:
    """The hooks of a process that gets its items from a controller."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Tell the controller that a test ended the run; of an exception it would know only that."""
        try:
            return (yield)
        except pytest.exit.Exception as error:
            item.session.shouldstop = error.msg
            return True


class BlockScheduling:
    """A scheduler of pytest-xdist that keeps all items of a file in one worker.

    Items stand in the order of files, so that a block is a range of them. A worker has at least two items in
    its queue, since it waits for the next before it runs one.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._expected = len(config.option.tx)
        self._collections: dict[Any, list[str]] = {}
        self._blocks: deque[list[int]] = deque()
        self._queues: dict[Any, deque[int]] = {}
        self._ids: list[str] = []
        self._scheduled = False

    @property
    def nodes(self) -> list[Any]:
        """The workers that are alive."""
        return list(self._queues)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all workers at the start have told their items."""
        return self._scheduled or len(self._collections) >= self._expected

    @property
    def tests_finished(self) -> bool:
        """Whether nothing is left but what workers have as their last items."""
        return (
            self.collection_is_completed
            and self._scheduled
            and not self._blocks
            and all(len(queue) < 2 for queue in self._queues.values())
        )

    @property
    def has_pending(self) -> bool:
        """Whether anything was not run yet."""
        return bool(self._blocks) or any(self._queues.values())

    def add_node(self, node: Any) -> None:
        """A worker is there."""
        self._queues[node] = deque()

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """A worker told its items; those of a later one must be the same."""
        self._collections[node] = list(collection)
        if self._scheduled and list(collection) != self._ids:
            raise pytest.UsageError(_difference(self._ids, collection))

    def schedule(self) -> None:
        """Give work to all workers that have little."""
        if not self._scheduled:
            self._start()
        for node in self._queues:
            self._refill(node)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """A worker has run an item."""
        self._queues[node].remove(item_index)
        self._refill(node)

    def mark_test_pending(self, item: str) -> None:
        """An item is to be run again."""
        self._blocks.appendleft([self._ids.index(item)])
        self.schedule()

    def remove_pending_tests_from_node(self, node: Any, indices: Sequence[int]) -> None:
        """Workers never give items back."""
        raise NotImplementedError("items are not taken from workers")

    def remove_node(self, node: Any) -> str | None:
        """A worker is gone; return the item it died of, and leave the rest of its work to the others."""
        queue = self._queues.pop(node)
        if not queue:
            return None
        crashed = self._ids[queue.popleft()]
        if queue:
            self._blocks.appendleft(list(queue))
        self.schedule()
        return crashed

    def _start(self) -> None:
        collections = list(self._collections.values())
        for other in collections[1:]:
            if other != collections[0]:
                raise pytest.UsageError(_difference(collections[0], other))
        self._ids = collections[0]
        self._blocks = deque(blocks_of_files(self._ids, len(self._queues)))
        self._scheduled = True

    def _refill(self, node: Any) -> None:
        if node.shutting_down:
            return
        while self._blocks and len(self._queues[node]) < 2:
            block = self._blocks.popleft()
            self._queues[node].extend(block)
            node.send_runtest_some(block)
        if not self._blocks:
            # Nothing more will come: the worker may run the last item it waits with.
            node.shutdown()


def blocks_of_files(ids: Sequence[str], workers: int) -> list[list[int]]:
    """Return ranges of the items' numbers, each with all items of its files, alike for each worker."""
    files = [
        list(numbers) for _, numbers in groupby(range(len(ids)), key=lambda n: ids[n].rpartition("::")[0])
    ]
    size = max(1, len(files) // (workers * _BLOCKS_EACH))
    return [
        [number for file in files[start : start + size] for number in file]
        for start in range(0, len(files), size)
    ]


def _difference(mine: Sequence[str], others: Sequence[str]) -> str:
    only = sorted(set(mine) ^ set(others))[:3]
    return (
        f"workers collected different items, e.g. {', '.join(only)}:"
        " what depends on the process can't be distributed"
    )
