"""A worker that dies costs the item it died of, and no other."""

from __future__ import annotations

import json

import pytest
from small_archive import DD, Archive

_KILLER = """
    import os, signal
    def test_before(source, gather): gather(before=source.stem)
    def test_killer({fixtures}):
        if source.stem == "{victim}": os.kill(os.getpid(), signal.SIGKILL)
    def test_after(source, gather): gather(after=source.stem)
    """


@pytest.mark.parametrize("fixtures", ["source", "source, tmp_path"], ids=["fast", "slow"])
@pytest.mark.parametrize("victim", ["13", *(pytest.param(n, marks=pytest.mark.slow) for n in ("00", "29"))])
def test_the_item_that_killed_its_worker_is_an_error_and_the_others_run(
    archive: Archive, fixtures: str, victim: str
) -> None:
    stems = [f"{number:02}" for number in range(30)]
    archive.add_files(*(f"{stem}.fits" for stem in stems))
    archive.add_processors(_KILLER.format(fixtures=fixtures, victim=victim))
    result = archive.run("-n2", "-rE", "--fitsproc-gather=rows.json", "--junitxml=junit.xml", own=True)
    result.assert_outcomes(passed=89, errors=1)
    result.stdout.fnmatch_lines([f"*{DD}::data/{victim}.fits::test_killer*"])
    rows = json.loads((archive.root / "rows.json").read_text())
    assert sorted(row["before"] for row in rows if "before" in row) == stems
    assert sorted(row["after"] for row in rows if "after" in row) == stems
    assert len(archive.junit()) == 90


@pytest.mark.slow
def test_more_workers_may_die_than_there_are(archive: Archive) -> None:
    archive.add_files(*(f"{number:02}.fits" for number in range(24)))
    archive.add_processors(
        """
        import os
        def test_killer(source):
            if int(source.stem) % 2 == 0: os._exit(1)
        """
    )
    archive.run("-n2", own=True).assert_outcomes(passed=12, errors=12)


@pytest.mark.parametrize("reports", ["-q", pytest.param("--junitxml=junit.xml", marks=pytest.mark.slow)])
def test_nothing_is_run_twice(archive: Archive, reports: str) -> None:
    archive.add_files(*(f"{number:02}.fits" for number in range(20)))
    archive.add_processors(
        """
        import os, pytest
        def noted(source, name):
            descriptor = os.open("ran.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
            os.write(descriptor, f"{source.stem} {name}\\n".encode())
            os.close(descriptor)
        def test_passes(source): noted(source, "passes")
        def test_fails(source):
            noted(source, "fails")
            assert False
        def test_slow(source, tmp_path): noted(source, "slow")
        def test_killer(source):
            noted(source, "killer")
            if source.stem in ("07", "12"): os._exit(1)
        """
    )
    result = archive.run("-n2", reports, own=True)
    result.assert_outcomes(passed=58, failed=20, errors=2)
    ran = (archive.root / "ran.log").read_text().splitlines()
    lost = 80 - len(set(ran))
    again = len(ran) - len(set(ran))
    assert lost == 0
    # What passed a moment before the end, and was not told of yet, is run again.
    assert again <= 4


@pytest.mark.slow
def test_a_worker_that_dies_at_its_start_ends_the_run(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        "import os\nif 'PYTEST_XDIST_WORKER' in os.environ: os._exit(1)\ndef test_it(source): pass"
    )
    result = archive.run("-n2", own=True)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*maximum crashed workers reached*"])


def test_an_internal_error_of_a_worker_is_in_the_status(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_it(source): pass")
    archive.write(
        "conftest.py",
        """
        import os
        def pytest_runtest_logstart(nodeid):
            if "PYTEST_XDIST_WORKER" in os.environ: raise RuntimeError("of the worker")
        """,
    )
    result = archive.run("-n1", own=True)
    result.stdout.fnmatch_lines(["INTERNALERROR*RuntimeError: of the worker*"])
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
