"""Rows of a table with the numbers under which a person finds them in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fitsproc.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class NumberedRows:
    """What a file's reader hands over.

    Attributes
    ----------
    path : the file, as the user named it
    unit : what the numbers count, "line" or "row"; both from 1
    columns : names, no two alike
    rows : number and values of each row, as many values as there are columns
    """

    path: str
    unit: str
    columns: Sequence[str]
    rows: Iterable[tuple[int, Sequence[Any]]]

    def error(self, number: int, reason: str) -> CatalogueError:
        """Return the error that says what is wrong in a row."""
        if self.unit == "line":
            return CatalogueError(self.path, number, reason)
        return CatalogueError(self.path, 0, f"{self.unit} {number}: {reason}")
