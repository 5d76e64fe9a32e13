"""How a header processor is run on a visit: as its rules say, whatever lane it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pytest_fitsproc.plugin.templates import PROPOSES
from pytest_fitsproc.processing.headers.rules import HeaderSwitches, header_rules
from pytest_fitsproc.processing.visit import Visit

#: Calls the curator's function with these values instead of those that the visit provides.
Call = Callable[[Mapping[str, object]], object]

_EDITABLE = frozenset({"header", "fitschan"})


def header_step(
    function: Any, names: Iterable[str], switches: HeaderSwitches
) -> Callable[[Visit, Call], object]:
    """Return what runs a header processor: it proposes headers to a visit, and returns its label or None.

    Parameters
    ----------
    function : the curator's, or one of ours that proposes what a processor class asks for
    names : of the arguments of the function
    """
    if getattr(function, PROPOSES, False):
        return lambda visit, call: call({})
    rules, asks = header_rules(function), _EDITABLE.intersection(names)
    if rules.detached is None:
        from pytest_fitsproc.processing.headers.immediate import run_immediate

        return lambda visit, call: run_immediate(visit, rules, switches, asks, call)
    from pytest_fitsproc.processing.headers.detached import run_detached

    return lambda visit, call: run_detached(visit, rules, switches, asks, call)
