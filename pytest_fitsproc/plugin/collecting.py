"""Collection: pytest collects the processors, and they are multiplied by the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import replace
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.builtin import builtin_functions
from pytest_fitsproc.plugin.foreseen import foreseen
from pytest_fitsproc.plugin.items import DataDescriptorNode
from pytest_fitsproc.plugin.lanes import fast_processor
from pytest_fitsproc.plugin.modules import ProcessorModule
from pytest_fitsproc.plugin.processor_classes import class_functions, is_processor_class
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.targets import Target
from pytest_fitsproc.plugin.templates import Template, is_template, named_templates
from pytest_fitsproc.plugin.turns import items_of
from pytest_fitsproc.plugin.waking import check_extensions
from pytest_fitsproc.processing.kinds import ORDER, Kind, kind_of
from pytest_fitsproc.processing.visit import PROVIDERS


class Collecting:
    """The hooks of collection."""

    def __init__(self, run: Run, fast_lane: bool) -> None:
        self._run, self._fast_lane = run, fast_lane
        self._functions: list[pytest.Function] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Keep out of data directories, and of files that still import DaCHS."""
        if self._run.paths.is_data(collection_path):
            return True
        if collection_path.suffix == ".py" and collection_path.is_file():
            old = ProcessorModule(collection_path).old_imports
            self._run.notices += old
            return bool(old) or None
        return None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """Collect a processors' file that is not named as tests are, if it imports this package."""
        if file_path.suffix != ".py" or not self._run.paths.hold(file_path):
            return None
        module = ProcessorModule(file_path)
        if _is_collected_anyway(file_path, parent) or not module.is_ours:
            return None
        pytest.register_assert_rewrite(file_path.stem)
        module_node: pytest.Module = parent.ihook.pytest_pycollect_makemodule(
            module_path=file_path, parent=parent
        )
        return module_node

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module | None:
        """Refuse a file that imports DaCHS, or would process the archive, when it is imported."""
        module = ProcessorModule(module_path)
        if not module.unguarded_procmain and not module.old_imports:
            return None
        refused: pytest.Module = RefusedModule.from_parent(parent, path=module_path)
        return refused

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Module, name: str, obj: object) -> Any:
        """Collect a processor class as functions that call it."""
        if is_processor_class(obj) and obj.__module__ == collector.obj.__name__:
            return class_functions(collector, name, obj, self._run)
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """In a run of several data descriptors, make a processor that asks for `dd` one for each."""
        descriptors = self._run.descriptors
        if "dd" in metafunc.fixturenames and len(descriptors) > 1:
            ids = [dd.full_id for dd in descriptors]
            metafunc.parametrize("dd", descriptors, indirect=True, ids=ids, scope="session")

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Note the templates in order of definition, which pytest may change by their fixtures."""
        report = yield
        self._functions += [node for node in report.result if is_template(node)]  # type: ignore[misc]
        return report

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Put the items of all files in front of the tests that run once.

        This comes behind pytest's own reordering by fixtures, which would cost as much for each item as a
        check, and before whatever selects items: both are a matter of when this plugin was registered.
        """
        if not self._run.is_worker:
            self._run.list_sources()
        builtin = builtin_functions(session, self._run.settings, self._run.engine)
        functions = [*builtin, *self._taken_from(items)]
        if self._run.settings.report_only:
            functions = [foreseen(function, self._run.steps) for function in functions]
        templates = self._in_order(named_templates(functions))
        if not self._can_run(session, templates):
            items.clear()
            return
        templates, sleeping = _without_sleeping(templates)
        items[:] = [item for item in items if not _is_refused(item)]
        once = [] if self._run.settings.report_only or self._run.has_pasted_ids else list(items)
        items[:] = [*self._file_items(session, templates, sleeping), *once]

    def _taken_from(self, items: list[pytest.Item]) -> list[pytest.Function]:
        """Take the templates, which are no items, out of `items`; return them in order of definition."""
        collected = set(map(id, items))
        # A function whose id was given is in the report of the session as well.
        functions = [function for function in dict.fromkeys(self._functions) if id(function) in collected]
        taken = set(map(id, functions))
        items[:] = [item for item in items if id(item) not in taken]
        if functions:
            private.collected_less(functions[0].config, len(functions))
        return functions

    def _in_order(self, templates: list[Template]) -> list[Template]:
        """The templates that are to run, in the order in which they run on a file, each with its lane."""
        if self._run.settings.report_only:
            templates = [template for template in templates if template.kind is Kind.CLASSIFIER]
        return [self._prepared(template) for template in sorted(templates, key=lambda one: ORDER[one.kind])]

    def _prepared(self, template: Template) -> Template:
        if template.kind.writes:
            template = replace(template, is_awake=self._run.settings.waking.wakes(template))
        processor = fast_processor(template, self._run.rows, self._run.steps) if self._fast_lane else None
        return replace(template, processor=processor)

    def _can_run(self, session: pytest.Session, templates: list[Template]) -> bool:
        """Whether there are the classes and writers that are asked for; a worker can only report that not."""
        try:
            settings = self._run.settings
            settings.class_options.check(function.name.partition(".")[0] for function in self._functions)
            if not settings.report_only:
                settings.waking.check(templates)
            for target in self._run.targets:
                check_extensions(one for one in templates if one.is_awake and self._serves(one, target))
        except FitsprocError as error:
            if not self._run.is_worker:
                raise pytest.UsageError(str(error)) from error
            report = pytest.CollectReport("--fitsproc", "failed", str(error), None)
            session.config.hook.pytest_collectreport(report=report)
            return False
        return True

    def _file_items(
        self, session: pytest.Session, templates: list[Template], sleeping: list[Template]
    ) -> Iterator[pytest.Item]:
        left_out: Counter[str] = Counter()
        for number, target in enumerate(self._run.targets):
            node = DataDescriptorNode.from_parent(session, name=target.dd.full_id, nodeid=target.dd.full_id)
            chosen = self._without_idle([one for one in templates if self._serves(one, target)], target)
            items = [*items_of(node, target, chosen, number)]
            asleep = self._left_out(target, sleeping)
            left_out.update(name for _, name in asleep)
            target.note_missing(chain(((item.source.label, item.template.name) for item in items), asleep))
            session.config.hook.pytest_collectreport(
                report=pytest.CollectReport(node.nodeid, "passed", None, [*items])
            )
            yield from items
        if left_out:
            count, names = left_out.total(), ", ".join(left_out)
            were = "items were" if count > 1 else "item was"
            self._run.notices.append(f"{count} {were} left out: --fitsproc-write wakes {names}")

    def _without_idle(self, templates: list[Template], target: Target) -> list[Template]:
        """Leave out our own preview maker where one of the curator's is awake: its previews are published."""
        makers = [one for one in templates if one.is_awake and one.kind is Kind.PREVIEW_MAKER]
        ours = [one for one in makers if one.is_builtin]
        names = [one.name for one in makers if not one.is_builtin]
        if not ours or not names:
            return templates
        self._run.notices.append(
            f"{target.dd.full_id}: --fitsproc-previews leaves the previews to {', '.join(names)}"
        )
        return [template for template in templates if template not in ours]

    def _left_out(self, target: Target, sleeping: list[Template]) -> list[tuple[str, str]]:
        """Labels of files and names of the processors that are asleep for them."""
        names = [template.name for template in sleeping if self._serves(template, target)]
        return [
            (source.label, name)
            for source in (target.sources() if names else ())
            for name in names
            if target.chooses(source.label, name)
        ]

    def _serves(self, template: Template, target: Target) -> bool:
        """Whether a processor is for a data descriptor: one in a ``bin`` is for that resource directory."""
        if not template.serves(target.dd):
            return False
        if template.is_builtin or self._run.paths.named:
            return True
        return template.module.is_relative_to(Path(target.dd.rd.resdir, "bin"))


