"""Warnings that a worker sends to its controller, of classes that both of them can import."""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from functools import cache

import pytest

# The package's own modules are there wherever it is installed from.
_PACKAGE = os.path.dirname(os.path.dirname(__file__))


class SentWarnings:
    """Gives warnings of processors' own classes such that the controller can import, before they are sent."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Let the nearest class that is installed stand for one that is not; its name gets into the text."""
        own = warning_message.category
        warning_message.category = _installed_base(own)
        if warning_message.category is not own:
            warning_message.message = UserWarning(f"{own.__name__}: {warning_message.message}")


def _installed_base(category: type[Warning]) -> type[Warning]:
    return next(base for base in category.__mro__ if _is_installed(base.__module__))


def _is_installed(module: str) -> bool:
    path = getattr(sys.modules.get(module), "__file__", None) or ""
    return module == "builtins" or path.startswith(_installed())


@cache
def _installed() -> tuple[str, ...]:
    """The directories whose modules every process can import."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    directories = [*map(sysconfig.get_path, names), _PACKAGE]
    return tuple(directory + os.sep for directory in directories)
