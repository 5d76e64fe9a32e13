"""What processors take from ``gavo.helpers.anet``: plate solving by astrometry.net."""

from __future__ import annotations

from pytest_fitsproc.processing.anet import (
    Error,
    NotSolved,
    ObjectNotFound,
    ShellCommandFailed,
    getWCSFieldsFor,
)

__all__ = ["Error", "NotSolved", "ObjectNotFound", "ShellCommandFailed", "getWCSFieldsFor"]
