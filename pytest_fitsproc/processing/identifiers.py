"""Sources for the identifiers that a processor makes itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.errors import FitsprocError


class NoIdentifiersError(FitsprocError):
    """What ought to yield identifiers returned something else."""


def identified(identifiers: object, dd: DataDescriptor) -> Iterator[Identified]:
    """Return a source for each identifier, with a label that no other has and that is the same in every run.

    A string is its own label (below the resource directory, relative to it); what has no representation but
    its address is named by its type and its place, and what comes again gets a number. Those of a set come
    in the order of their texts.

    Raises
    ------
    NoIdentifiersError
        These are none: a single text, or nothing that can be iterated over.
    """
    if isinstance(identifiers, str | bytes) or not isinstance(identifiers, Iterable):
        raise NoIdentifiersError(f"identifiers are to be yielded one by one, not returned as {identifiers!r}")
    # The order of a set changes from process to process.
    is_set = isinstance(identifiers, set | frozenset)
    return _identified(sorted(identifiers, key=str) if is_set else identifiers, dd)


def _identified(identifiers: Iterable[object], dd: DataDescriptor) -> Iterator[Identified]:
    seen: dict[str, int] = {}
    for place, identifier in enumerate(identifiers):
        yield Identified(identifier, _unique(_label(identifier, place, dd), seen), dd)


def searched_text(source: Source) -> str:
    """Return what ``--filter`` looks at: the accref of a file, or else the identifier."""
    identifier = source.identifier
    if not isinstance(identifier, str):
        return str(identifier)
    return source.accref if identifier.startswith("/") else identifier


def _label(identifier: object, place: int, dd: DataDescriptor) -> str:
    if isinstance(identifier, str):
        path = str(dd.rd.inputs.path / identifier)
        return Source(path, dd).label if path.startswith(dd.rd.resdir + "/") else escape(identifier)
    text = repr(identifier)
    if " at 0x" in text or isinstance(identifier, set | frozenset):
        return f"{type(identifier).__name__}-{place}"
    return escape(text)


def _unique(label: str, seen: dict[str, int]) -> str:
    unique = label
    while unique in seen:
        seen[label] += 1
        unique = f"{label}#{seen[label]}"
    seen[unique] = 1
    return unique
