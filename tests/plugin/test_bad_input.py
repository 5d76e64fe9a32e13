"""What is wrong is said in one line that names it, with pytest's exit codes, and nothing else is lost."""

from __future__ import annotations

import sys

import pytest
from small_archive import DD, Archive

_OK, _FAILED, _USAGE, _NOTHING = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


@pytest.fixture
def small(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_it(source): pass")
    return archive


def _refused(result: pytest.RunResult, message: str) -> None:
    assert result.ret == _USAGE
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("potsdam/x", "--fitsproc=potsdam/x: no resource descriptor, *: potsdam/q"),
        ("nowhere/q/import", "--fitsproc=nowhere/q/import: no resource descriptor, *: potsdam/q"),
        ("potsdam/q/imprt", "potsdam/q.rd*imprt*import*"),
        ("potsdam/q#imprt", "potsdam/q.rd*imprt*import*"),
        ("", "*"),
    ],
)
def test_an_unknown_id_names_those_there_are(
    small: Archive, address: str, message: str, plugin_args: tuple[str, ...]
) -> None:
    if plugin_args == ("-n2",):
        _refused(small.run(f"--fitsproc={address}", "-n2", address=None), message)
    else:
        _refused(small.run(*plugin_args, f"--fitsproc={address}", address=None), message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<resource", "*q.rd:*"),
        ("no xml at all", "*q.rd:*"),
        (
            '<resource schema="x"><data id="import"><sources/></data></resource>',
            "*q.rd:1: <sources> needs a pattern",
        ),
        ('<!DOCTYPE x><resource schema="x"/>', "*q.rd:*DOCTYPE*"),
        ('<resource schema="x"><data id="import"/></resource>', "*q.rd*"),
        (
            '<resource schema="x"><data id="import"><sources pattern="../../*"/></data></resource>',
            "*q.rd:1: *",
        ),
    ],
)
def test_a_descriptor_that_cannot_be_used_is_named_with_its_line(
    small: Archive, text: str, message: str
) -> None:
    small.write("potsdam/q.rd", text)
    _refused(small.run(), message)


@pytest.mark.parametrize("pattern", ["data/*.fit", "nowhere/*.fits"])
def test_a_pattern_that_finds_nothing_is_exit_5_and_a_line(
    small: Archive, pattern: str, plugin_args: tuple[str, ...]
) -> None:
    small.write(
        "potsdam/q.rd",
        f'<resource schema="x"><data id="import"><sources pattern="{pattern}"/></data></resource>',
    )
    result = small.run(*plugin_args)
    assert result.ret == _NOTHING
    result.stdout.fnmatch_lines([f"fitsproc: potsdam/q.rd:1: pattern '{pattern}' matches nothing*"])


def test_an_empty_archive_is_exit_5_and_a_line(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    (archive.root / "empty").mkdir()
    result = archive.run_checks(*plugin_args, address="empty")
    assert result.ret == _NOTHING
    result.stdout.fnmatch_lines(["fitsproc: empty: no FITS files *"])


def test_what_cannot_be_read_is_said_and_the_rest_is_processed(
    small: Archive, without_override: list[str]
) -> None:
    hidden = small.add_file("hidden/c.fits").parent
    hidden.chmod(0)
    (small.resdir / "data/a.fits").chmod(0)
    words = [*without_override, sys.executable, "-m", "pytest", "-p", "no:hypothesispytest"]
    result = small.pytester.run(*words, "--fitsproc=potsdam/data", "--fitsproc-checks=readable")
    hidden.chmod(0o700)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "fitsproc: potsdam/data: a directory can't be listed (Permission denied): hidden",
            "*a.fits: FP100 error: can't be opened: Permission denied",
        ]
    )


@pytest.mark.parametrize("returned", ["None", "7", "b'V'", "['V']"])
@pytest.mark.parametrize("fixtures", ["source", "source, tmp_path"], ids=["fast", "slow"])
def test_a_classifier_that_returns_no_string_fails_and_is_in_no_class(
    small: Archive, returned: str, fixtures: str
) -> None:
    small.add_processors(
        f"""
        from pytest_fitsproc import classifier
        @classifier
        def band({fixtures}): return {returned} if source.stem == "a" else "V"
        """
    )
    result = small.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["the classifier returned *", "band: 1 file in 1 class"])


def test_a_file_that_vanishes_during_the_run_fails_and_the_others_go_on(
    small: Archive, plugin_args: tuple[str, ...]
) -> None:
    small.add_files("c.fits")
    small.add_processors(
        """
        def test_first(source):
            if source.stem == "a": (source.path.parent / "b.fits").unlink(missing_ok=True)
        def test_header(header): assert header["SIMPLE"]
        def test_size(source): assert source.size == 2880
        """
    )
    small.run("--collect-only", "-q")
    result = small.run_checks("-rfs", *plugin_args)
    result.assert_outcomes(passed=9, failed=2, skipped=1)
    result.stdout.fnmatch_lines_random(
        [
            f"FAILED {DD}::data/b.fits::readable - *FP100 error: there is no such file (any more)",
            f"FAILED {DD}::data/b.fits::test_size - FileNotFoundError*",
        ]
    )


def test_a_directory_named_like_a_file_does_not_stop_the_run(small: Archive) -> None:
    (small.resdir / "data/d.fits").mkdir()
    (small.resdir / "data/dangling.fits").symlink_to("nowhere")
    small.run_checks().assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("pass", _OK),
        ("assert False", _FAILED),
        ("raise ValueError", _FAILED),
        ("import pytest; pytest.skip()", _OK),
    ],
)
def test_the_exit_code_is_pytests(
    small: Archive, body: str, status: int, plugin_args: tuple[str, ...]
) -> None:
    small.add_processors(f"def test_it(source): {body}")
    assert small.run(*plugin_args).ret == status


def test_without_processors_and_checks_nothing_is_collected(small: Archive) -> None:
    small.add_processors("")
    assert small.run("--fitsproc-checks=none").ret == _NOTHING


def test_an_inputs_directory_that_is_missing_is_named_with_who_named_it(
    small: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAVO_INPUTSDIR", "/no/such/inputs")
    _refused(small.run(), "*/no/such/inputs (from $GAVO_INPUTSDIR) does not exist")
