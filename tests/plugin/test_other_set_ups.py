"""Other ways in which people run pytest: distributions, plugins switched off, import modes."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive


@pytest.fixture
def small(archive: Archive) -> Archive:
    archive.add_files(*(f"{number}.fits" for number in range(6)))
    archive.add_processors(
        """
        import logging, warnings
        from pytest_fitsproc import classifier
        def test_fast(source, gather):
            gather(stem=source.stem)
            logging.warning("log")
            assert source.stem != "3"
        def test_slow(source, tmp_path): warnings.warn("odd")
        @classifier
        def parity(source): return "odd" if int(source.stem) % 2 else "even"
        """
    )
    return archive


def _check(archive: Archive, *args: str, own: bool = False) -> pytest.RunResult:
    result = archive.run("--fitsproc-gather=rows.csv", *args, own=own)
    counts = result.parseoutcomes()
    assert (counts["passed"], counts["failed"]) == (17, 1)
    result.stdout.fnmatch_lines(["parity: 6 files in 2 classes"])
    assert (archive.root / "rows.csv").read_text().split()[1:] == [
        f"potsdam/data/{number}.fits,test_fast,{number}" for number in range(6)
    ]
    return result


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadfile", "loadscope", "loadgroup"])
def test_every_distribution_of_xdist_runs_each_item_once(small: Archive, dist: str) -> None:
    _check(small, "-n2", f"--dist={dist}")


@pytest.mark.parametrize(
    "plugin",
    ["xdist", "html", "cacheprovider", "logging", "warnings", "junitxml", "faulthandler", "assertion"],
)
def test_a_plugin_of_pytest_may_be_switched_off(small: Archive, plugin: str) -> None:
    _check(small, "-p", f"no:{plugin}", own=True)


@pytest.mark.parametrize("capture", ["fd", "sys", "no", "tee-sys"])
def test_every_way_of_capturing_works(small: Archive, capture: str) -> None:
    _check(small, f"--capture={capture}")


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_every_import_mode_works(small: Archive, mode: str) -> None:
    _check(small, f"--import-mode={mode}")


def test_assertions_may_be_left_plain(small: Archive) -> None:
    result = _check(small, "--assert=plain", own=True)
    result.stdout.no_fnmatch_line("*'3' != '3'*")


@pytest.mark.parametrize("style", ["classic", "count", "progress-even-when-capture-no", "times"])
def test_every_style_of_progress_works(small: Archive, style: str) -> None:
    _check(small, "-o", f"console_output_style={style}")


def test_without_a_terminal_reporter_the_run_works(small: Archive) -> None:
    result = small.run("-p", "no:terminal", "--junitxml=junit.xml", own=True)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(small.junit()) == 18


def test_another_ini_file_and_rootdir(small: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    small.write("etc/other.ini", f"[pytest]\naddopts = --fitsproc={DD}\n")
    monkeypatch.chdir(small.resdir)
    result = small.run("-c", str(small.root / "etc/other.ini"), f"--rootdir={small.root}", address=None)
    result.assert_outcomes(passed=17, failed=1, warnings=6)


def test_strict_options_are_fine(small: Archive) -> None:
    _check(small, "--strict-markers", "--strict-config", "-o", "xfail_strict=true")


def test_warnings_may_be_silenced_on_the_command_line(small: Archive) -> None:
    assert "warnings" not in _check(small, "-W", "ignore").parseoutcomes()
    assert "warnings" not in _check(small, "--disable-warnings", "-W", "ignore::UserWarning").parseoutcomes()


def test_nf_runs_new_files_first(small: Archive) -> None:
    small.run("--nf")
    small.add_files("7.fits")
    result = small.run("--nf", "--collect-only", "-q")
    assert result.outlines[0] == f"{DD}::data/7.fits::test_fast"


def test_a_run_leaves_no_list_of_all_files_in_the_cache(small: Archive) -> None:
    small.run()
    assert not (small.root / ".pytest_cache/v/cache/nodeids").exists()
