"""Which files of bin are imported, and what happens to those that can't be."""

from __future__ import annotations

import pytest
from small_archive import Archive


@pytest.fixture
def with_one(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_good(source): pass")
    return archive


def test_a_script_of_any_name_that_imports_this_package_is_collected(with_one: Archive) -> None:
    with_one.write(
        "potsdam/bin/mkpreview.py",
        "from pytest_fitsproc import classifier\n@classifier\ndef size(source): return str(source.size)\n",
    )
    with_one.run().assert_outcomes(passed=4)


def test_a_script_that_does_not_is_left_alone(with_one: Archive) -> None:
    with_one.write("potsdam/bin/ingest.py", "raise SystemExit('was imported')\n")
    with_one.run().assert_outcomes(passed=2)


@pytest.mark.parametrize("name", ["old.py", "test_old.py"])
@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("from gavo import api", "from pytest_fitsproc import api"),
        ("from gavo.utils import fitstools", "from pytest_fitsproc.api import fitstools"),
    ],
)
def test_a_file_that_imports_dachs_is_named_with_the_line_to_write_and_not_imported(
    with_one: Archive, name: str, statement: str, advice: str, plugin_args: tuple[str, ...]
) -> None:
    with_one.write(f"potsdam/bin/{name}", f"import sys\n{statement}\nraise SystemExit('was imported')\n")
    result = with_one.run(*plugin_args)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"fitsproc: *{name}:2: {statement} is DaCHS'; write {advice}"])


def test_an_unguarded_procmain_is_an_error_that_says_so(
    with_one: Archive, plugin_args: tuple[str, ...]
) -> None:
    with_one.write(
        "potsdam/bin/unguarded.py",
        """
        from pytest_fitsproc import api
        class P(api.FileProcessor):
            def process(self, srcName): pass
        api.procmain(P, "potsdam/q", "import")
        """,
    )
    result = with_one.run(*plugin_args)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ['*unguarded.py:5: procmain would run at import; put it below `if __name__ == "__main__":`']
    )
    assert result.ret != 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from pytest_fitsproc import classifier\nimport no_such_module\n",
            "*No module named 'no_such_module'*",
        ),
        ("from pytest_fitsproc import nothing_like_it\n", "*cannot import name 'nothing_like_it'*"),
        (
            "from pytest_fitsproc import classifier\nraise ValueError('at import')\n",
            "*ValueError: at import*",
        ),
        ("def test_bad(source:\n", "*SyntaxError*"),
    ],
)
def test_a_module_that_fails_to_import_is_an_error_and_the_others_run(
    with_one: Archive, text: str, message: str, plugin_args: tuple[str, ...]
) -> None:
    with_one.add_processors(text, "test_bad.py")
    result = with_one.run(*plugin_args)
    counts = result.parseoutcomes()
    # pytest-xdist counts an exception once for each worker.
    assert counts == {"passed": 2, "errors": 1} or (
        plugin_args == ("-n2",) and counts == {"passed": 2, "errors": 2}
    )
    result.stdout.fnmatch_lines([message])
    assert result.ret != 0


def test_assertions_of_a_script_of_any_name_are_explained(with_one: Archive) -> None:
    with_one.write(
        "potsdam/bin/sizes.py",
        """
        import pytest_fitsproc
        def test_size(source):
            expected = 17
            assert source.size == expected
        """,
    )
    result = with_one.run()
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["E *assert 2880 == 17"])


def test_processors_share_modules_beside_them(with_one: Archive, plugin_args: tuple[str, ...]) -> None:
    with_one.write("potsdam/bin/shared_things.py", "LIMIT = 2880\n")
    with_one.add_processors(
        "from shared_things import LIMIT\ndef test_it(source): assert source.size == LIMIT"
    )
    with_one.run(*plugin_args).assert_outcomes(passed=2)


def test_a_bin_that_is_missing_leaves_the_built_in_checks(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.bin.rmdir()
    archive.run_checks().assert_outcomes(passed=1)


def test_an_async_check_is_not_a_pass(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors("async def test_it(source): assert False")
    assert "passed" not in archive.run(*plugin_args).parseoutcomes()


def test_a_file_of_any_name_that_was_named_is_collected_once(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    path = archive.write("own.py", "import pytest_fitsproc\ndef test_it(source): pass")
    archive.run(str(path), *plugin_args).assert_outcomes(passed=1)
