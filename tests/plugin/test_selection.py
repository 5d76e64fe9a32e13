"""pytest's own ways of choosing items and of stopping work on files."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive

_NAMES = ("a.fits", "b.fits", "c.fits")


@pytest.fixture
def checked(archive: Archive) -> Archive:
    """Three files and two checks, of which the second fails on b."""
    archive.add_files(*_NAMES)
    archive.add_processors(
        """
        import pytest
        @pytest.mark.quick
        def test_size(source): pass
        def test_name(source): assert source.stem != "b"
        """
    )
    archive.write("pytest.ini", "[pytest]\nmarkers = quick: quick ones\n")
    return archive


@pytest.mark.parametrize(
    ("expression", "passed"),
    [("test_size", 3), ("a.fits", 2), ("a.fits and not size", 1), ("c.fits and name", 1), ("nobody", 0)],
)
def test_k_matches_files_and_processors(
    checked: Archive, expression: str, passed: int, plugin_args: tuple[str, ...]
) -> None:
    result = checked.run("-k", expression, *plugin_args)
    result.assert_outcomes(passed=passed, deselected=0 if plugin_args == ("-n2",) else 6 - passed)


def test_m_selects_by_marks_of_the_processor(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    checked.run("-m", "quick", *plugin_args).assert_outcomes(
        passed=3, deselected=0 if plugin_args == ("-n2",) else 3
    )


@pytest.mark.parametrize("args", [("-n0",), ()])
@pytest.mark.parametrize(
    ("stop", "failed", "passed"), [("-x", 1, 3), ("--maxfail=2", 2, 3), ("--bail", 1, 3)]
)
def test_a_run_stops_at_the_failure_it_was_told_to(
    archive: Archive, stop: str, failed: int, passed: int, args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits", "d.fits")
    archive.add_processors(
        """
        def test_size(source): assert source.stem != "c"
        def test_name(source): assert source.stem != "b"
        """
    )
    result = archive.run(stop, *args)
    result.assert_outcomes(failed=failed, passed=passed)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_slow_failure_stops_the_run_as_well(archive: Archive) -> None:
    archive.add_files(*_NAMES)
    archive.add_processors("def test_it(source, tmp_path): assert False")
    archive.run("-x").assert_outcomes(failed=1)


def test_workers_stop_when_the_first_item_fails(archive: Archive) -> None:
    archive.add_files(*(f"{number:03}.fits" for number in range(100)))
    archive.add_processors("def test_it(source): assert False")
    result = archive.run("-x", "-n2")
    counts = result.parseoutcomes()
    assert counts["failed"] < 100
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_lf_runs_the_items_that_failed(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    checked.run(*plugin_args).assert_outcomes(failed=1, passed=5)
    again = checked.run("--lf", "-v", *plugin_args)
    again.assert_outcomes(failed=1, deselected=0 if plugin_args == ("-n2",) else 5)
    again.stdout.fnmatch_lines([f"*{DD}::data/b.fits::test_name*"])


@pytest.mark.parametrize("args", [(), ("-n2",)])
def test_lf_forgets_an_item_that_passes(checked: Archive, args: tuple[str, ...]) -> None:
    checked.run(*args)
    checked.add_processors("def test_size(source): pass\ndef test_name(source): pass")
    checked.run("--lf", *args).assert_outcomes(passed=1, deselected=0 if args else 5)
    checked.run("--lf", *args).assert_outcomes(passed=6)


def test_lf_finds_the_items_of_failing_tests_that_run_once_too(checked: Archive) -> None:
    checked.add_processors("def test_once(): assert False", "test_once.py")
    checked.run().assert_outcomes(failed=2, passed=5)
    checked.run("--lf").assert_outcomes(failed=2, deselected=5)


def test_ff_runs_what_failed_first(checked: Archive) -> None:
    checked.run()
    result = checked.run("--ff", "--collect-only", "-q")
    assert result.outlines[0] == f"{DD}::data/b.fits::test_name"
    checked.run("--ff", "-x").assert_outcomes(failed=1)


def test_sw_goes_on_where_it_stopped(checked: Archive) -> None:
    checked.run("--sw").assert_outcomes(failed=1, passed=3)
    checked.add_processors("def test_size(source): pass\ndef test_name(source): pass")
    checked.run("--sw").assert_outcomes(passed=3, deselected=3)


def test_collect_only_runs_nothing(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files(*_NAMES)
    archive.add_processors("def test_it(source): source.path.unlink()")
    result = archive.run("--collect-only", "-q", *plugin_args)
    assert result.outlines[:3] == [f"{DD}::data/{name}::test_it" for name in _NAMES]
    assert len(list(archive.resdir.glob("data/*"))) == 3


def test_collect_only_shows_the_tree(checked: Archive) -> None:
    checked.run("--collect-only").stdout.fnmatch_lines(
        ["*<DataDescriptorNode potsdam/q/import>", "*<FileItem data/a.fits::test_size>"]
    )


def test_deselect_takes_an_id(checked: Archive) -> None:
    result = checked.run(f"--deselect={DD}::data/b.fits::test_name")
    result.assert_outcomes(passed=5, deselected=1)


def test_exit_ends_the_run_with_its_reason(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files(*(f"{number:03}.fits" for number in range(50)))
    archive.add_processors(
        """
        import pytest
        def test_it(source):
            if source.stem == "001": pytest.exit("disk is full", returncode=7)
        """
    )
    result = archive.run(*plugin_args)
    assert result.ret == (pytest.ExitCode.INTERRUPTED if plugin_args == ("-n2",) else 7)
    result.stdout.fnmatch_lines(["*disk is full*"])
    assert result.parseoutcomes().get("passed", 0) < 50


def test_an_interrupt_ends_the_run(archive: Archive) -> None:
    archive.add_files(*_NAMES)
    archive.add_processors(
        """
        def test_it(source):
            if source.stem == "b": raise KeyboardInterrupt
        """
    )
    result = archive.run(own=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*KeyboardInterrupt*", "*1 passed*"])
