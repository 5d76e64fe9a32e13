"""Files that a run writes when asked to: gathered rows, classes, recipes."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from astropy.table import Table
from small_archive import Archive

_EXPECTED = [
    {"file": f"potsdam/data/{stem}.fits", "processor": processor, "n": number, "text": f"<{stem}>"}
    for stem in "abc"
    for number, processor in enumerate(["test_fast", "test_slow"])
]

_IS_READ = "is read in this run, and would be lost"


@pytest.fixture
def gathering(archive: Archive) -> Archive:
    archive.add_files("c.fits", "a.fits", "b.fits")
    archive.add_processors(
        """
        def test_fast(source, gather): gather(n=0, text=f"<{source.stem}>")
        def test_slow(source, gather, tmp_path): gather(n=1, text=f"<{source.stem}>")
        """
    )
    return archive


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".json":
        rows: list[dict[str, Any]] = json.loads(path.read_text())
        return rows
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return [row | {"n": int(row["n"])} for row in csv.DictReader(file)]
    table = Table.read(path, format={".ecsv": "ascii.ecsv", ".fits": "fits"}[path.suffix])
    if path.suffix == ".fits":
        table.convert_bytestring_to_unicode()
    return [{name: row[name] for name in table.colnames} for row in table]


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ecsv", ".fits"])
def test_gathered_rows_are_written_in_source_order(gathering: Archive, suffix: str) -> None:
    gathering.run(f"--fitsproc-gather=rows{suffix}").assert_outcomes(passed=6)
    assert _read(gathering.root / f"rows{suffix}") == _EXPECTED


def test_gathered_rows_are_the_same_however_it_runs(gathering: Archive, plugin_args: tuple[str, ...]) -> None:
    gathering.run("--fitsproc-gather=rows.json", *plugin_args).assert_outcomes(passed=6)
    assert _read(gathering.root / "rows.json") == _EXPECTED


def test_a_check_that_fails_still_gathers(gathering: Archive, plugin_args: tuple[str, ...]) -> None:
    gathering.add_processors(
        """
        def test_fast(source, gather):
            gather(n=0, text=f"<{source.stem}>")
            assert source.stem != "b"
        def test_slow(source, gather, tmp_path):
            gather(n=1, text=f"<{source.stem}>")
            raise ValueError
        """
    )
    gathering.run("--fitsproc-gather=rows.json", *plugin_args).assert_outcomes(passed=2, failed=4)
    assert _read(gathering.root / "rows.json") == _EXPECTED


def test_a_fixture_may_gather(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture
        def noted(source, gather):
            gather(when="before", stem=source.stem)
            yield
            gather(when="after", stem=source.stem)
        def test_it(noted): pass
        def test_once(gather): gather(when="once", stem="")
        """
    )
    archive.run("--fitsproc-gather=rows.json", *plugin_args).assert_outcomes(passed=3)
    assert [(row["stem"], row["when"]) for row in _read(archive.root / "rows.json")] == [
        ("a", "before"),
        ("a", "after"),
        ("b", "before"),
        ("b", "after"),
        ("", "once"),
    ]


def test_an_unknown_suffix_is_an_error_before_the_first_item(gathering: Archive) -> None:
    result = gathering.run("--fitsproc-gather=rows.xls")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: rows.xls: *.csv, *"])


