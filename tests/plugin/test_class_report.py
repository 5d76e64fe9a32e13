"""The table of classes at the end of a run."""

from __future__ import annotations

import pytest
from small_archive import Archive, lines_between


@pytest.fixture
def classified(archive: Archive) -> Archive:
    for name, label in zip("abcde", ["V", "B", "V", "odd", "V"], strict=True):
        archive.add_file(f"{name}.fits", FILTER=label)
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def band(header):
            return "\\x1b[31mred\\n" if header["FILTER"].strip() == "odd" else header["FILTER"]
        """
    )
    return archive


def test_classes_are_sorted_by_count_with_shares_and_bars(
    classified: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = classified.run(*plugin_args)
    lines = [line for line in lines_between(result, "= classes =", "5 passed") if line]
    assert lines[0] == "band: 5 files in 3 classes"
    assert [line.split()[:3] for line in lines[1:]] == [
        ["3", "60.0%", "V"],
        ["1", "20.0%", r"\x1b[31mred\x0a"],
        ["1", "20.0%", "B"],
    ]
    assert [len(line.split()[3]) for line in lines[1:]] == sorted(
        (len(line.split()[3]) for line in lines[1:]), reverse=True
    )


def test_files_that_were_skipped_or_failed_are_in_no_class(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits", "d.fits")
    archive.add_processors(
        """
        import pytest
        from pytest_fitsproc import classifier
        @classifier
        def kind(source):
            if source.stem == "a": pytest.skip("no")
            if source.stem == "b": raise ValueError
            return "good"
        """
    )
    result = archive.run(*plugin_args)
    result.assert_outcomes(passed=2, skipped=1, failed=1)
    result.stdout.fnmatch_lines(["kind: 2 files in 1 class"])


def test_a_classifier_that_is_deselected_has_no_table(classified: Archive) -> None:
    classified.add_processors("def test_it(source): pass", "test_other.py")
    classified.run("-k", "test_it").stdout.no_fnmatch_line("*classes*")


def test_a_terminal_that_knows_ascii_only_gets_ascii(
    classified: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    result = classified.run(own=True)
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*60.0%*V  ##*"])


def test_classifiers_stand_in_order_of_definition(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def zeta(source, tmp_path): return "z"
        @classifier
        def alpha(source): return "a"
        """
    )
    archive.run(*plugin_args).stdout.fnmatch_lines(["zeta: 2 files*", "alpha: 2 files*"])
