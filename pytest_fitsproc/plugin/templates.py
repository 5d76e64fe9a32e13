"""Templates: the processors as pytest collected them, before they meet a file.

pytest collects each processor as one `pytest.Function`, with its marks, parameters and fixtures. That
function is never run itself: it is the template of the items of all files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.plugin.module_identifiers import module_identifiers
from pytest_fitsproc.processing.engine import Processor
from pytest_fitsproc.processing.headers.rules import header_rules
from pytest_fitsproc.processing.kinds import Kind, kind_of
from pytest_fitsproc.processing.visit import PROVIDERS

Identifiers = Callable[[DataDescriptor], Iterable[Source]]

# Attributes of the functions that are made here rather than by a curator.
OWN_IDENTIFIERS, BUILTIN, SHOWS_OUTPUT, PROPOSES, SOLVES = (
    "__fitsproc_identifiers__",
    "__fitsproc_builtin__",
    "__fitsproc_output__",
    "__fitsproc_proposes__",
    "__fitsproc_solves__",
)


@dataclass(frozen=True, eq=False)
class Template:
    """One processor: the function that pytest collected, its kind, and its name in ids.

    Attributes
    ----------
    place : its place among the processors in order of definition
    is_awake : whether it is a writer, and writes
    processor : what runs it in the fast lane; None in the slow
    """

    function: pytest.Function
    kind: Kind
    name: str
    place: int
    is_awake: bool = False
    processor: Processor | None = None

    @property
    def module(self) -> Path:
        """The file that defines it."""
        return self.function.path

    @cached_property
    def identifiers(self) -> Identifiers | None:
        """What gives the identifiers that it goes through, where these are not the sources."""
        return getattr(self.function.obj, OWN_IDENTIFIERS, None) or module_identifiers(self.function)

    @property
    def is_builtin(self) -> bool:
        """Whether it is a check of ours."""
        return getattr(self.function.obj, BUILTIN, False)

    @property
    def shows_output(self) -> bool:
        """Whether what it prints is shown although it passes."""
        return getattr(self.function.obj, SHOWS_OUTPUT, False)

    @cached_property
    def definition(self) -> tuple[str, int | None]:
        """Where it is defined: the file, relative to rootdir, and the line."""
        path, line, _ = self.function.location
        return path, line

    @property
    def parameters(self) -> str:
        """Id of its parameters; empty where it has none."""
        return self.function.callspec.id if hasattr(self.function, "callspec") else ""

    @cached_property
    def has_shared_scope(self) -> bool:
        """Whether it uses fixtures that live longer than an item and shorter than the session."""
        definitions = self.function._fixtureinfo.name2fixturedefs.values()
        return any(found[-1].scope in ("class", "module", "package") for found in definitions if found)

    @property
    def sees_proposals(self) -> bool:
        """Whether it gets a file's header as sleeping writers before it want it to be."""
        return self.kind.sees_proposals and not self.is_awake

    @property
    def needs_waking(self) -> bool:
        """Whether it is a writer that can't show what it would do."""
        if self.kind is Kind.HEADER_PROCESSOR:
            return header_rules(self.function.obj).detached is not None
        return self.kind.writes

    def serves(self, dd: object) -> bool:
        """Whether it was collected for this data descriptor (that of a run with one is not named)."""
        return _params_dd(self.function) in (None, dd)


def is_template(node: object) -> bool:
    """Whether a collected node asks for something that is given file by file, directly or not."""
    return isinstance(node, pytest.Function) and not PROVIDERS.keys().isdisjoint(node.fixturenames)


def named_templates(functions: Sequence[pytest.Function]) -> list[Template]:
    """Return the templates in order of definition, with names that tell them apart.

    A name that occurs in two modules is qualified by the module in both.
    """
    names = [plain_name(function) for function in functions]
    for qualify in (_with_module, _with_directory):
        double = _doubles(zip(names, map(_params_dd, functions), strict=True))
        names = [
            qualify(function) if (name, _params_dd(function)) in double else name
            for name, function in zip(names, functions, strict=True)
        ]
    return [
        Template(function, kind_of(function.obj), name, place)
        for place, (name, function) in enumerate(zip(names, functions, strict=True))
    ]


def plain_name(function: pytest.Function) -> str:
    """The name of a function with its classes and its parameters."""
    classes = [node.name for node in function.listchain() if isinstance(node, pytest.Class)]
    return ".".join([*classes, _item_name(function)])


def _item_name(function: pytest.Function) -> str:
    """The function's name with its parameters, less the data descriptor's, which ids begin with anyway."""
    if "dd" not in _params(function):
        return function.name
    rest = "-".join(part for part in function.callspec._idlist if part != _dd_id(function))
    return f"{function.originalname}[{rest}]" if rest else function.originalname


def _with_module(function: pytest.Function) -> str:
    return f"{function.path.stem}.{plain_name(function)}"


def _with_directory(function: pytest.Function) -> str:
    return f"{function.path.parent.name}.{_with_module(function)}"


def _params(function: pytest.Function) -> dict[str, object]:
    return function.callspec.params if hasattr(function, "callspec") else {}


def _params_dd(function: pytest.Function) -> object:
    return _params(function).get("dd")


def _dd_id(function: pytest.Function) -> str:
    return getattr(_params_dd(function), "full_id", "")


def _doubles(keys: Iterable[object]) -> set[object]:
    return {key for key, count in Counter(keys).items() if count > 1}
