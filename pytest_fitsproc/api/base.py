"""What processors take from ``gavo.base``."""

from __future__ import annotations

from pytest_fitsproc.api.configuration import getConfig
from pytest_fitsproc.api.database import AdhocQuerier, getTableConn
from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.processing.outcome import SkipThis

__all__ = ["AdhocQuerier", "NotFoundError", "SkipThis", "getConfig", "getTableConn"]
