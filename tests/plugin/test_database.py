"""--fitsproc-db: ignore lists out of a database are applied, and never silently left out."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from small_archive import Archive

ONE_CHECK = "def test_a(source): pass"


@pytest.fixture
def ignoring(archive: Archive) -> Archive:
    """An archive of two files, of which the database says that one is published already."""
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(ONE_CHECK)
    archive.write(
        "potsdam/q.rd",
        """\
        <resource schema="potsdam"><data id="import"><sources pattern="data/*">
        <ignoreSources fromdb="select accref from published"/></sources></data></resource>""",
    )
    with closing(sqlite3.connect(archive.root / "products.db")) as connection:
        connection.execute("create table published (accref text)")
        connection.execute("insert into published values ('potsdam/data/a.fits')")
        connection.commit()
    return archive


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_files_that_the_database_names_are_left_out(ignoring: Archive, processes: str) -> None:
    result = ignoring.run("--fitsproc-db=sqlite:///products.db", "-rA", processes)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["PASSED potsdam/q/import::data/b.fits::test_a"])


def test_without_a_database_the_list_is_refused(ignoring: Archive) -> None:
    result = ignoring.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*potsdam/q.rd:2: the ignore list fromdb needs a database, *--fitsproc-db*"])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///nowhere.db", "*--fitsproc-db=sqlite:///nowhere.db: there is no file *nowhere.db"),
        ("mysql://x/y", "*--fitsproc-db=mysql://x/y: only databases of SQLite are known, *"),
    ],
)
def test_a_database_that_is_not_there_is_a_usage_error(ignoring: Archive, url: str, message: str) -> None:
    result = ignoring.run(f"--fitsproc-db={url}")
    assert result.ret == 4
    result.stderr.fnmatch_lines([message])


def test_a_query_that_fails_is_a_usage_error_with_file_and_line(ignoring: Archive) -> None:
    with closing(sqlite3.connect(ignoring.root / "products.db")) as connection:
        connection.execute("drop table published")
        connection.commit()
    result = ignoring.run("--fitsproc-db=sqlite:///products.db")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*potsdam/q.rd:2: the ignore list fromdb fails: *no such table: published*"])


def test_the_database_is_opened_for_reading_only(ignoring: Archive) -> None:
    descriptor = ignoring.resdir / "q.rd"
    descriptor.write_text(
        descriptor.read_text().replace("select accref from published", "delete from published")
    )
    assert ignoring.run("--fitsproc-db=sqlite:///products.db").ret == 4
    with closing(sqlite3.connect(ignoring.root / "products.db")) as connection:
        assert connection.execute("select count(*) from published").fetchone() == (1,)
