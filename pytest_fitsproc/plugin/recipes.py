"""Recipes: folders with processors to start from, each complete and tested."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_PACKAGE = Path(__file__).parent.parent


def copy_recipe(name: str, target: Path) -> list[str]:
    """Copy the files of a recipe into a directory and return their names.

    Raises
    ------
    UsageError
        There is no such recipe, or a file of that name is there already; nothing is copied.
    """
    recipes = {folder.name: folder for folder in _folder().iterdir() if folder.is_dir()}
    if name not in recipes:
        raise pytest.UsageError(
            f"--fitsproc-template: there is no recipe {name!r}; there are {', '.join(sorted(recipes))}"
        )
    files = sorted(path for path in recipes[name].iterdir() if path.is_file())
    for file in files:
        if (target / file.name).exists():
            raise pytest.UsageError(f"--fitsproc-template: {target / file.name} is there already")
    for file in files:
        shutil.copyfile(file, target / file.name)
    return [file.name for file in files]


def _folder() -> Path:
    """Where the recipes are: in the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "conftest_templates"
    return installed if installed.is_dir() else _PACKAGE.parent / "conftest_templates"
