"""The log of edits: what every header of an archive was before it was written, kept for good."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fitsproc.processing.headers.noted import NotedEdit, NotedRun
from pytest_fitsproc.processing.headers.proposal import Proposal


class EditLog:
    """The log of the edits below a resource directory, a database of SQLite.

    Parameters
    ----------
    path : ``<resdir>/.fitsproc/edits.sqlite``; made with its directory when the first edit is noted
    syncs : whether the disk is waited for
    """

    def __init__(self, path: str, *, syncs: bool = True) -> None:
        self.path, self._syncs = path, syncs

    def note(self, run: str, processor: str, proposals: Sequence[Sequence[Proposal]]) -> list[int]:
        """Note edits of many files that are about to be written; return a number for each file."""
        raise NotImplementedError

    def strike(self, numbers: Sequence[int]) -> None:
        """Remove edits that were noted and then refused."""
        raise NotImplementedError

    def runs(self) -> list[NotedRun]:
        """Return the runs, the oldest first."""
        raise NotImplementedError

    def edits(self, run: str) -> list[NotedEdit]:
        """Return the edits of a run, in the order that they were noted in."""
        raise NotImplementedError
