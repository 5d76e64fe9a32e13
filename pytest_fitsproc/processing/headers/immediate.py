"""An immediate header processor on one file: the header that it edits is proposed at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.visit import Visit

Call: TypeAlias = Callable[[dict[str, object]], object]
"""Runs a curator's function with these values of ``header`` and ``fitschan``, and returns what it does."""


def run_immediate(
    visit: Visit, rules: HeaderRules, switches: HeaderSwitches, asks: Collection[str], call: Call
) -> None:
    """Propose to a visit the header that a function makes of the present one, if it differs.

    Nothing is called where the rules say that the file is processed, unless it is to be reprocessed.

    Parameters
    ----------
    visit : of the file
    rules, switches : of the processor, and of the run
    asks : which of ``header`` and ``fitschan`` the function asks for
    call : runs the function

    Raises
    ------
    EditError
        It is not clear what shall be written.
    Unavailable
        The header can't be read.
    """
    raise NotImplementedError
