"""README.md says what is so: its tables are made from the code, its example is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_fitsproc.plugin.options import markdown_table
from pytest_fitsproc.processing.dachs_imports import markdown_table as imports_table

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def _section(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- end of {name} -->", README, re.S)
    assert found, f"README has no section {name}"
    return found[1]


def test_the_table_of_options_is_that_of_the_code() -> None:
    assert _section("options") == markdown_table()


def test_the_table_of_imports_is_that_of_the_code() -> None:
    assert _section("imports") == imports_table()


@pytest.mark.parametrize("name", ["main job", "tests"])
def test_each_command_for_a_fresh_machine_is_one_line(name: str) -> None:
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", README, re.S)
    assert found
    assert "\n" not in found[1]


def test_the_example_of_a_fitschan_prints_what_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```python\n(from pytest_fitsproc.fitschan.*?)```\n\n```\n(.*?)```", README, re.S)
    assert found
    exec(compile(found[1], "README.md", "exec"), {})
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert printed == found[2].splitlines()


def test_the_first_example_gives_the_output_that_readme_shows(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # In CI, pytest shows whole lines.
    monkeypatch.delenv("CI", raising=False)
    code = re.search(r"```python\n# test_plates.py\n(.*?)```", README, re.S)
    output = re.search(r"```console\n.*?\n(.*?)```", README, re.S)
    assert code
    assert output
    pytester.makepyfile(test_plates=code[1])
    plates = pytester.mkdir("plates")
    for name, filter_used, seconds in (("p1", "B", 30.0), ("p2", "V", 60.0), ("p3", "B", 0.0)):
        (plates / f"{name}.fits").write_bytes(_fits(filter_used, seconds))
    (plates / "p4.fits").write_text("<html><title>404 Not Found</title></html>")
    result = pytester.runpytest_subprocess(
        "--fitsproc=plates", "test_plates.py", "--tb=short", "-p", "no:randomly"
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines([_pattern(line) for line in output[1].splitlines()])


def _pattern(line: str) -> str:
    """A line of the example as a pattern: places and times differ, and so may the width."""
    line = line.replace("[", "[[]")
    line = re.sub(r"/home/me/archive", "*", line)
    line = re.sub(r" in [0-9.]+s", " in *s", line)
    line = re.sub(r"={4,}|_{4,}", "*", line)
    return re.sub(r"test_plates.py:\d+", "test_plates.py:*", line)


def _fits(filter_used: str, seconds: float) -> bytes:
    cards = [
        f"SIMPLE  = {'T':>20}",
        f"BITPIX  = {8:>20}",
        f"NAXIS   = {0:>20}",
        f"FILTER  = '{filter_used:<8}'",
        f"EXPTIME = {seconds:>20}",
        "END",
    ]
    return "".join(card.ljust(80) for card in cards).ljust(2880).encode("ascii")
