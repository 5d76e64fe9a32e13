"""Hooks that a conftest may define."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_fitsproc_summary(rows: list[dict[str, Any]], config: pytest.Config) -> None:
    """Called once at the end, with the rows gathered by all workers in source order.

    Each row has the fields that `gather` was called with, after "file" (its name in ids) and "processor".
    """
