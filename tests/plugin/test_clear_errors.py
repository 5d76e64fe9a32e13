"""What goes wrong is said in few lines, which name the place and not the plugin's own code."""

from __future__ import annotations

import pytest
from small_archive import Archive

ONE_CHECK = "def test_a(source): pass"


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_an_ignore_list_that_is_missing_is_a_usage_error_with_file_and_line(
    archive: Archive, processes: str
) -> None:
    archive.add_files("a.fits")
    archive.write(
        "potsdam/q.rd",
        '<resource schema="potsdam"><data id="import"><sources pattern="data/*">\n'
        '<ignoreSources fromfile="nofile"/></sources></data></resource>',
    )
    result = archive.run(processes)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*potsdam/q.rd:2: the ignore list *nofile can't be read: *"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


@pytest.mark.parametrize("module", ["pytest_fitsproc", "gavo"])
def test_a_processor_in_python_2_is_an_error_and_the_others_run(archive: Archive, module: str) -> None:
    archive.add_files("a.fits")
    archive.add_processors(ONE_CHECK)
    archive.add_processors(f'from {module} import api\nprint "x"\n', "old.py")
    result = archive.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*old.py*line 2", "*SyntaxError*"])


def test_a_named_file_that_imports_dachs_is_not_imported_either(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("open('ran', 'w')\nfrom gavo import api\n", "old.py")
    result = archive.run("potsdam/bin/old.py")
    result.stdout.fnmatch_lines(["*old.py:2: from gavo import api is DaCHS'; write from pytest_fitsproc *"])
    assert result.ret == 1
    assert not (archive.root / "ran").exists()


def test_a_session_fixture_that_fails_is_shown_without_the_frames_around_it(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture(scope="session")
        def bad(): raise RuntimeError("no plates")
        def test_a(source, bad): pass
        """
    )
    result = archive.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*def bad(): raise RuntimeError*", "E *RuntimeError: no plates"])
    result.stdout.no_fnmatch_line("*fixtures.py:*")
    result.stdout.no_fnmatch_line("*pytest_fitsproc/plugin*")


def test_a_catalogue_that_was_not_named_is_one_line(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_a(source, catalogue): pass")
    result = archive.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR at setup of *", "there is no catalogue: name its file by --fitsproc-catalogue=PATH"],
        consecutive=True,
    )


def test_a_missing_keyword_is_shown_where_the_processor_asked_for_it(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors('def test_a(header): header["NOKEY"]')
    result = archive.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_it.py:1: KeyError"])
    result.stdout.no_fnmatch_line("*lazy_header.py*")


def test_a_classifier_that_asks_for_no_file_is_an_error(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def always(rd): return "x"
        def test_a(source): pass
        """
    )
    result = archive.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["the classifier always asks for no file: name one of source, header, *"])


def test_a_directory_elsewhere_says_what_its_accrefs_are_relative_to(
    archive: Archive, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    archive.add_file("a.fits").rename(elsewhere / "a.fits")
    result = archive.run_checks(address=str(elsewhere))
    result.stdout.fnmatch_lines(
        [f"*is not below the inputs directory; its accrefs are relative to {elsewhere}"]
    )


def test_an_inputs_directory_that_is_not_there_is_a_usage_error(archive: Archive) -> None:
    archive.add_files("a.fits")
    result = archive.run("--fitsproc-inputs=nowhere", address="potsdam/data")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*the inputs directory *nowhere * does not exist"])
