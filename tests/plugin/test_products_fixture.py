"""The fixture products, and --fitsproc-db: with and without a server the same."""

from __future__ import annotations

from contextlib import suppress

import pytest
from postgres_server import PostgresServer
from small_archive import DD, Archive

# pytester forgets what a run in this process imports; imported again, these have other classes of errors.
with suppress(ImportError):
    import psycopg  # noqa: F401
    import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

DESCRIPTOR = r"""
<resource schema="potsdam"><table id="main"/>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*"/>
<fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="preview">\standardPreviewPath</bind><bind key="preview_mime">"image/png"</bind></rowfilter>
</fitsProdGrammar><make table="main"/></data></resource>
"""
NAMES = ("a.fits", "b.fits", "c.fits")
_CHECK = """
    def test_product(source, products):
        product = products[source.accref]
        assert (product["accessPath"], product["sourceTable"]) == (source.accref, "potsdam.main")
        found = products.query("select preview from dc.products where accref=%(a)s", {"a": source.accref})
        target = products.preview_of(source)
        assert str(target.path) == f"{products.dd.rd.inputs.path}/{found[0]['preview']}"
        assert (target.source_path, target.mime) == (source.path, "image/png")
"""


def fill(server: PostgresServer, names: tuple[str, ...] = NAMES) -> str:
    """Import files as DaCHS does; return the URL of the database."""
    from pytest_fitsproc.archive.preview_path import standard_preview_path

    server.reset()
    accrefs = [f"potsdam/data/{name}" for name in names]
    rows = [
        (accref, "image/fits", accref, "potsdam.main", standard_preview_path("potsdam/previews", accref))
        for accref in accrefs
    ]
    server.execute(
        "insert into dc.products (accref, mime, accessPath, sourceTable, preview, preview_mime)"
        " values (%s, %s, %s, %s, %s, 'image/png')",
        many=list(rows),
    )
    server.execute("insert into potsdam.main (accref) select accref from dc.products")
    return server.url(password="secret")


def without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a DaCHS of this machine name none."""
    monkeypatch.delenv("FITSPROC_DB", raising=False)
    for name in ("GAVOSETTINGS", "GAVOCUSTOM"):
        monkeypatch.setenv(name, "/nowhere")


@pytest.fixture
def published(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An archive of three files with previews."""
    without_database(monkeypatch)
    archive.write("potsdam/q.rd", DESCRIPTOR)
    archive.add_files(*NAMES)
    return archive


