"""Verdicts on processors that raise, pytest's own exceptions included."""

from __future__ import annotations

import pytest

from pytest_fitsproc.processing.outcome import Verdict
from pytest_fitsproc.processing.outcome import judge as core_judge


class SetupFailed(Exception):
    """What surrounds a processor failed, a fixture or code of ours; its exception is the cause."""


def judge(error: BaseException) -> Verdict:
    """Return the verdict on a file whose processor raised `error`; what ends the run is raised again."""
    if isinstance(error, SetupFailed):
        return Verdict.ERROR
    if isinstance(error, pytest.skip.Exception | pytest.xfail.Exception):
        return Verdict.SKIPPED
    if isinstance(error, pytest.fail.Exception):
        return Verdict.FAILED
    return core_judge(error)
