"""What pytest's terminal shows of items: verbosity, output, durations."""

from __future__ import annotations

import re

import pytest
from small_archive import DD, Archive, lines_between


@pytest.fixture
def checked(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_it(source): print('looking at ' + source.stem)")
    return archive


def test_v_shows_a_line_for_each_item(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    result = checked.run("-v", *plugin_args)
    shown = [line for line in result.outlines if "::test_it" in line and "PASSED" in line]
    assert {re.search(r"potsdam\S*", line)[0] for line in shown} == {  # type: ignore[index]
        f"{DD}::data/a.fits::test_it",
        f"{DD}::data/b.fits::test_it",
    }
    assert len(shown) == 2


def test_q_shows_dots_and_counts(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    result = checked.run("-q", *plugin_args)
    assert result.outlines[-1].startswith("2 passed")
    assert any(line.startswith("..") and line.endswith("[100%]") for line in result.outlines)


def test_a_plain_run_has_a_dot_for_each_item_and_a_name_for_each_descriptor(archive: Archive) -> None:
    archive.add_files(*(f"{number:03}.fits" for number in range(300)))
    archive.add_processors("def test_it(source): pass")
    result = archive.run()
    assert result.stdout.str().count(DD) == 2
    dots = "".join(re.findall(r"(?<=\s)\.+(?=\s+\[)", result.stdout.str()))
    assert len(dots) == 300
    result.stdout.fnmatch_lines(["*[[]100%]", "*= 300 passed in *"])
    assert all(len(line) <= 200 for line in result.outlines if "%]" in line)


def test_s_shows_output_at_once(checked: Archive) -> None:
    result = checked.run("-s")
    result.stdout.fnmatch_lines(["*looking at a*"])
    result.assert_outcomes(passed=2)


def test_without_s_output_of_passing_items_is_not_shown(
    checked: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = checked.run(*plugin_args)
    result.stdout.no_fnmatch_line("*looking at*")


def test_rp_shows_output_of_passing_items(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    result = checked.run("-rP", *plugin_args)
    result.stdout.fnmatch_lines_random(["looking at a", "looking at b", "*test_it on data/a.fits*"])


def test_durations_name_the_slowest_items(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import time
        def test_it(source): time.sleep(0.02 if source.stem == "b" else 0)
        """
    )
    result = archive.run("--durations=1", "--durations-min=0.01", *plugin_args)
    result.stdout.fnmatch_lines(["*slowest 1 durations*", f"*s call*{DD}::data/b.fits::test_it"])


def test_times_can_stand_in_place_of_progress(checked: Archive) -> None:
    result = checked.run("-o", "console_output_style=times")
    result.assert_outcomes(passed=2)


def test_the_header_names_what_is_processed_and_where(checked: Archive) -> None:
    checked.run().stdout.fnmatch_lines([f"fitsproc: {DD}; inputs directory {checked.root}"])


def test_no_header_hides_it(checked: Archive) -> None:
    checked.run("--no-header").stdout.no_fnmatch_line("fitsproc: potsdam*")


def test_ra_lists_every_item(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    result = checked.run("-rA", "-q", *plugin_args)
    result.stdout.fnmatch_lines_random(
        [f"PASSED {DD}::data/a.fits::test_it", f"PASSED {DD}::data/b.fits::test_it"]
    )


@pytest.mark.parametrize("style", ["auto", "long", "short", "line", "native", "no"])
def test_every_traceback_style_shows_a_failure(archive: Archive, style: str) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        def test_fast(source): assert source.stem == "x"
        def test_slow(source, tmp_path): assert source.stem == "x"
        """
    )
    result = archive.run(f"--tb={style}")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines_random(
        [f"FAILED {DD}::data/a.fits::test_fast*", f"FAILED {DD}::data/a.fits::test_slow*"]
    )
    if style in ("auto", "long", "short"):
        assert sum(line.startswith("E ") and "'a' == 'x'" in line for line in result.outlines) == 2


def test_a_failure_shows_the_usual_diff_the_same_in_both_lanes(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        def test_fast(source): assert [source.stem, 1, 2] == ["b", 1, 3]
        def test_slow(source, tmp_path): assert [source.stem, 1, 2] == ["b", 1, 3]
        """
    )
    result = archive.run(*plugin_args)
    fast = lines_between(result, "_ test_fast on data/a.fits _", "_ test_slow on data/a.fits _")
    slow = lines_between(result, "_ test_slow on data/a.fits _", "short test summary")
    explained = [[line for line in lines if line.startswith("E ")] for lines in (fast, slow)]
    assert explained[0] == explained[1]
    assert any("At index 0 diff: 'a' != 'b'" in line for line in explained[0])


def test_a_finding_is_shown_as_its_text_without_a_traceback(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_file("bad.fits", b"GIF89a")
    result = archive.run_checks(*plugin_args)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*_ readable on data/bad.fits _*", "data/bad.fits: FP101 error: *GIF*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*builtin.py*")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--setup-show"], "--setupshow"),
        (["--setup-plan"], "--setuponly, --setupshow, --setupplan"),
        (["-o", "faulthandler_timeout=60"], "faulthandler_timeout"),
    ],
)
def test_what_acts_on_single_items_is_served_by_pytests_own_protocol(
    checked: Archive, words: list[str], reason: str
) -> None:
    result = checked.run(*words)
    assert result.ret == 0
    notice = next(line for line in result.outlines if "own protocol" in line)
    assert set(notice.partition(", for ")[2].split(", ")) == set(reason.split(", "))


def test_nobody_of_ours_needs_pytests_own_protocol(checked: Archive, plugin_args: tuple[str, ...]) -> None:
    checked.add_processors(
        """
        def test_it(source, gather):
            import inspect
            frames = {frame.filename.rpartition("/")[2] for frame in inspect.stack()}
            assert "fast_lane.py" in frames
        """
    )
    result = checked.run("-rA", *plugin_args)
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*own protocol*")
