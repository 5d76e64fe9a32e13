"""A plain run changes nothing below the inputs directory, and needs no right to."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_archive import Archive

_EVERY_KIND = """
    import pytest
    from pytest_fitsproc import api, classifier
    def test_size(source, gather): gather(size=source.size)
    def test_header(header): header["NEW"] = 1
    def test_hdus(hdus): assert len(hdus) == 1
    def test_slow(source, tmp_path): (tmp_path / source.stem).touch()
    def test_catalogue(source, catalogue): assert catalogue[source.accref]
    @classifier
    def band(header): return header["OBJECT"]
    class Sizes(api.FileProcessor):
        def process(self, srcName): print(srcName)
        def classify(self, srcName): return "any"
    def test_once(dd, rd): pass
    """


def _tree_hash(root: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        found.update(f"{path} {path.lstat().st_mode} {path.lstat().st_mtime_ns}".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


@pytest.mark.parametrize("args", [(), ("-n2",)], ids=["plain", "n2"])
def test_a_plain_run_of_a_read_only_archive_is_green_and_changes_nothing(
    archive: Archive,
    without_override: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    args: tuple[str, ...],
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.write("potsdam/plates.csv", "accref;n\npotsdam/data/a.fits;1\npotsdam/data/b.fits;2\n")
    archive.add_processors(_EVERY_KIND)
    out = tmp_path_factory.mktemp("out")
    command = [
        *without_override,
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:randomly",
        "-p",
        "no:hypothesispytest",
    ]
    options = ["--fitsproc=potsdam/q", "--fitsproc-checks=readable", "--catalogue=plates.csv", *args]
    files = [f"--html={out}/r.html", f"--junitxml={out}/j.xml", f"--fitsproc-gather={out}/g.csv"]
    with _read_only(archive.root):
        before = _tree_hash(archive.resdir)
        result = archive.pytester.run(*command, *options, *files, f"--basetemp={out}/tmp")
        after = _tree_hash(archive.resdir)
    assert result.ret == 0
    # 9 processors on two files, and a test that runs once.
    assert result.parseoutcomes()["passed"] == 19
    assert after == before


@contextmanager
def _read_only(root: Path) -> Iterator[None]:
    paths = [root, *root.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
