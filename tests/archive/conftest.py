"""Archives made for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fitsproc.archive.descriptor import ResourceDescriptor, load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory


class Archive:
    """An inputs directory with one resource directory, ``potsdam``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inputs = InputsDirectory(root)
        (root / "potsdam").mkdir()

    def add_files(self, *names: str) -> None:
        """Make empty files, named as below the resource directory."""
        for name in names:
            path = self.root / "potsdam" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def add_rd(self, content: str, rd_id: str = "potsdam/q", head: str = 'schema="potsdam"') -> None:
        """Write a descriptor; the content begins on line 2."""
        path = self.root / f"{rd_id}.rd"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<resource {head}>\n{content}\n</resource>\n", encoding="utf-8")

    def load(self, content: str, **kwargs: object) -> ResourceDescriptor:
        """Write and load potsdam/q."""
        self.add_rd(content)
        return load_descriptor("potsdam/q", self.inputs, **kwargs)  # type: ignore[arg-type]

    def listed(self, sources: str) -> list[str]:
        """Return what a ``<sources>`` element lists, relative to the resource directory."""
        found = self.load(f'<data id="import">{sources}</data>').dd("import").sources
        prefix = f"{self.root}/potsdam/"
        return [path.removeprefix(prefix) for path in found]

    def notices(self, sources: str) -> list[str]:
        """Return what listing a ``<sources>`` element has to say."""
        listing = self.load(f'<data id="import">{sources}</data>').dd("import").sources
        list(listing)
        return listing.notices


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An empty archive."""
    root = tmp_path / "inputs"
    root.mkdir()
    return Archive(root)


@pytest.fixture
def make_archive(tmp_path: Path) -> Callable[[str], Archive]:
    """Make archives, each in a directory of its own."""

    def make(name: str) -> Archive:
        (tmp_path / name).mkdir()
        return Archive(tmp_path / name)

    return make
