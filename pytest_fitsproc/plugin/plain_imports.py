"""Imports of this package past pytest's hook that rewrites assertions, by which they take twice as long."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import pytest

_PACKAGE = __name__.partition(".")[0] + "."


class _Finder:
    """Finds modules of this package as Python does; pytest marks those of all plugins for rewriting."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is; None for those of others."""
        return PathFinder.find_spec(name, path, target) if name.startswith(_PACKAGE) else None


def import_plainly(config: pytest.Config) -> None:
    """Import modules of this package as Python does, until the run ends."""
    sys.meta_path.insert(0, _Finder)
    config.add_cleanup(lambda: sys.meta_path.remove(_Finder))
