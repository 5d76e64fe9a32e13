"""Visits of small files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.visit import Visit


@pytest.fixture
def visit_of(tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Return what writes a file of some bytes into an archive, and begins a visit of it."""
    visits: list[Visit] = []
    dd = ad_hoc_descriptor(".", InputsDirectory(tmp_path), tmp_path)
    assert dd is not None

    def begin(content: bytes | None = None, name: str = "a.fits") -> Visit:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        visits.append(Visit(Source(str(path), dd)))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.close()
