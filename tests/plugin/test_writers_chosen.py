"""Writers with choices of pytest: -x, --maxfail, --lf, -k, ids pasted back; and in the HTML report."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from small_archive import DD, Archive

_EDITS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def edit(header, source):
        header["DONE"] = True
        assert source.stem != "c", "not c"
    @header_processor
    def other(header): header["OTHER"] = "<b>&"
    """


@pytest.fixture
def five(archive: Archive) -> Archive:
    archive.add_files(*(f"{stem}.fits" for stem in "abcde"))
    archive.add_processors(_EDITS)
    return archive


def _done(archive: Archive, keyword: str = "DONE") -> str:
    """Stems of the files that have a keyword."""
    paths = sorted((archive.resdir / "data").iterdir())
    return "".join(path.stem for path in paths if f"{keyword:8}=".encode() in path.read_bytes())


@pytest.mark.parametrize("arg", ["-x", "--maxfail=1", "--bail"])
def test_the_run_ends_at_the_first_failure_and_what_passed_is_written(five: Archive, arg: str) -> None:
    result = five.run("--fitsproc-write", arg, "-k", "edit")
    result.assert_outcomes(passed=2, failed=1, deselected=5)
    assert _done(five) == "ab"


def test_in_workers_the_run_ends_soon(five: Archive) -> None:
    result = five.run("--fitsproc-write", "-x", "-n2")
    assert result.ret == pytest.ExitCode.INTERRUPTED or result.parseoutcomes()["failed"] == 1
    assert "c" not in _done(five)


@pytest.mark.parametrize("dist", ["worksteal", "each"])
def test_a_distribution_that_splits_files_is_a_usage_error(five: Archive, dist: str) -> None:
    result = five.run("--fitsproc-write", "-n2", f"--dist={dist}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --dist={dist} may give a file to several workers*"])
    assert _done(five) == ""


def test_a_distribution_by_files_may_write(five: Archive) -> None:
    five.run("--fitsproc-write", "-n2", "--dist=loadfile").assert_outcomes(passed=9, failed=1)
    assert _done(five) == "abde"


def test_last_failed_writers_run_again_alone(five: Archive, plugin_args: tuple[str, ...]) -> None:
    five.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=9, failed=1)
    five.add_processors(_EDITS.replace('!= "c"', '!= "x"'))
    result = five.run("--fitsproc-write", "--lf", *plugin_args)
    assert {key: result.parseoutcomes().get(key, 0) for key in ("passed", "failed")} == {
        "passed": 1,
        "failed": 0,
    }
    assert _done(five) == "abcde"


def test_a_word_chooses_writers(five: Archive, plugin_args: tuple[str, ...]) -> None:
    five.run("--fitsproc-write", "-k", "other and (b.fits or d.fits)", *plugin_args)
    assert (_done(five), _done(five, "OTHER")) == ("", "bd")


def test_the_id_of_a_writer_can_be_pasted_back(five: Archive, plugin_args: tuple[str, ...]) -> None:
    result = five.run("--fitsproc-write", *plugin_args, address=f"{DD}::data/d.fits::other")
    result.assert_outcomes(passed=1)
    assert (_done(five), _done(five, "OTHER")) == ("", "d")


def test_the_html_report_has_the_cards_of_each_change(five: Archive, plugin_args: tuple[str, ...]) -> None:
    for args, label in (((), "would change"), (("--fitsproc-write",), "changed")):
        five.run("--html=report.html", *args, *plugin_args).assert_outcomes(passed=9, failed=1)
        rows = five.html_data()["tests"]
        assert five.html_counts() == {"passed": 9, "failed": 1}
        assert sorted(node_id for node_id, (row,) in rows.items() if row["result"] == "Passed") == sorted(
            f"{DD}::data/{stem}.fits::{name}"
            for stem in "abcde"
            for name in ("edit", "other")
            if (stem, name) != ("c", "edit")
        )
        (row,) = rows[f"{DD}::data/b.fits::other"]
        shown = json.dumps(row["extras"])
        assert "+OTHER   = &#x27;&lt;b&gt;&amp;" in shown
        assert label in five.html()
    five.run("--html=report.html", *plugin_args)
    assert [rows[0]["result"] for rows in five.html_data()["tests"].values() if rows] == ["Failed"]


@pytest.mark.slow
def test_a_browser_shows_the_cards(five: Archive, require_program: Callable[[str], str]) -> None:
    five.run("--html=report.html", "--self-contained-html")
    words = [require_program("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    words += [f"--user-data-dir={five.root / 'browser'}", f"file://{five.root / 'report.html'}"]
    page = subprocess.run(words, capture_output=True, check=True, timeout=120).stdout.decode()
    assert page.count('<pre class="fitsproc-diff"') == 9
    assert "+OTHER   = '&lt;b&gt;&amp;" in page
