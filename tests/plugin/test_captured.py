"""Output, logging and warnings belong to the item that made them."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive, lines_between

_LANES = pytest.mark.parametrize("fixtures", ["source", "source, tmp_path"], ids=["fast", "slow"])


@_LANES
def test_output_and_logging_of_a_failing_item_show_in_its_report(
    archive: Archive, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        f"""
        import logging, os, sys
        def test_it({fixtures}):
            print("print " + source.stem)
            print("error " + source.stem, file=sys.stderr)
            os.write(1, b"raw " + source.stem.encode())
            logging.getLogger("curator").warning("log " + source.stem)
            assert source.stem == "a"
        """
    )
    result = archive.run(*plugin_args)
    result.assert_outcomes(passed=1, failed=2)
    for stem, end in (("b", "_ test_it on data/c.fits _"), ("c", "short test summary")):
        if plugin_args == ("-n2",):
            continue
        lines = lines_between(result, f"_ test_it on data/{stem}.fits _", end)
        assert [line for line in lines if line.split(" ")[0] in ("print", "error", "WARNING")] == [
            f"print {stem}",
            f"error {stem}",
            f"WARNING  curator:test_it.py:7 log {stem}",
        ]
        assert f"raw {stem}" in lines
    assert result.stdout.str().count("raw b") == 1
    assert "raw a" not in result.stdout.str()


def test_output_of_a_fixture_of_session_scope_does_not_get_lost_with_its_failure(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(scope="session")
        def instrument():
            print("connecting")
            raise ConnectionError("no instrument")
        def test_it(source, instrument): pass
        """
    )
    result = archive.run()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_it on data/a.fits*", "*connecting*"])


@_LANES
def test_warnings_are_in_the_summary_with_their_item(
    archive: Archive, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        f"""
        import warnings
        def test_it({fixtures}): warnings.warn("odd " + source.stem)
        """
    )
    result = archive.run(*plugin_args)
    result.assert_outcomes(passed=2, warnings=2)
    result.stdout.fnmatch_lines_random(
        [
            "*warnings summary*",
            f"{DD}::data/a.fits::test_it",
            f"{DD}::data/b.fits::test_it",
            "*UserWarning: odd a",
            "*UserWarning: odd b",
        ]
    )


@_LANES
def test_the_same_warning_counts_for_each_file(archive: Archive, fixtures: str) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(f"import warnings\ndef test_it({fixtures}): warnings.warn('odd')")
    archive.run().assert_outcomes(passed=3, warnings=3)


@_LANES
def test_warnings_of_the_ini_file_are_errors(
    archive: Archive, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    archive.write("pytest.ini", "[pytest]\nfilterwarnings = error\n")
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        f"""
        import warnings
        def test_it({fixtures}):
            if source.stem == "a": warnings.warn("odd " + source.stem)
        """
    )
    result = archive.run(*plugin_args)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["E *UserWarning: odd a"])


@_LANES
def test_a_changed_warning_filter_ends_with_its_item(archive: Archive, fixtures: str) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        f"""
        import warnings
        def test_it({fixtures}):
            warnings.warn("odd " + source.stem)
            warnings.simplefilter("ignore" if source.stem == "a" else "error")
        """
    )
    archive.run().assert_outcomes(passed=2, warnings=2)


def test_a_check_that_returns_something_is_warned_of(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_it(source): return source.size == 1")
    result = archive.run(*plugin_args)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*PytestReturnNotNoneWarning: * returned *bool*"])


def test_a_file_left_open_is_no_crash(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_it(source): open(source).read(1)")
    result = archive.run("-W", "default", *plugin_args, own=True)
    assert result.parseoutcomes()["passed"] == 2
    assert result.ret == 0
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_log_level_and_format_of_the_ini_file_count(archive: Archive) -> None:
    archive.write("pytest.ini", "[pytest]\nlog_level = INFO\nlog_format = <%(message)s>\n")
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import logging
        def test_it(source):
            logging.getLogger("curator").info("fine")
            assert False
        """
    )
    archive.run().stdout.fnmatch_lines(["*Captured log call*", "<fine>"])


def test_log_file_gets_the_records_of_both_lanes(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import logging
        def test_fast(source): logging.warning("fast log")
        def test_slow(source, tmp_path): logging.warning("slow log")
        """
    )
    archive.run("--log-file=run.log").assert_outcomes(passed=2)
    text = (archive.root / "run.log").read_text()
    assert "fast log" in text
    assert "slow log" in text


def test_live_logs_are_shown_while_items_run(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("import logging\ndef test_it(source): logging.warning('now')")
    result = archive.run("--log-cli-level=INFO", "-o", "log_cli=true")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*WARNING *now*"])
