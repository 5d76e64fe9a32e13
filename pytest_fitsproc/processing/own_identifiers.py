"""How a module of processors declares what they go through instead of the sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Iterable[object]])

_MARK = "__fitsproc_is_identifiers__"


def identifiers(function: Function) -> Function:
    """Declare that a function yields what the processors of its module go through, instead of the sources.

    It is called for each data descriptor, and may ask for ``dd``, ``rd``, ``products`` and ``catalogue``.
    It should yield strings: accrefs, or paths relative to the inputs directory. Processors get each of them
    as ``source.identifier``, and where there is such a file, it is a source like any other.
    """
    setattr(function, _MARK, True)
    # Whatever it is called, pytest takes it for no test.
    setattr(function, "__test__", False)  # noqa: B010
    return function


def declared_in(namespace: Mapping[str, Any]) -> list[Callable[..., Iterable[object]]]:
    """Return the functions in a module that are declared so."""
    return [value for value in dict(namespace).values() if callable(value) and hasattr(value, _MARK)]
