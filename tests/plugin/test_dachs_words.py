"""DaCHS' words on the command line, and the traps of options whose value is a separate word."""

from __future__ import annotations

import pytest
from small_archive import DD, Archive

_BOOBY_TRAP = "raise SystemExit('a conftest among the data was run')"


@pytest.fixture
def three(archive: Archive) -> Archive:
    archive.add_files("apple.fits", "banana.fits", "cherry.fits")
    archive.add_processors("def test_it(source): pass")
    return archive


def test_filter_is_a_substring_of_the_accref(three: Archive, plugin_args: tuple[str, ...]) -> None:
    three.run("--filter=an", *plugin_args).assert_outcomes(passed=1)
    three.run("--filter=potsdam/data/", *plugin_args).assert_outcomes(passed=3)
    three.run("--filter", "rr", *plugin_args).assert_outcomes(passed=1)


def test_filter_and_k_combine(three: Archive) -> None:
    three.run("--filter=a", "-k", "apple or cherry").assert_outcomes(passed=2, deselected=1)
    three.run("--filter=an", "-k", "apple").assert_outcomes(deselected=1)


def test_files_that_the_filter_leaves_out_never_become_items(three: Archive) -> None:
    result = three.run("--filter=an", "--collect-only", "-q")
    assert [line for line in result.outlines if "::" in line] == [f"{DD}::data/banana.fits::test_it"]


def test_a_filter_that_matches_nothing_says_so(three: Archive, plugin_args: tuple[str, ...]) -> None:
    result = three.run("--filter=nowhere", *plugin_args)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["*no file's accref contains 'nowhere'*"])


def test_bail_stops_at_the_first_failure(three: Archive) -> None:
    three.add_processors("def test_it(source): assert False")
    three.run("--bail").assert_outcomes(failed=1)


@pytest.mark.parametrize("args", [(), ("-n0",), ("-j2",)])
def test_report_runs_classifiers_only(three: Archive, args: tuple[str, ...]) -> None:
    three.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def initial(source): return source.stem[0]
        def test_it(source): assert False
        def test_once(): assert False
        """
    )
    result = three.run_checks("--report", *args)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["initial: 3 files in 3 classes"])


def test_verbose_lists_the_files_of_each_class(three: Archive, plugin_args: tuple[str, ...]) -> None:
    three.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def has_an(source): return "yes" if "an" in source.stem else "no"
        """
    )
    result = three.run("--verbose", *plugin_args)
    result.stdout.fnmatch_lines(
        [
            "has_an: 3 files in 2 classes",
            "*2*no*",
            "*potsdam/data/apple.fits",
            "*potsdam/data/cherry.fits",
            "*1*yes*",
            "*potsdam/data/banana.fits",
        ]
    )


@pytest.mark.parametrize("words", [("-j2",), ("-j", "2"), ("-j=2",), ("--n-procs=2",), ("--n-procs", "2")])
def test_j_works_in_that_many_processes(three: Archive, words: tuple[str, ...]) -> None:
    result = three.run(*words)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*2 workers*"])


def test_one_process_is_no_distribution(three: Archive) -> None:
    result = three.run("-j1")
    result.assert_outcomes(passed=3)
    result.stdout.no_fnmatch_line("*workers*")


@pytest.mark.parametrize("word", ["-j0", "-jfoo", "-j=-1", "--n-procs=many"])
def test_a_number_of_processes_that_is_none_is_a_usage_error(three: Archive, word: str) -> None:
    result = three.run(word)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: -* takes a positive number of processes, not *"])


@pytest.mark.parametrize("option", ["--filter", "--catalogue", "-j"])
def test_a_word_without_its_value_is_a_usage_error(three: Archive, option: str) -> None:
    result = three.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {option} needs a value: write {option}=VALUE"])


@pytest.mark.parametrize(
    "words",
    [("--filter", "potsdam/data"), ("--fitsproc-filter", "potsdam/data"), ("--filter=potsdam/data",)],
)
def test_a_conftest_among_the_data_does_not_run_because_an_options_value_is_its_directory(
    three: Archive, words: tuple[str, ...], plugin_args: tuple[str, ...]
) -> None:
    three.write("potsdam/data/conftest.py", _BOOBY_TRAP)
    three.write(
        "potsdam/q.rd",
        '<resource schema="potsdam"><data id="import"><sources pattern="data/*.fits"/></data></resource>',
    )
    three.run(*words, *plugin_args).assert_outcomes(passed=3)


@pytest.mark.parametrize("address", [DD, "potsdam/data", "potsdam/data/*.fits"])
def test_data_directories_are_never_collected(three: Archive, address: str) -> None:
    three.write(
        "potsdam/q.rd",
        '<resource schema="potsdam"><data id="import"><sources pattern="data/*.fits"/></data></resource>',
    )
    three.write("potsdam/data/conftest.py", _BOOBY_TRAP)
    three.write("potsdam/data/test_data.py", _BOOBY_TRAP)
    three.write("potsdam/data/tests/conftest.py", _BOOBY_TRAP)
    result = three.run_checks(address=address, own=True)
    assert result.parseoutcomes() == {"passed": 6 if address == DD else 3}


@pytest.mark.parametrize("args", [(), ("-n2",)])
def test_addopts_of_the_ini_file_are_translated_as_well(three: Archive, args: tuple[str, ...]) -> None:
    three.write("pytest.ini", f"[pytest]\naddopts = --fitsproc={DD} --filter=an\n")
    three.run(*args, address=None).assert_outcomes(passed=1)


@pytest.mark.parametrize("args", [(), ("-n2",)])
def test_addopts_of_the_environment_are_translated_as_well(
    three: Archive, args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--filter=an --bail")
    three.run(*args).assert_outcomes(passed=1)


def test_the_long_names_mean_the_same(three: Archive) -> None:
    three.run("--fitsproc-filter=an").assert_outcomes(passed=1)


def test_an_option_of_ours_that_does_not_exist_is_a_usage_error(three: Archive) -> None:
    result = three.run("--fitsproc-nope=1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unrecognized arguments: --fitsproc-nope=1"])