@pytest.mark.parametrize("option", ["--fitsproc-gather=no/rows.csv", "--fitsproc-classes=no/classes.csv"])
def test_a_missing_directory_is_an_error_before_the_first_item(gathering: Archive, option: str) -> None:
    result = gathering.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: no/* can't be written: there is no such directory"])


@pytest.mark.parametrize("option", ["--fitsproc-gather=out/rows.csv", "--fitsproc-classes=out/classes.csv"])
def test_a_file_that_cannot_be_written_is_one_line_and_loses_nothing_else(
    gathering: Archive, option: str, plugin_args: tuple[str, ...]
) -> None:
    (gathering.root / "out").mkdir()
    gathering.add_processors("import os\ndef test_once(): os.rename('out', 'moved')", "test_once.py")
    result = gathering.run(option, "--junitxml=junit.xml", "--html=report.html", *plugin_args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["ERROR: *out/*.csv*"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert len(gathering.junit()) == 7
    assert gathering.html_counts() == {"passed": 7}


def test_a_value_without_plain_form_fails_its_item(gathering: Archive, plugin_args: tuple[str, ...]) -> None:
    gathering.add_processors("def test_it(source, gather): gather(thing=object())")
    result = gathering.run(*plugin_args)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*GatherError: *thing*"])


def test_the_summary_hook_gets_the_rows_of_all_workers_once(
    gathering: Archive, plugin_args: tuple[str, ...]
) -> None:
    gathering.write(
        "potsdam/bin/conftest.py",
        """
        import json
        def pytest_fitsproc_summary(rows, config):
            with (config.rootpath / "hook.log").open("a") as file:
                file.write(json.dumps(rows) + "\\n")
        """,
    )
    gathering.run(*plugin_args).assert_outcomes(passed=6)
    (line,) = (gathering.root / "hook.log").read_text().splitlines()
    assert json.loads(line) == _EXPECTED


def test_classes_are_written_with_all_their_files(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_file("a.fits", FILTER='V, "odd"')
    archive.add_file("b.fits", FILTER="B")
    archive.add_file("c.fits", FILTER="B")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def band(header): return header["FILTER"]
        @classifier
        def slow(source, tmp_path): return source.stem
        """
    )
    archive.run("--fitsproc-classes=classes.csv", *plugin_args).assert_outcomes(passed=6)
    with (archive.root / "classes.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["classifier", "label", "file"],
            ["band", "B", "potsdam/data/b.fits"],
            ["band", "B", "potsdam/data/c.fits"],
            ["band", 'V, "odd"', "potsdam/data/a.fits"],
            *(["slow", stem, f"potsdam/data/{stem}.fits"] for stem in "abc"),
        ]


def test_a_recipe_is_copied_and_nothing_is_run(archive: Archive) -> None:
    result = archive.run("--fitsproc-template=check", address=None)
    assert result.ret == 0
    assert result.outlines
    assert all((archive.root / name).is_file() for name in result.outlines)


def test_a_recipe_overwrites_nothing(archive: Archive) -> None:
    archive.run("--fitsproc-template=check", address=None)
    result = archive.run("--fitsproc-template=check", address=None)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fitsproc-template: * is there already"])


def test_a_recipe_that_does_not_exist_is_a_usage_error(archive: Archive) -> None:
    result = archive.run("--fitsproc-template=nope", address=None)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --fitsproc-template: there is no recipe 'nope'; there are *check*"])


@pytest.mark.parametrize(
    ("option", "name", "reason"),
    [
        ("--fitsproc-classes", "potsdam/data/b.fits", _IS_READ),
        ("--fitsproc-gather", "link.fits", _IS_READ),
        ("--fitsproc-classes", "potsdam/q.rd", _IS_READ),
        ("--fitsproc-classes", "pipe.csv", "is no regular file"),
        ("--fitsproc-gather", "pipe.csv", "is no regular file"),
    ],
)
def test_results_do_not_replace_what_is_read_nor_what_is_no_file(
    gathering: Archive, plugin_args: tuple[str, ...], option: str, name: str, reason: str
) -> None:
    (gathering.root / "link.fits").symlink_to("potsdam/data/a.fits")
    os.mkfifo(gathering.root / "pipe.csv")
    before = {path: path.read_bytes() for path in gathering.root.rglob("*") if path.is_file()}
    result = gathering.run(f"{option}={name}", *plugin_args, own=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.assert_outcomes()
    result.stderr.fnmatch_lines([f"*{name} {reason}: *"])
    assert {path: path.read_bytes() for path in before} == before


def test_classes_and_rows_need_a_file_each(gathering: Archive) -> None:
    result = gathering.run("--fitsproc-classes=a.csv", "--fitsproc-gather=./a.csv", own=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not (gathering.root / "a.csv").exists()
