"""A fixture ``products`` of the curator's stands for ours: previews of all makers go where it says."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from preview_archive import add_images, describe, files_below, preview, spectrum_bytes
from small_archive import Archive

# pytester forgets what a run in this process imports; imported again, these have other classes of errors.
with suppress(ImportError):
    import psycopg  # noqa: F401
    import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

#: A preview that only Python knows, and the fixture that gives it.
_PYTHON = 'os.path.basename("x")'
_FIXTURE = """
    import pytest

    @pytest.fixture(scope="session")
    def products(products):
        return products.replacing(preview=lambda accref: f"potsdam/previews/{accref}.own.png")
"""
_ANY = "from pytest_fitsproc import preview_maker, identifiers, api\n"
_FUNCTION = f"""{_ANY}
@preview_maker
def thumbnail(source): return source
"""
_CLASS = f"""{_ANY}
class Thumbnail(api.PreviewMaker):
    def getPreviewData(self, accref):
        return b"\\x89PNG\\r\\n\\x1a\\n"
"""
_MAKERS = {
    "function": _FUNCTION,
    "function that asks": _FUNCTION.replace("source)", "source, products)"),
    "slow function": _FUNCTION.replace("source)", "source, tmp_path)"),
    "slow function that asks": _FUNCTION.replace("source)", "source, products, tmp_path)"),
    "class": _CLASS,
}
_OWN = ["potsdam/data/a.fits.own.png", "potsdam/data/b.fits.own.png"]


@pytest.fixture
def images(archive: Archive) -> Archive:
    """Two images whose descriptor gives the path of the previews by Python."""
    describe(archive, path=_PYTHON)
    add_images(archive, "a.fits", "b.fits")
    return archive


def made(archive: Archive) -> list[str]:
    return files_below(archive.resdir / "previews")


@pytest.mark.parametrize("conftest", ["conftest.py", "potsdam/bin/conftest.py"])
@pytest.mark.parametrize("maker", _MAKERS)
def test_makers_write_where_it_says(
    images: Archive, maker: str, conftest: str, plugin_args: tuple[str, ...]
) -> None:
    images.add_processors(_MAKERS[maker])
    images.run("--fitsproc-write", "-k", "not classify").assert_outcomes(
        failed=2, deselected=2 * (maker == "class")
    )
    images.write(conftest, _FIXTURE)
    result = images.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=2 + 2 * (maker == "class"))
    assert made(images) == _OWN
    images.run("--fitsproc-write").stdout.fnmatch_lines(["*2  100.0%  there *"])


def test_the_module_of_a_maker_may_have_it(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.add_processors(_FUNCTION + "\n".join(line[4:] for line in _FIXTURE.splitlines()))
    images.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=2)
    assert made(images) == _OWN


@pytest.mark.parametrize("conftest", ["conftest.py", "potsdam/conftest.py", "potsdam/bin/conftest.py"])
def test_our_own_maker_writes_where_it_says(
    images: Archive, conftest: str, plugin_args: tuple[str, ...]
) -> None:
    images.run("--fitsproc-previews").assert_outcomes(failed=2)
    images.write(conftest, _FIXTURE)
    images.run("--fitsproc-previews", *plugin_args).assert_outcomes(passed=2)
    assert made(images) == _OWN


def test_our_own_maker_writes_where_it_says_without_a_bin(
    images: Archive, plugin_args: tuple[str, ...]
) -> None:
    images.bin.rmdir()
    nested = _FIXTURE.replace("(products)", "(products, suffix)").replace(".own", "{suffix}")
    images.write("potsdam/conftest.py", nested)
    images.write(
        "conftest.py", "import pytest\n@pytest.fixture(scope='session')\ndef suffix(): return '.own'\n"
    )
    images.run("--fitsproc-previews", *plugin_args).assert_outcomes(passed=2)
    assert made(images) == _OWN


def test_a_conftest_in_the_inputs_directory_is_seen_where_rootdir_is_elsewhere(
    images: Archive, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "pytest.ini").write_text(f"[pytest]\nfitsproc_inputs = {images.root}\n")
    images.write("conftest.py", _FIXTURE)
    monkeypatch.chdir(elsewhere)
    images.run("--fitsproc-previews").assert_outcomes(passed=2)
    images.bin.rmdir()
    images.run("--fitsproc-previews", "--fitsproc-force").assert_outcomes(passed=2)
    assert made(images) == _OWN


@pytest.mark.parametrize("words", ["class", "function", "slow function"])
def test_each_data_descriptor_has_its_own(archive: Archive, words: str, plugin_args: tuple[str, ...]) -> None:
    describe(archive, path=_PYTHON)
    text = (archive.resdir / "q.rd").read_text()
    archive.write("potsdam/r.rd", text.replace("data/*", "other/*").replace("main", "other"))
    add_images(archive, "a.fits", "../other/b.fits")
    archive.add_processors(_MAKERS[words])
    archive.write(
        "conftest.py",
        """
        import pytest

        @pytest.fixture(scope="session")
        def products(dd, products):
            return products.replacing(preview=lambda accref: f"potsdam/previews/{dd.rd.rd_id}/{accref}.png")
        """,
    )
    result = archive.run(
        "--fitsproc=potsdam/r/import", "--fitsproc-write", "-k", "not classify", *plugin_args
    )
    assert result.parseoutcomes()["passed"] == 2
    assert made(archive) == ["potsdam/q/potsdam/data/a.fits.png", "potsdam/r/potsdam/other/b.fits.png"]
    archive.run("--fitsproc=potsdam/r/import", "--fitsproc-previews").stdout.fnmatch_lines(["*2 *there *"])


def test_identifiers_are_made_of_it(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.write("conftest.py", _FIXTURE)
    images.add_processors(
        """
        from pytest_fitsproc import identifiers

        @identifiers
        def with_a(products):
            return [one for one in products.accrefs() if products[one]["preview"].endswith("a.fits.own.png")]

        def test_it(source): assert source.stem == "a"
        """
    )
    images.run(*plugin_args).assert_outcomes(passed=1)


def test_a_spectrum_is_read_of_the_product_that_it_says(archive: Archive) -> None:
    sdm = '<fitsTableGrammar/><make table="spectrum"><rowmaker idmaps="*"/></make>'
    describe(archive, path=_PYTHON, sdm=sdm)
    archive.add_file("a.fits", spectrum_bytes([1.0, 2.0], [1.0, 2.0]))
    archive.write("conftest.py", _FIXTURE)
    archive.add_processors(
        """
        from pytest_fitsproc import api

        class Maker(api.SpectralPreviewMaker):
            sdmId = "build_sdm_data"
        """
    )
    archive.run("--fitsproc-write").assert_outcomes(passed=2)
    assert made(archive) == _OWN[:1]


@pytest.mark.parametrize(("scope", "asks"), [("session", ""), ("function", ""), ("function", "source")])
@pytest.mark.parametrize("maker", _MAKERS)
def test_a_fixture_of_this_name_that_is_something_else_changes_nothing(
    archive: Archive, maker: str, scope: str, asks: str
) -> None:
    describe(archive)
    add_images(archive, "a.fits")
    archive.add_processors(_MAKERS[maker])
    archive.write(
        "conftest.py",
        f"import pytest\n@pytest.fixture(scope='{scope}')\ndef products({asks}): return ['apples']\n",
    )
    archive.run("--fitsproc-write", "-k", "not classify").assert_outcomes(
        passed=1, deselected=maker == "class"
    )
    assert preview(archive, "a.fits").is_file()


@pytest.mark.parametrize("maker", [*_MAKERS, "ours"])
def test_one_that_fails_is_an_error_of_what_uses_it(
    images: Archive, maker: str, plugin_args: tuple[str, ...]
) -> None:
    words = ["--fitsproc-previews"] if maker == "ours" else ["--fitsproc-write", "-k", "not classify"]
    if maker != "ours":
        images.add_processors(_MAKERS[maker])
    images.write("conftest.py", _FIXTURE.replace("preview=", "previews="))
    result = images.run(*words, *plugin_args)
    # What a class goes through comes from its products: it has no items, and each worker says so.
    assert result.parseoutcomes().keys() == {"errors"}
    result.stdout.fnmatch_lines(["*no column 'previews' can be replaced; there are *"])


def test_what_a_slow_check_has_set_up_stays(images: Archive) -> None:
    images.write("conftest.py", _FIXTURE)
    images.add_processors(
        _FUNCTION.replace("def thumbnail(source)", "def thumbnail(source, ground, house)")
        + "\n".join(
            [
                "import pytest",
                "@pytest.fixture(scope='module')",
                "def ground(): print('dug'); yield; print('filled')",
                "@pytest.fixture(autouse=True)",
                "def house(source, ground): print('built'); yield; print('fallen')",
            ]
        )
    )
    result = images.run("--fitsproc-write", "-s")
    result.assert_outcomes(passed=2)
    words = [
        word
        for line in result.outlines
        for word in line.strip(".").split()
        if word in {"dug", "built", "fallen", "filled"}
    ]
    assert words == ["dug", "built", "fallen", "built", "fallen", "filled"]


def test_fixtures_are_asked_once_for_all_files(images: Archive) -> None:
    images.write("conftest.py", _FIXTURE.replace("return", "open('asked', 'a').write('x')\n        return"))
    images.add_processors(_FUNCTION + _MAKERS["slow function"].replace("thumbnail", "other"))
    images.run("--fitsproc-write").assert_outcomes(passed=4)
    assert Path("asked").read_text() == "x"
