"""--catalogue: rows by key, in every way of running; what is wrong with it is said before the first item."""

from __future__ import annotations

import pytest
from small_archive import Archive

_CHECK = """
    def test_fast(source, catalogue): assert catalogue[source.accref]["object"] == source.stem
    def test_slow(source, catalogue, tmp_path): assert catalogue[source.accref]["object"] == source.stem
    """
_ROWS = "accref;object\npotsdam/data/a.fits;a\npotsdam/data/b.fits;b\n"


@pytest.fixture
def catalogued(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.write("potsdam/plates.csv", _ROWS)
    archive.add_processors(_CHECK)
    return archive


@pytest.mark.parametrize("word", ["--catalogue=plates.csv", "--fitsproc-catalogue=plates.csv::accref"])
def test_rows_are_found_by_key(catalogued: Archive, word: str, plugin_args: tuple[str, ...]) -> None:
    catalogued.run(word, *plugin_args).assert_outcomes(passed=4)


def test_a_file_that_is_not_in_the_catalogue_fails_with_the_key(
    catalogued: Archive, plugin_args: tuple[str, ...]
) -> None:
    catalogued.add_files("c.fits")
    result = catalogued.run("--catalogue=plates.csv", *plugin_args)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*MissingKeyError: *potsdam/data/c.fits*"])


@pytest.mark.parametrize(
    ("text", "word", "message"),
    [
        (None, "--catalogue=gone.csv", "*gone.csv*"),
        ("accref;object\nx;1\nx;2\n", "--catalogue=bad.csv", "*bad.csv:3: *x*"),
        ("accref;object\nx;1\n", "--catalogue=bad.csv::plate", "*bad.csv*plate*accref*"),
        ("", "--catalogue=bad.csv", "*bad.csv*"),
    ],
)
def test_a_bad_catalogue_is_one_error_before_the_first_item(
    catalogued: Archive, text: str | None, word: str, message: str, plugin_args: tuple[str, ...]
) -> None:
    if text is not None:
        catalogued.write("potsdam/bad.csv", text)
    result = catalogued.run(word, *plugin_args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_without_the_option_whoever_asks_is_told_of_it(
    catalogued: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = catalogued.run(*plugin_args)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*there is no catalogue: name its file by --fitsproc-catalogue=PATH"])


@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_a_users_own_catalogue_overrides_ours(
    catalogued: Archive, scope: str, plugin_args: tuple[str, ...]
) -> None:
    catalogued.write(
        "potsdam/bin/conftest.py",
        f"""
        import pytest
        @pytest.fixture(scope={scope!r})
        def catalogue(): return {{f"potsdam/data/{{stem}}.fits": {{"object": stem}} for stem in "ab"}}
        """,
    )
    catalogued.run(*plugin_args).assert_outcomes(passed=4)


def test_a_users_catalogue_may_build_on_ours(catalogued: Archive) -> None:
    catalogued.write(
        "potsdam/bin/conftest.py",
        """
        import pytest
        @pytest.fixture(scope="session")
        def catalogue(catalogue): return dict(catalogue)
        """,
    )
    catalogued.run("--catalogue=plates.csv").assert_outcomes(passed=4)
