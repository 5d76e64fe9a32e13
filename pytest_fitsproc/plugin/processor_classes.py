"""DaCHS processor classes as functions that pytest can make items of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeGuard

import pytest

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.templates import OWN_IDENTIFIERS, SHOWS_OUTPUT
from pytest_fitsproc.processing.file_processor import (
    FileProcessor,
    classify_with,
    overrides,
    parsed_options,
    process_with,
)
from pytest_fitsproc.processing.kinds import classifier


def is_processor_class(obj: object) -> TypeGuard[type[FileProcessor]]:
    """Whether something in a module is a class that processes or classifies files."""
    return (
        isinstance(obj, type)
        and issubclass(obj, FileProcessor)
        and (overrides(obj, "process") or overrides(obj, "classify"))
    )


def class_functions(
    collector: pytest.Module, name: str, cls: type[FileProcessor], run: Run
) -> list[pytest.Function]:
    """Return functions for what the class does with a file: ``Name`` processes, ``Name.classify`` classifies.

    The class is instantiated once for each data descriptor, with what ``--fitsproc-opt`` gives.
    """
    instance = cache(lambda dd: cls(_options(name, cls, run.settings.class_options), dd))

    def process(source: Source) -> None:
        process_with(instance(source.dd), run.engine.visit(source))

    @classifier
    def classify(source: Source) -> object:
        return classify_with(instance(source.dd), run.engine.visit(source))

    functions = {name: process, f"{name}.classify": classify}
    if not overrides(cls, "process"):
        del functions[name]
    for function in functions.values():
        function.__doc__ = cls.__doc__
        setattr(function, SHOWS_OUTPUT, True)
        if overrides(cls, "iterIdentifiers"):
            setattr(function, OWN_IDENTIFIERS, lambda dd: identified(instance(dd).iterIdentifiers(), dd))
    return [
        pytest.Function.from_parent(collector, name=key, callobj=function)
        for key, function in functions.items()
    ]


def _options(name: str, cls: type[FileProcessor], words: Sequence[str]) -> Any:
    try:
        return parsed_options(cls, words)
    except SystemExit as error:
        raise OptionError(f"--fitsproc-opt={' '.join(words)} is not understood by {name}") from error


def identified(identifiers: Iterable[object], dd: DataDescriptor) -> Iterator[Source]:
    """Yield a source for each identifier, with a stable label.

    A string is its own label (below the resource directory, relative to it); what has no representation but
    its address is named by its type and its place.
    """
    seen: dict[str, int] = {}
    for place, identifier in enumerate(identifiers):
        label = _label(identifier, place, dd)
        seen[label] = seen.get(label, 0) + 1
        yield Identified(identifier, label if seen[label] == 1 else f"{label}#{seen[label]}", dd)


def _label(identifier: object, place: int, dd: DataDescriptor) -> str:
    if isinstance(identifier, str):
        path = str(dd.rd.inputs.path / identifier)
        return Source(path, dd).label if path.startswith(dd.rd.resdir + "/") else escape(identifier)
    text = repr(identifier)
    return f"{type(identifier).__name__}-{place}" if " at 0x" in text else escape(text)
