"""DaCHS processor classes as functions that pytest can make items of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeGuard

import pytest

from pytest_fitsproc.archive.source import Source
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
from pytest_fitsproc.processing.identifiers import identified
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
