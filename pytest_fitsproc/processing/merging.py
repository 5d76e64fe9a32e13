"""Putting together what several processes have made of the same attributes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Number
from typing import Any, Final

from pytest_fitsproc.processing.self_state import Changes, Growth, Path, SelfState

ABSENT: Final = object()
"""Stands for a value that was not there in the beginning."""

_AT_THE_END = 1 << 62


class UnmergeableError(Exception):
    """There is no one way to put these values together; the text goes on after the attribute's name."""


@dataclass(frozen=True, slots=True)
class Version:
    """What one process has made of a value.

    Attributes
    ----------
    value : what it is in the end
    growth : says which source the items of lists come from
    """

    value: Any
    growth: Growth


def bring_together(state: SelfState, changes: Sequence[Changes]) -> list[str]:
    """Give a processor the attributes that other processes have changed, and return what could not be merged.

    Each line names one attribute and the reason.
    """
    first = state.attributes()
    problems = []
    for name in dict.fromkeys(name for change in changes for name in change.values):
        try:
            versions = [_version(state, change, name) for change in changes if name in change.values]
            state.set(name, merged(first.get(name, ABSENT), versions, (name,)))
        except UnmergeableError as error:
            problems.append(f"self.{name} {error}")
    return problems


def merged(base: Any, versions: Sequence[Version], path: Path) -> Any:
    """Return what a value would be if one process had made all the changes.

    Lists are joined in the order of the sources, sets and dictionaries united, numbers summed; likewise what
    several processes have put under one key of a dictionary. Anything else may be changed by one process
    only, or be set to the same by all where nothing was before.

    Parameters
    ----------
    base : the value before there were several processes, or `ABSENT`; a container is changed in place
    versions : of those processes that changed it, at least one
    path : where the value is

    Raises
    ------
    UnmergeableError
        None of this is the case.
    """
    first = versions[0].value
    if len(versions) == 1:
        return first
    was_unset = base is None or (base is ABSENT and len(path) == 1)
    if (was_unset or isinstance(base, bool)) and not _is(first, Number) and _all_same(versions):
        return first
    for kind, zero, join in _JOINS:
        start = zero() if base is None or base is ABSENT else base
        if all(_is(value, kind) for value in (start, *(version.value for version in versions))):
            # What was unset and is a number now may be a count, or the last of many values.
            if was_unset and kind is Number:
                break
            return join(start, versions, path)
    raise UnmergeableError(f"was set to several things, one of them a {type(first).__name__}")


def _version(state: SelfState, change: Changes, name: str) -> Version:
    pickled = change.values[name]
    if pickled is None:
        raise UnmergeableError("was set to something that can't be sent from one process to another")
    try:
        return Version(state.load(pickled), change.growth)
    except Exception as error:
        raise UnmergeableError(f"can't be unpickled: {error!r}") from error


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _all_same(versions: Sequence[Version]) -> bool:
    return all(_is_same(version.value, versions[0].value) for version in versions[1:])


def _is_same(one: object, other: object) -> bool:
    """Whether two values are equal; arrays don't say so, and not-a-number denies it."""
    try:
        if bool(one == other):
            return True
    except Exception:
        # Whatever a curator's __eq__ raises, or the truth of an array: their pickles are compared instead.
        pass
    return other is not ABSENT and pickle.dumps(one) == pickle.dumps(other)


def _joined(base: list[Any], versions: Sequence[Version], path: Path) -> list[Any]:
    size = len(base)
    pieces: list[tuple[int, list[Any]]] = []
    for version in versions:
        if not _is_same(version.value[:size], base):
            raise UnmergeableError("was not only appended to")
        start = size
        for place, end in [*version.growth.get(path, ()), (_AT_THE_END, len(version.value))]:
            pieces.append((place, version.value[start:end]))
            start = max(start, end)
    for _, items in sorted(pieces, key=lambda piece: piece[0]):
        base.extend(items)
    return base


def _united(base: set[Any], versions: Sequence[Version], path: Path) -> set[Any]:
    if any(base - version.value for version in versions):
        raise UnmergeableError("was not only added to")
    base.update(*(version.value for version in versions))
    return base


def _united_frozen(base: frozenset[Any], versions: Sequence[Version], path: Path) -> frozenset[Any]:
    return frozenset(_united(set(base), versions, path))


def _united_by_key(base: dict[Any, Any], versions: Sequence[Version], path: Path) -> dict[Any, Any]:
    if any(base.keys() - version.value.keys() for version in versions):
        raise UnmergeableError("has lost some of its keys")
    for key in dict.fromkeys(key for version in versions for key in version.value):
        before = base.get(key, ABSENT)
        changed = [
            Version(version.value[key], version.growth)
            for version in versions
            if key in version.value and not _is_same(version.value[key], before)
        ]
        if changed:
            base[key] = merged(before, changed, (*path, key))
    return base


def _summed(base: Any, versions: Sequence[Version], path: Path) -> Any:
    return sum((version.value - base for version in versions), start=base)


#: The kind of values, what one of them is before anything was done, and how several are put together.
_JOINS: tuple[tuple[type, Callable[[], Any], Callable[[Any, Sequence[Version], Path], Any]], ...] = (
    (list, list, _joined),
    (set, set, _united),
    (frozenset, frozenset, _united_frozen),
    (dict, dict, _united_by_key),
    (Number, int, _summed),
)
