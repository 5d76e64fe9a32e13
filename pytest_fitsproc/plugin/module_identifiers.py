"""What the processors of a module go through where the module says so by ``@identifiers``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.plugin.stash import RUN
from pytest_fitsproc.processing.identifiers import identified
from pytest_fitsproc.processing.own_identifiers import declared_in

if TYPE_CHECKING:
    from pytest_fitsproc.plugin.run import Run

#: What the function may ask for.
_GIVEN: dict[str, Callable[[Run, pytest.Function, DataDescriptor], object]] = {
    "dd": lambda run, function, dd: dd,
    "rd": lambda run, function, dd: dd.rd,
    "products": lambda run, function, dd: run.seen_products.of(function, dd),
    "catalogue": lambda run, function, dd: run.catalogue(dd),
}


@dataclass(frozen=True)
class ModuleIdentifiers:
    """Sources for what a function with ``@identifiers`` yields; equal for all processors of a module."""

    functions: tuple[Callable[..., Iterable[object]], ...]
    processor: pytest.Function = field(compare=False)

    def __call__(self, dd: DataDescriptor) -> Iterator[Source]:
        """Yield the sources for a data descriptor.

        Raises
        ------
        OptionError
            The module declares two functions, or its function asks for what there is not.
        """
        if len(self.functions) > 1:
            names = " and ".join(function.__name__ for function in self.functions)
            raise OptionError(
                f"{self._place}: both {names} have @identifiers; a module has one such function"
            )
        yield from identified(self.functions[0](**self._arguments(dd)), dd)

    def _arguments(self, dd: DataDescriptor) -> dict[str, object]:
        names = inspect.signature(self.functions[0]).parameters
        for name in names:
            if name not in _GIVEN:
                raise OptionError(
                    f"{self._place}: {self.functions[0].__name__} asks for {name!r};"
                    f" a function with @identifiers may ask for {', '.join(_GIVEN)}"
                )
        run = self.processor.config.stash[RUN]
        return {name: _GIVEN[name](run, self.processor, dd) for name in names}

    @property
    def _place(self) -> str:
        code = inspect.unwrap(self.functions[0]).__code__
        return f"{code.co_filename}:{code.co_firstlineno}"


def module_identifiers(function: pytest.Function) -> ModuleIdentifiers | None:
    """Return what the processors of a function's module go through, None where these are the sources."""
    module = function.module
    functions = tuple(dict.fromkeys(declared_in(vars(module)))) if module is not None else ()
    return ModuleIdentifiers(functions, function) if functions else None
