"""--fitsproc-checks chooses the built-in checks; `readable` judges each file once."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive


@pytest.fixture
def broken(archive: Archive) -> Archive:
    """A good file, one without END, and one that is empty."""
    archive.add_file("good.fits", OBJECT="M31")
    archive.add_file("headless.fits", b"SIMPLE  =                    T".ljust(2880))
    archive.add_file("void.fits", b"")
    archive.add_processors(
        """
        def test_header(header): assert header["OBJECT"] == "M31"
        def test_slow(header, tmp_path): assert header["OBJECT"] == "M31"
        def test_hdus(hdus): assert len(hdus) == 1
        def test_size(source): assert source.size >= 0
        """
    )
    return archive


def test_an_unreadable_header_fails_once_and_skips_what_needs_it(
    broken: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = broken.run_checks("-rsf", *plugin_args)
    result.assert_outcomes(passed=7, failed=2, skipped=6)
    result.stdout.fnmatch_lines_random(
        [
            f"FAILED {DD}::data/headless.fits::readable - *FP102 error: *",
            f"FAILED {DD}::data/void.fits::readable - *FP101 error: *",
            "SKIPPED *the primary header can't be read: *headless.fits*",
        ]
    )


def test_checks_none_leaves_them_out(broken: Archive) -> None:
    broken.run("--fitsproc-checks=none").assert_outcomes(passed=6, skipped=6)


def test_a_check_is_chosen_by_name(broken: Archive) -> None:
    broken.run("--fitsproc-checks=readable").assert_outcomes(passed=7, failed=2, skipped=6)


def test_an_unknown_check_is_a_usage_error_that_names_those_there_are(
    broken: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = broken.run("--fitsproc-checks=nope", *plugin_args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fitsproc-checks: there is no check 'nope'; there are readable*"])


def test_warnings_of_a_check_pass_and_are_shown_on_request(archive: Archive) -> None:
    archive.add_file("short.fits", archive.add_file("whole.fits", OBJECT="x").read_bytes() + b"\0" * 100)
    result = archive.run_checks("-rP")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["data/short.fits: FP106 warning: *"])


def test_a_fault_of_a_check_itself_is_an_error_not_a_finding(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(file: object) -> list[object]:
        raise ZeroDivisionError("our fault")

    monkeypatch.setitem(__import__("pytest_fitsproc.checks").checks.BUILTIN_CHECKS, "readable", faulty)
    archive.add_files("a.fits", "b.fits")
    archive.run_checks().assert_outcomes(errors=2)


def test_a_users_check_may_be_called_as_a_built_in_one(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def readable(source): return "yes"
        """
    )
    result = archive.run_checks("-rA")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["PASSED *::builtin.readable", "PASSED *::test_it.readable"])
