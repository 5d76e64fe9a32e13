"""What to import instead of DaCHS' modules: the table old → new."""

from __future__ import annotations

import ast
from collections.abc import Iterator

#: (package, module) → what stands for the module here.
NEW_IMPORTS = {
    ("gavo", "api"): "pytest_fitsproc.api",
    ("gavo", "base"): "pytest_fitsproc.api.base",
    ("gavo", "utils"): "pytest_fitsproc.api.utils",
    ("gavo.utils", "fitstools"): "pytest_fitsproc.api.fitstools",
    ("gavo.utils", "imgtools"): "pytest_fitsproc.api.imgtools",
    ("gavo.utils", "pyfits"): "pytest_fitsproc.api.pyfits",
    ("gavo.helpers", "anet"): "pytest_fitsproc.api.anet",
    ("gavo.helpers", "fitstricks"): "pytest_fitsproc.api.fitstricks",
    ("gavo.helpers", "processing"): "pytest_fitsproc.api",
}


def markdown_table() -> str:
    """Return the table old → new, as README has it."""
    rows = [
        f"| `from {package} import {module}` | `{_import(new, module)}` |"
        for (package, module), new in NEW_IMPORTS.items()
    ]
    return "\n".join(["| DaCHS | here |", "|---|---|", *rows])


def new_import(statement: ast.Import | ast.ImportFrom) -> str:
    """Return the line to write instead of an import of DaCHS, or words where there is none."""
    return "; ".join(dict.fromkeys(_new_lines(statement)))


def _new_lines(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            package, _, name = alias.name.rpartition(".")
        else:
            package, name = statement.module or "", alias.name
        yield _new_line(package, name, alias.asname or name)


def _new_line(package: str, name: str, local: str) -> str:
    """The line for one name: a module of the table, or something out of one."""
    above, _, module = package.rpartition(".")
    if (package, name) in NEW_IMPORTS:
        return _import(NEW_IMPORTS[package, name], local)
    if (above, module) in NEW_IMPORTS:
        return _import(f"{NEW_IMPORTS[above, module]}.{name}", local)
    dotted = f"{package}.{name}" if package else name
    return f"something else ({dotted} has no counterpart in pytest_fitsproc.api)"


def _import(target: str, local: str) -> str:
    package, _, name = target.rpartition(".")
    return f"from {package} import {name}" + ("" if local == name else f" as {local}")