class RefusedModule(pytest.Module):
    """A file that must not be imported: an error instead of its processors."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Say what is wrong with it."""
        module = ProcessorModule(self.path)
        if module.old_imports:
            raise self.CollectError("\n".join(module.old_imports))
        line = module.unguarded_procmain
        raise self.CollectError(
            f'{self.path}:{line}: procmain would run at import; put it below `if __name__ == "__main__":`'
        )


def _without_sleeping(templates: list[Template]) -> tuple[list[Template], list[Template]]:
    """Split templates into those that run and those that are left out: writers that have no dry run."""
    running = [template for template in templates if template.is_awake or not template.needs_waking]
    return running, [template for template in templates if template not in running]


def _is_refused(item: pytest.Item) -> bool:
    """Whether a classifier asks for no file; then it is an error."""
    if not isinstance(item, pytest.Function) or kind_of(item.obj) is Kind.CHECK:
        return False
    reason = f"the {kind_of(item.obj)} {item.name} asks for no file: name one of {', '.join(PROVIDERS)}"
    report = pytest.CollectReport(item.nodeid, "failed", reason, None)
    item.config.hook.pytest_collectreport(report=report)
    return True


def _is_collected_anyway(path: Path, parent: pytest.Collector) -> bool:
    """Whether pytest takes a file for a module of tests, by its name or since it was named."""
    patterns = parent.config.getini("python_files")
    return parent.session.isinitpath(path) or any(fnmatch(path.name, pattern) for pattern in patterns)
