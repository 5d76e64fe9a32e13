"""The two steps of a detached header, compute and apply: which of them a file gets under which switches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pytest_fitsproc.processing.headers.rules import HeaderSwitches

Detached = TypeVar("Detached")


class Done(StrEnum):
    """What was done with the detached header of a file; the labels of the report."""

    NOTHING = "nothing to do"
    MISSING = "no detached header"
    WAITING = "not applied"
    COMPUTED = "computed"
    APPLIED = "applied"
    BOTH = "computed and applied"


@dataclass(frozen=True)
class TwoSteps(Generic[Detached]):
    """The steps of one file.

    Attributes
    ----------
    is_processed : whether the file has its new header; asked again before it is applied, as DaCHS does
    read : returns the detached header, None where there is none
    compute : makes it
    apply : puts it into the file
    """

    is_processed: Callable[[], bool]
    read: Callable[[], Detached | None]
    compute: Callable[[], None]
    apply: Callable[[Detached], None]

    def take(self, switches: HeaderSwitches) -> Done:
        """Take the steps that the switches ask for, and say which they were.

        A file that is processed is left alone, unless it is to be computed anew or to get its header anew. A
        detached header that is there is not computed again, unless the switches say so. It is applied to a
        file that is not processed, or to any, as they say (DaCHS manual, section Basic FITS Manipulation;
        DaCHS 2.7 observed).
        """
        if not (switches.reprocess or switches.reheaders) and self.is_processed():
            return Done.NOTHING
        computes = switches.computes and (switches.reprocess or self.read() is None)
        if computes:
            self.compute()
        if switches.applies and (switches.reheaders or not self.is_processed()):
            return self._applied(computes)
        if computes:
            return Done.COMPUTED
        return Done.MISSING if self.read() is None else Done.WAITING

    def _applied(self, was_computed: bool) -> Done:
        detached = self.read()
        if detached is None:
            return Done.MISSING
        self.apply(detached)
        return Done.BOTH if was_computed else Done.APPLIED