@pytest.fixture(params=["descriptor", "server"])
def database(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The option for a database: none, or a server on which the files are imported."""
    if request.param == "descriptor":
        return ()
    return (f"--fitsproc-db={fill(request.getfixturevalue('postgres_server'))}",)


def test_products_are_the_same_with_and_without_a_server(
    published: Archive, database: tuple[str, ...], plugin_args: tuple[str, ...]
) -> None:
    published.add_processors(_CHECK)
    published.run(*database, *plugin_args).assert_outcomes(passed=3)


def test_each_worker_has_one_connection(published: Archive, postgres_server: PostgresServer) -> None:
    url = fill(postgres_server)
    published.add_processors(
        """
        import os
        def test_it(source, products, gather):
            gather(worker=os.getpid(), backend=products.query("select pg_backend_pid() as pid")[0]["pid"])
        """
    )
    result = published.run(f"--fitsproc-db={url}", "-n2", "--fitsproc-gather=rows.csv")
    result.assert_outcomes(passed=3)
    lines = (published.root / "rows.csv").read_text().splitlines()[1:]
    pairs = {tuple(line.split(",")[-2:]) for line in lines}
    assert len(pairs) == len({worker for worker, _ in pairs}) == len({backend for _, backend in pairs})
    assert postgres_server.sessions() == 0


def test_ignore_lists_out_of_a_server_are_applied(
    published: Archive, postgres_server: PostgresServer, plugin_args: tuple[str, ...]
) -> None:
    url = fill(postgres_server, ("a.fits", "c.fits"))
    ignoring = (
        r'<sources pattern="data/*"><ignoreSources fromdb="select accref from \schema.main"/></sources>'
    )
    published.write("potsdam/q.rd", DESCRIPTOR.replace('<sources pattern="data/*"/>', ignoring))
    published.add_processors("def test_it(source): pass")
    result = published.run(f"--fitsproc-db={url}", "-rA", *plugin_args)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"PASSED {DD}::data/b.fits::test_it"])


def test_a_query_of_a_descriptor_changes_nothing(published: Archive, postgres_server: PostgresServer) -> None:
    url = fill(postgres_server)
    hostile = '<sources pattern="data/*"><ignoreSources fromdb="commit; delete from dc.products"/></sources>'
    published.write("potsdam/q.rd", DESCRIPTOR.replace('<sources pattern="data/*"/>', hostile))
    result = published.run(f"--fitsproc-db={url}")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*potsdam/q.rd:*: the ignore list fromdb fails: *cannot insert multiple*"])
    assert "secret" not in result.stderr.str()
    postgres_server.execute("do $$ begin assert (select count(*) from dc.products) = 3; end $$")


@pytest.mark.parametrize("lane", ["fast", "slow"])
def test_a_database_that_goes_away_is_an_error_of_one_line(
    published: Archive, postgres_server: PostgresServer, lane: str, plugin_args: tuple[str, ...]
) -> None:
    url = fill(postgres_server).replace("@/", "@localhost:1/").partition("?")[0]
    slow = "tmp_path" if lane == "slow" else "source"
    published.add_processors(
        f"""
        def test_product(source, products, {slow if lane == "slow" else "dd"}):
            assert products[source.accref]
        """
    )
    result = published.run(f"--fitsproc-db={url}", *plugin_args)
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["postgresql://fitsproc@localhost:1/postgres: *connection * failed: *"])
    result.stdout.no_fnmatch_line("*secret@*")
    result.stdout.no_fnmatch_line("*sqlalchemy*")


def test_without_the_packages_an_error_says_what_to_install(
    published: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.add_processors(_CHECK)
    published.write(
        "conftest.py",
        """
        import sys
        sys.modules["psycopg"] = None
        import importlib.util
        import pytest_fitsproc.archive.postgres as postgres
        postgres.find_spec = lambda name: None if name == "psycopg" else importlib.util.find_spec(name)
        """,
    )
    result = published.run("--fitsproc-db=postgresql://x@localhost/y", own=True)
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*psycopg is not installed: pip install 'pytest-fitsproc?postgres?'*"])


@pytest.mark.parametrize("where", ["ini", "environment"])
def test_the_database_can_be_named_elsewhere(
    published: Archive, postgres_server: PostgresServer, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fill(postgres_server, ("a.fits",))
    published.add_processors("def test_it(source, products): assert source.accref in products")
    if where == "ini":
        published.write("pytest.ini", f"[pytest]\nfitsproc_db = {url}\n")
    else:
        monkeypatch.setenv("FITSPROC_DB", url)
    published.run().assert_outcomes(passed=1, failed=2)
    published.run("--fitsproc-db=none").assert_outcomes(passed=3)


def test_the_profile_of_dachs_is_used(
    published: Archive, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(postgres_server, ("a.fits",))
    published.add_processors("def test_it(source, products): assert source.accref in products")
    published.write("gavo.rc", f"[general]\nrootDir: {published.root}\ninputsDir: {published.root}\n")
    published.write("etc/dsn", f"# where\ndatabase = postgres\nhost = {postgres_server.directory}\n")
    published.write("etc/trustedquery", "include dsn\nuser = fitsproc\npassword = 'sec=r@t/x'\n")
    monkeypatch.setenv("GAVOSETTINGS", str(published.root / "gavo.rc"))
    published.run().assert_outcomes(passed=1, failed=2)
    published.write("etc/trustedquery", "include nothing\n")
    result = published.run()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*etc/trustedquery:1: there is no profile 'nothing' to include"])


def test_columns_that_need_python_are_given_by_a_fixture(published: Archive) -> None:
    python = 'os.path.basename("x")'
    published.write("potsdam/q.rd", DESCRIPTOR.replace(r"\standardPreviewPath", python))
    published.add_processors("def test_it(source, products): assert products.preview_of(source).path")
    result = published.run()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*potsdam/q.rd:5: bind 'preview' is Python*products.replacing(preview=*"])
    published.write(
        "potsdam/bin/conftest.py",
        """
        import pytest
        @pytest.fixture(scope="session")
        def products(products):
            return products.replacing(preview=lambda accref: f"potsdam/previews/{accref}.png")
        """,
    )
    published.run().assert_outcomes(passed=3)


def test_a_directory_has_products_without_previews(published: Archive) -> None:
    published.add_processors(
        """
        import pytest
        def test_it(source, products):
            assert products[source.accref]["mime"] == "image/fits"
            with pytest.raises(Exception, match="its preview is AUTO"):
                products.preview_of(source)
        """
    )
    published.run("potsdam/bin/test_it.py", address="potsdam/data").assert_outcomes(passed=3)


def test_the_next_file_gets_a_new_connection(
    published: Archive, postgres_server: PostgresServer, plugin_args: tuple[str, ...]
) -> None:
    published.add_processors(
        """
        END = "select pg_terminate_backend(pg_backend_pid())"
        def test_it(source, products):
            assert products.query(END if source.stem == "b" else "select 1 as one")
        """
    )
    result = published.run(f"--fitsproc-db={fill(postgres_server)}", "-rA", *plugin_args)
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [f"ERROR {DD}::data/b.fits::test_it - postgresql://fitsproc@/postgres: *terminat*"]
    )
