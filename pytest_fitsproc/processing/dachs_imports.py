"""What to import instead of DaCHS' modules: the table old → new."""

from __future__ import annotations

import ast

#: (module, name; empty for the module itself) → what stands for it here.
NEW_IMPORTS = {
    ("gavo", "api"): "from pytest_fitsproc import api",
    ("gavo", "base"): "from pytest_fitsproc.api import base",
    ("gavo", "utils"): "from pytest_fitsproc.api import utils",
    ("gavo.utils", "fitstools"): "from pytest_fitsproc.api import fitstools",
    ("gavo.utils", "pyfits"): "from pytest_fitsproc.api import pyfits",
    ("gavo.helpers", "processing"): "from pytest_fitsproc import api as processing",
}


def markdown_table() -> str:
    """Return the table old → new, as README has it."""
    rows = [f"| `from {module} import {name}` | `{new}` |" for (module, name), new in NEW_IMPORTS.items()]
    return "\n".join(["| DaCHS | here |", "|---|---|", *rows])


def new_import(statement: ast.Import | ast.ImportFrom) -> str:
    """Return the line to write instead of an import of DaCHS, or words where there is none."""
    lines = [NEW_IMPORTS.get(key, _without_counterpart(key)) for key in _imported(statement)]
    return "; ".join(dict.fromkeys(lines))


def _imported(statement: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
    if isinstance(statement, ast.ImportFrom):
        return [(statement.module or "", alias.name) for alias in statement.names]
    modules = [alias.name.rpartition(".") for alias in statement.names]
    return [(package, name) for package, _, name in modules]


def _without_counterpart(key: tuple[str, str]) -> str:
    return f"something else ({'.'.join(filter(None, key))} has no counterpart in pytest_fitsproc.api)"
