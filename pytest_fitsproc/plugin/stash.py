"""Where the state of a run is kept in pytest's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_fitsproc.plugin.run import Run

RUN: pytest.StashKey[Run] = pytest.StashKey()
