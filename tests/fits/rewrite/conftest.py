"""A process to crash children of, and calls that fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the nth call of a function of ``os`` fail, and those after it where `lasting`."""

    def fail(name: str, error: int | BaseException, nth: int = 1, *, lasting: bool = False) -> None:
        real: Callable[..., Any] = getattr(os, name)
        calls = 0

        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == nth or (lasting and calls > nth):
                raise OSError(error, os.strerror(error)) if isinstance(error, int) else error
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    return fail
