"""Files that match a pattern but are not sources: ``<ignoredSources>``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import translate
from typing import Any

from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.archive.inputs import InputsDirectory

#: Takes a query; gives rows, or bare strings where the query selects one column.
Database = Callable[[str], Iterable[Any]]

_TAGS = ("ignoredSources", "ignoreSources")


@dataclass(frozen=True)
class IgnoredSources:
    """What ``<ignoredSources>`` (also written ``<ignoreSources>``) says.

    Everything is compared with the accref. So are patterns, as DaCHS does it (its documentation says that
    they are relative to the resource directory), and ``*`` crosses slashes in them: ``data/*`` ignores
    nothing, ``potsdam/data/*`` and ``*/data/*`` do.

    Attributes
    ----------
    element : where all this stands, None where nothing is ignored
    patterns : shell patterns
    files : files with one accref a line; blank lines and those that begin with ``#`` are skipped
    queries : queries for accrefs
    updating_queries : queries for pairs of accref and time of the last ingest (UTC); a file that is newer is
        not ignored
    """

    element: Element | None = None
    patterns: tuple[Text, ...] = ()
    files: tuple[Text, ...] = ()
    queries: tuple[Text, ...] = ()
    updating_queries: tuple[Text, ...] = ()

    @classmethod
    def from_sources(cls, sources: Element) -> IgnoredSources:
        """Return what a ``<sources>`` element says about files to ignore."""
        elements = sources.find_all(*_TAGS)
        if not elements:
            return cls()

        def all_values(*names: str) -> tuple[Text, ...]:
            return tuple(value for element in elements for value in element.values(*names) if value.text)

        return cls(
            elements[0],
            all_values("pattern", "patterns"),
            all_values("fromfile"),
            all_values("fromdb"),
            all_values("fromdbUpdating"),
        )

    def predicate(
        self,
        inputs: InputsDirectory,
        resdir: str,
        database: Database | None,
        expand: Callable[[Text], str],
    ) -> Callable[[str], object] | None:
        """Return a function that says whether an accref is ignored, None where none ever is.

        Parameters
        ----------
        resdir : ``fromfile`` is relative to it
        database : answers the queries
        expand : expands the macros in a query

        Raises
        ------
        DescriptorError
            A list can't be read, a query fails, or there is no database to ask.
        """
        if self.element is None:
            return None
        accrefs: set[str] = set()
        for file in self.files:
            accrefs.update(self._read_list(file, resdir))
        for query in self.queries:
            accrefs.update(_first_column(row) for row in self._ask(query, database, expand))
        for query in self.updating_queries:
            rows = self._ask(query, database, expand)
            accrefs.update(str(accref) for accref, time in rows if not _is_newer(inputs, str(accref), time))
        if not self.patterns:
            return accrefs.__contains__
        matches = re.compile("|".join(translate(pattern.text) for pattern in self.patterns)).match
        return lambda accref: accref in accrefs or matches(accref)

    def _read_list(self, file: Text, resdir: str) -> Iterable[str]:
        assert self.element is not None
        path = os.path.join(resdir, file.text)
        try:
            # A pipe or a device would never end.
            if os.path.exists(path) and not os.path.isfile(path):
                raise self.element.error(f"the ignore list {path} is no regular file", file.line)
            with open(path, encoding="utf-8", errors="surrogateescape") as lines:
                stripped = [line.strip() for line in lines]
        except OSError as error:
            reason = f"the ignore list {path} can't be read: {error.strerror}"
            raise self.element.error(reason, file.line) from error
        return [line for line in stripped if line and not line.startswith("#")]

    def _ask(self, query: Text, database: Database | None, expand: Callable[[Text], str]) -> list[Any]:
        assert self.element is not None
        if database is None:
            reason = (
                "the ignore list fromdb needs a database, and none is configured;"
                " use fromfile, or name one by --fitsproc-db"
            )
            raise self.element.error(reason, query.line)
        text = expand(query)
        try:
            return list(database(text))
        except Exception as error:  # whatever the database's driver raises
            reason = f"the ignore list fromdb fails: {text!r}: {error}"
            raise self.element.error(reason, query.line) from error


def _first_column(row: Any) -> str:
    return row if isinstance(row, str) else str(row[0])


def _is_newer(inputs: InputsDirectory, accref: str, ingested: Any) -> bool:
    """Whether a file was changed after `ingested`, a datetime in UTC with or without a zone."""
    from datetime import UTC

    try:
        changed = os.stat(inputs.path_of(accref)).st_mtime
    except (OSError, ValueError):
        return False
    aware = ingested if ingested.tzinfo else ingested.replace(tzinfo=UTC)
    return changed > float(aware.timestamp())
