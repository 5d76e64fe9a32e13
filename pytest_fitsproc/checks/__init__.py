"""Built-in checks: each is a function on a file that returns findings, with codes, levels and a docstring."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.checks.readable import readable
from pytest_fitsproc.fits.file import FitsFile

Check = Callable[[FitsFile], list[Finding]]
"""A built-in check: returns what it found in a file; an empty list where all is well."""

BUILTIN_CHECKS: dict[str, Check] = {"readable": readable}
"""Every built-in check by its name, in the order in which they run."""

__all__ = ["BUILTIN_CHECKS", "Check", "Finding", "Level", "readable"]
