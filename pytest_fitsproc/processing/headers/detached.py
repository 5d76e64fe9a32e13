"""A two-step header processor on one file: a header is computed beside it, and applied to it."""

from __future__ import annotations

from collections.abc import Collection

from pytest_fitsproc.processing.headers.immediate import Call
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.visit import Visit


def run_detached(
    visit: Visit, rules: HeaderRules, switches: HeaderSwitches, asks: Collection[str], call: Call
) -> str:
    """Compute the detached header of a file, or propose it to the visit, or both; return a label for that.

    Parameters
    ----------
    visit : of the file
    rules, switches : of the processor, and of the run
    asks : which of ``header`` and ``fitschan`` the function asks for
    call : runs the function

    Raises
    ------
    CannotComputeHeader
        The function returned nothing that can be written.
    DetachedHeaderError
        There is a detached header, but it can't be applied, or none can be written.
    """
    raise NotImplementedError
