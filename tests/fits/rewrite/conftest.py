"""A process to crash children of."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rewrite_faults import CrashSite


@pytest.fixture(scope="session")
def faults_library(require_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled faults.c."""
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    compiler = [require_program("gcc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
    subprocess.run([*compiler, "-o", str(library), str(Path(__file__).with_name("faults.c"))], check=True)
    return library


@pytest.fixture(scope="session")
def crash_site(faults_library: Path) -> Iterator[CrashSite]:
    """A process to crash children of."""
    site = CrashSite(faults_library)
    yield site
    site.close()
