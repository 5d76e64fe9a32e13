"""Files that wait for each other, to be written together."""

from __future__ import annotations

import os

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.outcome import Outcome

#: Files that are written together at most, and the seconds that the first of them may wait for the others.
SIZE, PATIENCE = 256, 1.0


class Batch:
    """Outcomes whose proposals are written together, with those that came in between.

    Parameters
    ----------
    size : how many there are at most

    Attributes
    ----------
    outcomes : in order
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self.outcomes: list[Outcome] = []
        self._inodes: set[tuple[int, int]] = set()

    def __bool__(self) -> bool:
        return bool(self.outcomes)

    def has(self, source: Source) -> bool:
        """Whether something is to be written to this file, under whatever name."""
        return bool(self._inodes) and _inode(source) in self._inodes

    def add(self, outcome: Outcome) -> None:
        """Take one more."""
        self.outcomes.append(outcome)
        self._inodes.update((proposal.seen.st_dev, proposal.seen.st_ino) for proposal in outcome.proposals)

    @property
    def has_proposals(self) -> bool:
        """Whether anything is to be written at all."""
        return bool(self._inodes)

    @property
    def is_due(self) -> bool:
        """Whether the first has waited long enough for others, or there is no room for more."""
        first, latest = self.outcomes[0], self.outcomes[-1]
        waited = latest.start + latest.duration - first.start
        return waited > PATIENCE or len(self.outcomes) >= self._size

    def take(self) -> list[Outcome]:
        """Return all, and begin anew."""
        outcomes, self.outcomes = self.outcomes, []
        self._inodes.clear()
        return outcomes


def _inode(source: Source) -> tuple[int, int] | None:
    try:
        status = os.stat(source)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
