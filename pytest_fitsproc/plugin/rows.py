"""Rows that `gather` collects while an item runs."""

from __future__ import annotations

from typing import Any

from pytest_fitsproc.processing.gathering import gathered_row


class Rows:
    """The rows of the item at hand; whoever reports the item takes them."""

    def __init__(self) -> None:
        self._pending: list[dict[str, Any]] = []

    def gather(self, **fields: Any) -> None:
        """Add a row with these fields to the table of the run."""
        # File and processor are filled in by whoever takes the row.
        self._pending.append(gathered_row("", "", fields))

    def take(self) -> list[dict[str, Any]]:
        """Return the rows gathered since the last call."""
        if not self._pending:
            return _NONE
        taken, self._pending = self._pending, []
        return taken


# Most items gather nothing; they share this list.
_NONE: list[dict[str, Any]] = []
