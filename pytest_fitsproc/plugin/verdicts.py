"""Verdicts on processors that raise, pytest's own exceptions included."""

from __future__ import annotations

import pytest

from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.processing.outcome import Verdict
from pytest_fitsproc.processing.outcome import judge as core_judge


class SetupFailed(Exception):
    """What surrounds a processor failed, a fixture or code of ours; its exception is the cause."""


#: What is no fault of the file or of the curator's code.
SURROUNDINGS = (SetupFailed, DatabaseError)


def judge(error: BaseException) -> Verdict:
    """Return the verdict on a file whose processor raised `error`; what ends the run is raised again."""
    if isinstance(error, pytest.exit.Exception):
        raise error
    if isinstance(error, SURROUNDINGS):
        return Verdict.ERROR
    if isinstance(error, pytest.skip.Exception | pytest.xfail.Exception):
        return Verdict.SKIPPED
    if isinstance(error, pytest.fail.Exception):
        return Verdict.FAILED
    return core_judge(error)


def skip_of(reason: str) -> BaseException:
    """Return the exception that skips an item for a reason and is reported at the processor's place."""
    try:
        raise pytest.skip.Exception(reason, _use_item_location=True)
    except pytest.skip.Exception as skipped:
        # Reports want the traceback that only raising gives.
        return skipped
