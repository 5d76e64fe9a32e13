"""Which Python files hold processors: known from their syntax trees, before anything is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_fitsproc.processing.dachs_imports import new_import


@dataclass(frozen=True)
class ProcessorModule:
    """What the text of a Python file says about it.

    A file that can't be parsed imports what its text names; pytest says what is wrong when it imports it.
    """

    path: Path

    @cached_property
    def _tree(self) -> ast.Module:
        return self._parsed or ast.Module(body=[], type_ignores=[])

    @cached_property
    def _parsed(self) -> ast.Module | None:
        try:
            return ast.parse(self._text)
        except (SyntaxError, ValueError):
            return None

    @cached_property
    def _text(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError:
            return b""

    @property
    def is_ours(self) -> bool:
        """Whether it imports this package, or would import it or DaCHS if it could be parsed."""
        if self._parsed is None:
            return b"pytest_fitsproc" in self._text or b"gavo" in self._text
        return any(name.split(".")[0] == "pytest_fitsproc" for _, name, _ in self._imports())

    @property
    def old_imports(self) -> list[str]:
        """For each import of DaCHS, a line that says what to write instead."""
        return [
            f"{self.path}:{line}: {ast.unparse(statement)} is DaCHS'; write {new_import(statement)}"
            for line, name, statement in self._imports()
            if name.split(".")[0] == "gavo"
        ]

    @property
    def unguarded_procmain(self) -> int:
        """Line of a call of ``procmain`` that would run when the file is imported; 0 where there is none."""
        return next((call.lineno for call in self._top_level_calls() if _called_name(call) == "procmain"), 0)

    def _imports(self) -> Iterator[tuple[int, str, ast.Import | ast.ImportFrom]]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, node) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.lineno, node.module, node

    def _top_level_calls(self) -> Iterator[ast.Call]:
        for statement in self._tree.body:
            if isinstance(statement, ast.Expr | ast.Assign):
                yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _called_name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))
