"""Which module imports which, and what an import costs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_fitsproc

PACKAGE = Path(pytest_fitsproc.__file__).parent
# Recipes lie in the installed package, too; they are a user's code.
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "conftest_templates" not in path.parts)

# Imports point down this list only; what is not in a layer is the package itself, above all of them.
LAYERS = ["api", "plugin", "processing", "checks", "imaging", "archive", "fitschan", "fits", "errors"]
SLOW = {"astropy", "numpy", "PIL", "matplotlib", "sqlalchemy"}
PYTEST = {"pytest", "_pytest", "xdist", "pytest_html", "execnet"}


def layer_of(module: str) -> int:
    """The place in the list of a module ``pytest_fitsproc.x.y``; -1 for the package itself."""
    parts = module.split(".")
    return LAYERS.index(parts[1]) if len(parts) > 1 and parts[1] in LAYERS else -1


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of all that is imported, ``from a import b`` as ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def without_deferred(tree: ast.Module) -> ast.Module:
    """Return what of a module runs at import: no bodies of functions, nothing for type checkers only."""

    class Cut(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)

    cut: ast.Module = Cut().visit(tree)
    return cut


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = layer_of(module_name(path))
    for line, name in imports(ast.parse(path.read_text())):
        if name.split(".")[0] != "pytest_fitsproc":
            continue
        assert layer_of(name) >= own, f"{path}:{line}: {name} is above"
        assert layer_of(name) >= 0, f"{path}:{line}: {name} comes from the package itself"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_pytest_is_imported_by_the_plugin_only(path):
    if path.relative_to(PACKAGE).parts[0] != "plugin":
        found = [name for _, name in imports(ast.parse(path.read_text())) if name.split(".")[0] in PYTEST]
        assert found == []


def loads_only_on_use(path: Path) -> bool:
    """Whether a module says that importing it imports astropy, since its classes inherit from astropy's."""
    return "importing this module imports astropy" in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_slow_packages_are_imported_where_they_are_used(path):
    if not loads_only_on_use(path):
        found = [name for _, name in imports(without_deferred(ast.parse(path.read_text())))]
        assert [name for name in found if name.split(".")[0] in SLOW] == []


def in_fresh_interpreter(code: str) -> str:
    """Run code without what site-packages' .pth files or the surroundings import."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("names", ["pytest_fitsproc", "pytest_fitsproc, pytest_fitsproc.api"])
def test_importing_the_package_imports_nothing_slow(names):
    slow = SLOW | PYTEST | {"xml", "sqlite3", "csv", "optparse", "multiprocessing", "html"}
    code = f"import sys; old = set(sys.modules); import {names}; print(*set(sys.modules) - old)"
    assert set(in_fresh_interpreter(code).split()) & slow == set()


CORE = [name for name in map(module_name, MODULES) if not name.startswith("pytest_fitsproc.plugin")]

BLOCKED = f"""
import importlib, sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {PYTEST!r}:
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Block())
for name in {CORE!r}:
    importlib.import_module(name)
"""


def test_the_core_does_without_pytest():
    in_fresh_interpreter(BLOCKED)


def test_the_package_gives_its_names_when_they_are_asked_for():
    code = (
        "import pytest_fitsproc as p; print([n for n in p.__all__ if getattr(p, n) is None]);"
        "from pytest_fitsproc import api, classifier; print(api.__name__, p.api is api)"
    )
    assert in_fresh_interpreter(code) == "[]\npytest_fitsproc.api True\n"
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = pytest_fitsproc.nope  # type: ignore[attr-defined]
