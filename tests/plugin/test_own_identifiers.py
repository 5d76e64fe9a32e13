"""@identifiers: the processors of a module go through what a function yields."""

from __future__ import annotations

import pytest
from postgres_server import PostgresServer
from small_archive import DD, Archive
from test_products_fixture import DESCRIPTOR, NAMES, fill, without_database

_BY_TABLE = """
    from pytest_fitsproc import classifier, identifiers

    @identifiers
    def published(dd, products):
        table = dd.makes[0].table.getQName()
        for row in products.query(f"select accref from {table} order by accref"):
            if not row["accref"].endswith("b.fits"):
                yield row["accref"]

    def test_seen(source, gather):
        gather(accref=source.identifier, exists=source.path.exists())

    @classifier
    def filter_used(header):
        return header["OBJECT"]
"""


@pytest.fixture
def published(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An archive of three files with products."""
    without_database(monkeypatch)
    archive.write("potsdam/q.rd", DESCRIPTOR)
    archive.add_files(*NAMES)
    return archive


@pytest.mark.parametrize("where", ["descriptor", "server"])
def test_processors_go_through_accrefs_of_a_table(
    published: Archive, request: pytest.FixtureRequest, where: str, plugin_args: tuple[str, ...]
) -> None:
    published.add_processors(_BY_TABLE)
    db = [f"--fitsproc-db={fill(request.getfixturevalue('postgres_server'))}"] if where == "server" else []
    result = published.run("-rA", *db, *plugin_args)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines_random(
        [
            f"PASSED {DD}::data/{name}.fits::{processor}"
            for name in "ac"
            for processor in ("test_seen", "filter_used")
        ]
    )


def test_files_come_one_after_the_other_with_all_their_processors(published: Archive) -> None:
    published.add_processors(_BY_TABLE)
    result = published.run("--collect-only", "-q")
    lines = [line for line in result.outlines if "::data/" in line]
    files = [line.split("::")[1] for line in lines]
    assert files == ["data/a.fits", "data/a.fits", "data/c.fits", "data/c.fits"]


def test_virtual_products_have_no_header_and_are_skipped(
    published: Archive, postgres_server: PostgresServer, plugin_args: tuple[str, ...]
) -> None:
    url = fill(postgres_server)
    postgres_server.execute(
        "insert into dc.products (accref, accessPath, sourceTable)"
        " values ('potsdam/data/a.vot', 'dcc://potsdam.q/mksdm?potsdam/data/a.fits', 'potsdam.main')",
        "insert into potsdam.main (accref) values ('potsdam/data/a.vot')",
    )
    published.add_processors(_BY_TABLE)
    result = published.run(f"--fitsproc-db={url}", "-rs", *plugin_args)
    result.assert_outcomes(passed=5, skipped=1)
    result.stdout.fnmatch_lines(["*the primary header can't be read*a.vot*"])


def test_filter_and_pasted_ids_choose_among_them(published: Archive) -> None:
    published.add_processors(_BY_TABLE)
    published.run("--fitsproc-filter=data/c").assert_outcomes(passed=2)
    published.run(address=f"{DD}::data/c.fits::test_seen").assert_outcomes(passed=1)


def test_other_modules_keep_the_sources(published: Archive) -> None:
    published.add_processors(_BY_TABLE)
    published.add_processors("def test_other(source): pass", "test_other.py")
    published.run().assert_outcomes(passed=7)


def test_the_function_may_ask_for_the_catalogue_and_the_descriptor(published: Archive) -> None:
    published.write("potsdam/plates.csv", "plate,file\n1,data/b.fits\n2,data/none.fits\n")
    published.add_processors(
        """
        from pytest_fitsproc import identifiers
        @identifiers
        def test_plates(rd, catalogue):
            return [f"{rd.schema}/{row['file']}" for row in catalogue.values()]
        def test_it(source): assert source.path.exists()
        """
    )
    published.run("--fitsproc-catalogue=potsdam/../plates.csv".replace("potsdam/../", "")).assert_outcomes(
        passed=1, failed=1
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "def plates(header): return []",
            "*test_it.py:2: plates asks for 'header'; *may ask for dd, rd, products, *",
        ),
        (
            "def one(): return []\n@identifiers\ndef two(): return []",
            "*both one and two have @identifiers; *",
        ),
        (
            "def plates(catalogue): return []",
            "*there is no catalogue: name its file by --fitsproc-catalogue=PATH",
        ),
        ("def plates(products): return products.query('select x')", "the products of *: no such column: x*"),
        ("def plates(): raise OSError('gone')", "E*OSError: gone"),
    ],
)
def test_what_goes_wrong_is_an_error_and_nothing_else_is_lost(
    published: Archive, text: str, message: str, plugin_args: tuple[str, ...]
) -> None:
    published.add_processors(
        f"from pytest_fitsproc import identifiers\n@identifiers\n{text}\ndef test_it(source): pass\n"
    )
    published.add_processors("def test_other(source): pass", "test_other.py")
    result = published.run(*plugin_args)
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 3
    assert outcomes.get("errors", outcomes.get("error", 0)) >= 1
    result.stdout.fnmatch_lines([message])
