"""Runs of the environment that process no files hardly notice the plugin."""

from __future__ import annotations

import sys

import pytest
from small_archive import Archive

_FOREIGN_WORDS = ("--filter=a", "--bail", "--report", "-j2", "--n-procs=2", "--catalogue=x.csv")

_HEAVY = (
    "astropy",
    "numpy",
    "PIL",
    "xml",
    "sqlite3",
    "csv",
    "optparse",
    "multiprocessing",
    "html",
    "pytest_fitsproc.archive",
    "pytest_fitsproc.plugin.private",
)


def test_tests_that_ask_for_a_file_are_skipped_with_the_reason(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.write(
        "test_it.py",
        """
        from pytest_fitsproc import classifier
        def test_source(source): assert False
        def test_header(header): assert False
        def test_once(rd, dd, catalogue): assert False
        def test_gather(gather): assert False
        def test_plain(): pass
        @classifier
        def band(source): return "V"
        """,
    )
    result = archive.pytester.runpytest_inprocess("-rs", "-p", "no:hypothesispytest", *plugin_args)
    result.assert_outcomes(skipped=5, passed=1)
    reason = "there are no files to process: run pytest --fitsproc=ADDRESS"
    assert sum(line.startswith("SKIPPED") and line.endswith(reason) for line in result.outlines) == 5


@pytest.mark.parametrize("word", _FOREIGN_WORDS)
def test_dachs_words_are_not_understood(archive: Archive, word: str) -> None:
    archive.write("test_it.py", "def test_it(): pass")
    result = archive.pytester.runpytest_inprocess(word)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unrecognized arguments: *"])


def test_a_word_behind_the_separator_is_no_option(archive: Archive) -> None:
    archive.write("test_it.py", "def test_it(source): pass")
    archive.pytester.runpytest_inprocess("--", "--fitsproc=potsdam/q").assert_outcomes(skipped=1)


def test_help_names_the_options(archive: Archive) -> None:
    result = archive.pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*--fitsproc=ADDRESS*", "*--fitsproc-gather=FILE*", "*fitsproc_inputs*"])


def test_the_entry_point_imports_nothing_heavy(archive: Archive) -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import pytest_fitsproc.plugin.hooks;"
        "print(*sorted(set(sys.modules) - before), sep='\\n')"
    )
    result = archive.pytester.run(sys.executable, "-c", code)
    assert result.ret == 0
    assert "pytest_fitsproc.plugin.hooks" in result.outlines
    heavy = [name for name in result.outlines if name.startswith(_HEAVY)]
    assert heavy == []


def test_a_whole_run_without_files_imports_nothing_heavy(archive: Archive) -> None:
    archive.write(
        "test_it.py",
        """
        import sys
        def test_it():
            ours = [name for name in sys.modules if name.startswith("pytest_fitsproc.")]
            assert not {"astropy", "numpy"} & sys.modules.keys()
            assert not [name for name in ours if name.startswith("pytest_fitsproc.archive")]
        """,
    )
    plugins = ("no:html", "no:hypothesispytest", "no:randomly", "no:cov", "no:rerunfailures")
    words = [word for plugin in plugins for word in ("-p", plugin)]
    archive.pytester.runpytest_subprocess(*words).assert_outcomes(passed=1)
