"""What a run does to the process that it is in."""

from __future__ import annotations

import gc
import sys

import pytest
from small_archive import Archive


@pytest.fixture
def small(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    return archive


def test_the_collector_looks_at_no_items_in_the_run_and_at_all_after_it(
    small: Archive, plugin_args: tuple[str, ...]
) -> None:
    small.add_processors("""
        import gc

        def test_frozen(source):
            assert gc.get_freeze_count() > 1000
    """)
    small.run(*plugin_args).assert_outcomes(passed=3)
    assert gc.get_freeze_count() == 0


def test_our_modules_are_imported_without_rewriting_and_those_of_curators_with_it(small: Archive) -> None:
    small.add_processors("""
        import sys

        def test_ours(source):
            loader = sys.modules["pytest_fitsproc.plugin.run"].__loader__
            assert type(loader).__name__ == "SourceFileLoader"

        def test_theirs(source):
            assert type(__loader__).__name__ == "AssertionRewritingHook"
    """)
    finders = [*sys.meta_path]
    small.run(own=True).assert_outcomes(passed=6)
    small.run()
    assert sys.meta_path == finders


@pytest.mark.parametrize("named", [None, "3"])
def test_workers_share_the_cores_among_the_threads_of_numpy_unless_their_number_is_given(
    small: Archive, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    if named:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", named)
    small.add_processors(f"""
        import os

        def test_threads(source):
            own = max(1, os.cpu_count() // 2)
            assert os.environ["OPENBLAS_NUM_THREADS"] == ({named!r} or str(own))
    """)
    small.run("-n2").assert_outcomes(passed=3)
