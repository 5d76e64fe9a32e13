"""The kinds of processors, and how a function declares that it is one."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__fitsproc_kind__"


class Kind(StrEnum):
    """What a processor does with a file; members stand in the order in which they run on one."""

    HEADER_PROCESSOR = "header processor"
    CHECK = "check"
    CLASSIFIER = "classifier"
    PREVIEW_MAKER = "preview maker"

    @property
    def writes(self) -> bool:
        """Whether such a processor changes what is on disk, and therefore sleeps unless it is woken."""
        return self in (Kind.HEADER_PROCESSOR, Kind.PREVIEW_MAKER)

    @property
    def writes_source(self) -> bool:
        """Whether such a processor changes the file itself, so that those behind it see another one."""
        return self is Kind.HEADER_PROCESSOR

    @property
    def sees_proposals(self) -> bool:
        """Whether such a processor gets a file's header as those before it want it to be written."""
        return self is Kind.HEADER_PROCESSOR


ORDER = {kind: place for place, kind in enumerate(Kind)}


def classifier(function: Function) -> Function:
    """Declare a function to be a classifier: it returns the label of a file's class.

    It asks for what it needs as test functions do (``source``, ``header``, …). The run reports how
    many files are in each class.
    """
    return declare(function, Kind.CLASSIFIER)


def kind_of(function: object) -> Kind:
    """The kind that a function was declared to be; a check where it was not declared."""
    return getattr(function, _MARK, Kind.CHECK)


def declare(function: Function, kind: Kind) -> Function:
    """Declare a function to be a processor of a kind, and return it."""
    setattr(function, _MARK, kind)
    # pytest collects a function of any name that carries this.
    setattr(function, "__test__", True)  # noqa: B010
    return function
