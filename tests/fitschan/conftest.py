"""The live library that FitsChan is compared with."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def ast() -> ModuleType:
    """The module starlink.Ast; skip without it (fail where everything is required)."""
    try:
        return importlib.import_module("starlink.Ast")
    except ImportError:
        reason = "starlink-pyast is not installed"
        if os.environ.get("FITSPROC_REQUIRE") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
