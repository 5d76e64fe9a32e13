"""The items of a data descriptor: which processors have their turn with which files, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.plugin.items import DataDescriptorNode, FileFunction, FileItem, Place, failure_text
from pytest_fitsproc.plugin.scheduling import BLOCK, BLOCKS_EACH
from pytest_fitsproc.plugin.stash import RUN
from pytest_fitsproc.plugin.targets import Target
from pytest_fitsproc.plugin.templates import Template
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.identifiers import searched_text


def items_of(
    node: DataDescriptorNode, target: Target, templates: list[Template], number: int
) -> Iterator[FileItem | FileFunction]:
    """Yield the items of a data descriptor: file by file, each with its processors in order.

    Processors that go through identifiers of their own come behind the others. Where a writer of headers is
    awake, the files come in blocks, and each writer has its turn with a block before anything else, so that
    many files are written together. Where fixtures live as long as a module, a class or a package, the slow
    items of a block are run module by module.
    """
    shared = [template for template in templates if template.identifiers is None]
    size = _block_size(shared, len(target.paths), _workers(node.config))
    yield from _multiplied(node, target, target.sources(), shared, number, size)
    for together in _by_identifiers(templates):
        sources = _identifiers(node, together[0], target.dd)
        yield from _multiplied(node, target, sources, together, number, 1)


def _by_identifiers(templates: list[Template]) -> Iterable[list[Template]]:
    """The templates that go through identifiers of their own, those with the same ones together."""
    groups: dict[object, list[Template]] = {}
    for template in templates:
        if template.identifiers is not None:
            groups.setdefault(template.identifiers, []).append(template)
    return groups.values()


def _block_size(templates: list[Template], files: int, workers: int) -> int:
    if any(template.has_shared_scope for template in templates):
        return BLOCK
    if any(map(_writes_files, templates)):
        # A block is in one worker, so that few files must not make one block.
        return max(1, min(BLOCK, files // (workers * BLOCKS_EACH)))
    return 1


def _identifiers(node: DataDescriptorNode, template: Template, dd: DataDescriptor) -> list[Source]:
    """Return what a processor goes through; where that fails, it has no items but an error."""
    assert template.identifiers is not None
    identifiers, text = template.identifiers, node.config.stash[RUN].settings.name_filter
    call = pytest.CallInfo.from_call(
        lambda: [source for source in identifiers(dd) if text in searched_text(source)],
        "collect",
        reraise=(pytest.exit.Exception, KeyboardInterrupt),
    )
    if call.excinfo is None:
        return call.result
    raised = call.excinfo.value
    error = raised.__cause__ or raised if isinstance(raised, SetupFailed) else raised
    longrepr = failure_text(template.function, pytest.ExceptionInfo.from_exception(error))
    node.config.hook.pytest_collectreport(
        report=pytest.CollectReport(f"{dd.full_id}::{template.name}", "failed", longrepr, None)
    )
    return []


def _multiplied(
    node: DataDescriptorNode,
    target: Target,
    sources: Iterable[Source],
    templates: list[Template],
    number: int,
    size: int,
) -> Iterator[FileItem | FileFunction]:
    numbered, groups = enumerate(sources), _groups(templates)
    while block := list(islice(numbered, size)):
        for together in groups:
            for place, source in block:
                for template in together:
                    if not target.chosen or target.chooses(source.label, template.name):
                        yield _item(node, source, template, (number, place, template.place))


def _groups(templates: list[Template]) -> list[list[Template]]:
    """The templates in turns: what writes files, or shares fixtures below the session, has one of its own."""
    any_shared = any(template.has_shared_scope for template in templates)
    groups: dict[object, list[Template]] = {}
    awake_before = 0
    for template in templates:
        writes = _writes_files(template)
        turn = None if writes else _sharing(template, any_shared)
        # What comes behind a writer sees what that has written.
        awake_before += writes
        groups.setdefault((awake_before, writes, turn), []).append(template)
    return list(groups.values())


def _writes_files(template: Template) -> bool:
    """Whether it changes the files; what makes previews has each file while it is open."""
    return template.is_awake and template.kind.writes_source


def _sharing(template: Template, any_shared: bool) -> object:
    if not any_shared:
        return None
    function = template.function
    module = (function.path, function.parent, template.parameters) if template.has_shared_scope else None
    return template.kind, module


def _workers(config: pytest.Config) -> int:
    return int(getattr(config, "workerinput", {}).get("workercount", 1))


def _item(
    node: DataDescriptorNode, source: Source, template: Template, place: Place
) -> FileItem | FileFunction:
    if template.processor is not None:
        return FileItem.make(node, source, template, place)
    return FileFunction.make(node.name, source, template, place)
