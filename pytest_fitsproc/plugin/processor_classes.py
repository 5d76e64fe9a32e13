"""DaCHS processor classes as functions that pytest can make items of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeGuard

import pytest

from pytest_fitsproc.archive.current_database import offering
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.settings import Settings
from pytest_fitsproc.plugin.templates import OWN_IDENTIFIERS, PROPOSES, SHOWS_OUTPUT, SOLVES
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.file_processor import (
    FileProcessor,
    classify_with,
    overrides,
    parsed_options,
    process_with,
)
from pytest_fitsproc.processing.header_processor import HeaderProcessor, ImmediateHeaderProcessor
from pytest_fitsproc.processing.headers.rules import HeaderRules, declare_header_processor
from pytest_fitsproc.processing.identifiers import identified
from pytest_fitsproc.processing.kinds import classifier
from pytest_fitsproc.processing.preview_maker import PreviewMaker, SpectralPreviewMaker
from pytest_fitsproc.processing.previews.rules import PreviewRules, declare_preview_maker
from pytest_fitsproc.processing.solver_settings import SolverSettings


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
    words = [*run.settings.class_options.of(name), *_switch_words(cls, run.settings)]
    instance = _Instances(cls, _options(name, cls, words), run, collector)

    def process(source: Source) -> object:
        value = process_with(instance(source.dd), run.engine.visit(source))
        return value if _writes(cls) else None

    @classifier
    def classify(source: Source) -> object:
        return classify_with(instance(source.dd), run.engine.visit(source))

    functions = {name: process, f"{name}.classify": classify}
    if not overrides(cls, "process"):
        del functions[name]
    if _writes(cls):
        setattr(process, SOLVES if _solves(cls) else PROPOSES, True)
    if issubclass(cls, PreviewMaker):
        declare_preview_maker(process, PreviewRules())
    if _edits_headers(cls):
        declare_header_processor(process, HeaderRules(detached=getattr(cls, "headerExt", None)))
        if not overrides(cls, "classify"):
            del functions[f"{name}.classify"]
    for function in functions.values():
        function.__doc__ = cls.__doc__
        setattr(function, SHOWS_OUTPUT, True)
        if overrides(cls, "iterIdentifiers"):
            setattr(function, OWN_IDENTIFIERS, lambda dd: identified(instance(dd).iterIdentifiers(), dd))
    return [
        pytest.Function.from_parent(collector, name=key, callobj=function)
        for key, function in functions.items()
    ]


def _edits_headers(cls: type[FileProcessor]) -> bool:
    return issubclass(cls, ImmediateHeaderProcessor | HeaderProcessor)


def _solves(cls: type[FileProcessor]) -> bool:
    return issubclass(cls, HeaderProcessor) and cls._solves


def _writes(cls: type[FileProcessor]) -> bool:
    return _edits_headers(cls) or issubclass(cls, PreviewMaker)


def _switch_words(cls: type[FileProcessor], settings: Settings) -> list[str]:
    """The switches of the run as words for a class that writes."""
    waking = settings.waking
    if issubclass(cls, PreviewMaker):
        previews = waking.previews
        words = ["--force"] if previews.force else []
        words += ["--stale"] if previews.stale else []
        return words + (
            ["--spectrum-axes"] if previews.axes and issubclass(cls, SpectralPreviewMaker) else []
        )
    if not _edits_headers(cls):
        return []
    switches = waking.switches
    words = ["--reprocess"] if switches.reprocess else []
    if issubclass(cls, HeaderProcessor):
        words += [] if switches.computes else ["--no-compute"]
        words += ["--apply"] if switches.applies else []
        words += ["--reheader"] if switches.reheaders else []
    if _solves(cls):
        words += _solver_words(settings.solver)
    return words


def _solver_words(solver: SolverSettings) -> list[str]:
    """What a solver's own methods look for in its options; the rest is asked of the run."""
    values = {"copy-to": solver.copy_to, "minarea": solver.minarea, "detectthreshold": solver.threshold}
    words = [f"--{name}={value}" for name, value in values.items() if value is not None]
    return words if solver.solves else [*words, "--no-anet"]


class _Instances:
    """Instances of a class, one for each data descriptor, made when the first file needs it."""

    def __init__(self, cls: type[FileProcessor], options: Any, run: Run, module: pytest.Module) -> None:
        self._cls, self._options, self._run, self._module = cls, options, run, module
        self._made: dict[DataDescriptor, FileProcessor | Exception] = {}

    def __call__(self, dd: DataDescriptor) -> FileProcessor:
        if dd not in self._made:
            self._made[dd] = self._attempt(dd)
        made = self._made[dd]
        if isinstance(made, Exception):
            raise SetupFailed from made
        return made

    def _attempt(self, dd: DataDescriptor) -> FileProcessor | Exception:
        try:
            with offering(partial(self._run.seen_products.of, self._module, dd)):
                processor = self._cls(self._options, dd)
                if isinstance(processor, PreviewMaker):
                    # It keeps those that are offered now.
                    _ = processor.products
        except SetupFailed:
            raise
        except Exception as error:
            return error
        processor._write_options = self._run.settings.write
        if isinstance(processor, PreviewMaker):
            processor._previews_to = self._run.previews_to
        return processor


def _options(name: str, cls: type[FileProcessor], words: Sequence[str]) -> Any:
    try:
        return parsed_options(cls, words)
    except SystemExit as error:
        message = f"--fitsproc-opt={' '.join(words)} is not understood by {name}"
        raise pytest.Collector.CollectError(message) from error
