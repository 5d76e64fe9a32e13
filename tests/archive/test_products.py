"""Products: the same answers from the descriptor, from a file of SQLite and from a server of PostgreSQL."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from product_archive import FILES, FLAT_A, INSERT, RD, embedded, load, rows_of, sqlite_copy

from pytest_fitsproc.archive.database import DatabaseError, open_database
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.preview_target import PreviewPathError
from pytest_fitsproc.archive.products import Product, Products, products_database
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.errors import DescriptorError, FitsprocWarning, NotFoundError

if TYPE_CHECKING:
    from conftest import Archive
    from postgres_server import PostgresServer


@pytest.fixture(params=["descriptor", "sqlite", "postgres"])
def products(request: pytest.FixtureRequest, archive: Archive, tmp_path: Path) -> Iterator[Products]:
    """The products of two files."""
    found = _products(request, archive, tmp_path)
    yield found
    found.database.close()


def _products(request: pytest.FixtureRequest, archive: Archive, tmp_path: Path) -> Products:
    dd = load(archive)
    if request.param == "descriptor":
        return embedded(dd)
    if request.param == "sqlite":
        return Products(dd, sqlite_copy(rows_of(dd), tmp_path / "products.db"))
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.reset()
    server.execute(INSERT, many=rows_of(dd))
    server.execute("insert into potsdam.main (accref) select accref from dc.products")
    return Products(dd, open_database(server.url()))


@pytest.fixture
def on_server(archive: Archive, postgres_server: PostgresServer) -> Iterator[Products]:
    """Products on a server of PostgreSQL."""
    dd = load(archive)
    postgres_server.reset()
    postgres_server.execute(INSERT, many=rows_of(dd))
    found = Products(dd, open_database(postgres_server.url(password="se:cr%2Fet")))
    yield found
    found.database.close()


class TestProducts:
    """What is the same wherever the table is."""

    def test_a_product_has_the_columns_of_dachs(self, products: Products) -> None:
        assert dict(products["potsdam/data/a.fits"]) == {
            "accref": "potsdam/data/a.fits",
            "owner": "X_potsdam.q",
            "embargo": datetime.date(2030, 1, 31),
            "mime": "image/fits",
            "accessPath": "potsdam/data/a.fits",
            "sourceTable": "potsdam.main",
            "preview": FLAT_A,
            "datalink": None,
            "preview_mime": "image/png",
        }

    @pytest.mark.parametrize(
        "accref", ["potsdam/data/none.fits", "", "x'; drop table dc.products; --", "a\0b"]
    )
    def test_a_product_that_is_not_there_is_named(self, accref: str, products: Products) -> None:
        assert accref not in products
        with pytest.raises(NotFoundError, match="is not in the products table of "):
            products[accref]
        assert "potsdam/data/a.fits" in products

    def test_a_column_that_is_not_there_is_named(self, products: Products) -> None:
        with pytest.raises(KeyError, match="products have no column 'size'; there are accref, owner, "):
            products["potsdam/data/a.fits"]["size"]

    def test_queries_have_values_bound(self, products: Products) -> None:
        query = (
            "select accref, 7 %% 4 as three from dc.products"
            " where accessPath = %(path)s and mime like 'image%%'"
        )
        assert products.query(query, {"path": "potsdam/data/b.fits"}) == [
            {"accref": "potsdam/data/b.fits", "three": 3}
        ]
        assert products.query("select count(*) as n from dc.products where 7 % 4 = 3") == [{"n": 2}]
        assert products.query(query, {"path": "' or 1=1 --"}) == []

    @pytest.mark.parametrize(
        "query",
        [
            "delete from dc.products",
            "drop table dc.products",
            "create table dc.mine (x integer)",
            "select 1; delete from dc.products",
            "commit; delete from dc.products",
            "select nothing from dc.products",
            "no query at all",
        ],
    )
    @pytest.mark.parametrize("values", [None, {"x": 1}])
    def test_nothing_is_ever_changed(self, query: str, values: Any, products: Products) -> None:
        with pytest.raises(DatabaseError, match="asked for"):
            products.query(query, values)
        assert products.query("select count(*) as n from dc.products") == [{"n": 2}]

    def test_the_preview_of_an_accref_and_of_its_source_is_the_same(self, products: Products) -> None:
        path = products.dd.rd.inputs.path / FLAT_A
        target = products.preview_of("potsdam/data/a.fits")
        source = Source(str(products.dd.rd.inputs.path / "potsdam/data/a.fits"), products.dd)
        assert (target.path, target.mime, target.source_path) == (path, "image/png", source.path)
        assert products.preview_of(source) == target
        assert products.preview_of(Identified(target.accref, "x", products.dd)) == target
        assert not path.exists()

    def test_columns_can_be_given_in_python(self, products: Products) -> None:
        replaced = products.replacing(preview=lambda accref: f"potsdam/previews/{accref[-6:]}.jpg", mime=len)
        assert replaced.preview_of("potsdam/data/a.fits").path.name == "a.fits.jpg"
        assert replaced["potsdam/data/a.fits"]["mime"] == 19
        assert products["potsdam/data/a.fits"]["preview"] == FLAT_A
        with pytest.raises(NotFoundError, match="no column 'accref' can be replaced"):
            products.replacing(accref=str)


class TestDescriptor:
    """Products without a server."""

    def test_accrefs_are_those_of_the_table_of_the_data(self, archive: Archive) -> None:
        products = embedded(load(archive))
        assert products.accrefs() == ["potsdam/data/a.fits", "potsdam/data/b.fits"]
        assert products.query("select accref, mime, accsize from potsdam.main order by accref")[0] == {
            "accref": "potsdam/data/a.fits",
            "mime": "image/fits",
            "accsize": 0,
        }

    def test_the_table_is_made_when_it_is_asked_for(self, archive: Archive) -> None:
        products = embedded(load(archive))
        archive.add_files("data/c.fits")
        assert "potsdam/data/c.fits" in products

    @pytest.mark.parametrize(
        "bind",
        [None, r"\inputRelativePath", r"\inputRelativePath{True}", r'"x/" + \inputRelativePath', '"one"'],
    )
    def test_a_source_finds_its_row_without_the_others(self, bind: str | None, archive: Archive) -> None:
        accref = f'<bind key="accref">{bind}</bind>' if bind else ""
        dd = load(archive, RD.replace('<bind key="mime">', f'{accref}<bind key="mime">'))
        source = Source(str(archive.root / "potsdam/data/a.fits"), dd)
        database = EmbeddedDatabase([dd])
        row = database.row_of(source)
        assert (row is None) == (bind in (r'"x/" + \inputRelativePath', '"one"'))
        if row is not None:
            assert (
                tuple(row.values())
                == database.ask("select * from dc.products where accref like '%a.fits'").rows[0]
            )

    def test_a_row_by_itself_has_the_errors_of_the_table(self, archive: Archive) -> None:
        dd = load(archive, RD.replace(r"\standardPreviewPath", "f(x)"), ("data/a b.fits", "data/c.fits"))
        products = embedded(dd)
        for name, said in (
            ("a b.fits", "characters that make a bad accref"),
            ("c.fits", "bind 'preview' is Python"),
        ):
            source = Source(str(archive.root / "potsdam/data" / name), dd)
            with pytest.raises(DescriptorError, match=said) as alone:
                products.preview_of(source)
            with pytest.raises(DescriptorError, match=said) as among_all:
                products.preview_of(source.accref)
            assert str(alone.value) == str(among_all.value)

    def test_other_columns_of_the_table_are_not_known(self, archive: Archive) -> None:
        with pytest.raises(DatabaseError, match=r"no such column: ra.*name a server by --fitsproc-db=URL"):
            embedded(load(archive)).query("select ra from potsdam.main")

    def test_what_nothing_binds_is_as_dachs_has_it(self, archive: Archive) -> None:
        rd = RD.replace(RD[RD.index('<bind key="mime"') : RD.index("</rowfilter>")], "")
        product = embedded(load(archive, rd))["potsdam/data/a.fits"]
        assert (product["mime"], product["preview"], product["owner"]) == ("image/fits", "AUTO", None)

    @pytest.mark.parametrize(
        ("bind", "reason"),
        [
            ('"x/" + os.path.basename("a")', r"q\.rd:7: bind 'preview' is Python, which is never run: "),
            (r"\nosuch{png}", r"q\.rd:7: macro \\nosuch is not known"),
        ],
    )
    def test_what_needs_python_is_an_error_when_it_is_asked_for(
        self, bind: str, reason: str, archive: Archive
    ) -> None:
        products = embedded(load(archive, RD.replace(r"\standardPreviewPath", bind)))
        product = products["potsdam/data/a.fits"]
        assert product["mime"] == "image/fits"
        for ask in (
            lambda: product["preview"],
            lambda: products.preview_of("potsdam/data/a.fits"),
            lambda: products.query("select preview from dc.products"),
            lambda: products.query("select * from dc.products"),
        ):
            with pytest.raises(
                DescriptorError, match=reason + ".*products.replacing.preview=.*--fitsproc-db"
            ):
                ask()
        replaced = products.replacing(preview=lambda accref: "potsdam/previews/x.png")
        assert replaced.preview_of("potsdam/data/a.fits").path.name == "x.png"

    def test_accrefs_that_dachs_refuses_are_no_products(self, archive: Archive) -> None:
        products = embedded(load(archive, files=("data/a b.fits", "data/c.fits")))
        assert products.accrefs() == ["potsdam/data/c.fits"]
        with pytest.raises(
            DescriptorError, match=r"'potsdam/data/a b\.fits' has characters that make a bad accref"
        ):
            products["potsdam/data/a b.fits"]

    def test_accrefs_by_python_say_how_to_make_them(self, archive: Archive) -> None:
        rd = RD.replace('<bind key="mime">', '<bind key="accref">f(x)</bind><bind key="mime">')
        products = embedded(load(archive, rd))
        with pytest.raises(DescriptorError, match=r"bind 'accref' is Python.*@identifiers"):
            products["potsdam/data/a.fits"]

    def test_code_that_may_add_products_is_named(self, archive: Archive) -> None:
        code = '</rowfilter>\n<rowfilter name="twice"><code>yield row</code></rowfilter>'
        products = embedded(load(archive, RD.replace("</rowfilter>", code)))
        with pytest.warns(FitsprocWarning, match=r"q\.rd:9: the rowfilter 'twice' is Python.*@identifiers"):
            assert len(products.accrefs()) == 2

    def test_names_of_any_bytes_are_products(self, archive: Archive) -> None:
        accref = r'<bind key="accref">\inputRelativePath{True}</bind><bind key="mime">'
        name = os.fsdecode(b"data/\xff'%(x)s.fits")
        products = embedded(load(archive, RD.replace('<bind key="mime">', accref), (name,)))
        assert products[f"potsdam/{name}"]["accessPath"] == f"potsdam/{name}"

    @pytest.mark.parametrize("schema", ["x; drop table y", 'a"b', "1x"])
    def test_names_of_tables_are_checked(self, schema: str, archive: Archive) -> None:
        dd = load(archive)
        products = embedded(replace(dd, rd=replace(dd.rd, schema=schema)))
        with pytest.raises(DescriptorError, match="can't be the name of a schema or a table"):
            products.query("select accref from dc.products")
        with pytest.raises(NotFoundError, match="can't be the name of a schema or a table"):
            products.accrefs()

    def test_data_that_publish_nothing_have_products_all_the_same(self, archive: Archive) -> None:
        rd = '<data id="import"><sources pattern="data/*"/></data>'
        products = embedded(load(archive, rd, ("data/a b.fits",)))
        assert products.accrefs() == ["potsdam/data/a b.fits"]
        with pytest.raises(PreviewPathError, match=r"its preview is AUTO.*\\standardPreviewPath"):
            products.preview_of("potsdam/data/a b.fits")

    def test_products_of_several_data_are_in_one_table(self, archive: Archive) -> None:
        dd = load(archive)
        other = load(archive, RD.replace("data/*", "more/*"), ("more/c.fits",))
        both = Products(dd, EmbeddedDatabase([dd, other]))
        assert [name[-6:] for name in both.accrefs()] == ["a.fits", "b.fits", "c.fits"]

    @pytest.mark.parametrize("names", [("import", "other"), ("other", "import")])
    def test_where_two_data_have_a_product_each_has_its_own_row(
        self, names: tuple[str, str], archive: Archive
    ) -> None:
        other = RD.partition("\n")[2].replace('id="import"', 'id="other"').replace("image/png", "image/gif")
        archive.add_files(*FILES)
        rd = archive.load(RD + other.replace("previews</property>", "previews2</property>"))
        database = EmbeddedDatabase([rd.dd(name) for name in names])
        for name, mime, directory in (
            ("import", "image/png", "previews"),
            ("other", "image/gif", "previews2"),
        ):
            dd = rd.dd(name)
            products = Products(dd, database)
            for product in ("potsdam/data/a.fits", Source(str(archive.root / "potsdam/data/a.fits"), dd)):
                target = products.preview_of(product)
                assert (target.mime, target.path.parent.name) == (mime, directory)
        [(mime,)] = database("select preview_mime from dc.products where accref like '%a.fits'")
        assert mime == {"import": "image/png", "other": "image/gif"}[names[-1]]

    def test_products_of_other_data_are_found_as_well(self, archive: Archive) -> None:
        dd = load(archive)
        other = load(archive, RD.replace("data/*", "more/*"), ("more/c.fits",))
        both = EmbeddedDatabase([dd, other])
        assert Products(dd, both)["potsdam/more/c.fits"]["accref"] == "potsdam/more/c.fits"
        assert "potsdam/more/d.fits" not in Products(dd, both)

    def test_a_file_of_sqlite_without_products_leaves_them_to_the_descriptor(
        self, archive: Archive, tmp_path: Path
    ) -> None:
        own = EmbeddedDatabase([load(archive)])
        assert products_database(None, own) is own
        with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
            connection.execute("create table published (accref text)")
        assert products_database(open_database(f"sqlite:///{tmp_path}/other.db"), own) is own
        copy = sqlite_copy([], tmp_path / "products.db")
        assert products_database(copy, own) is copy


class TestServer:
    """A server may go away, and is shared with others."""

    def test_a_connection_that_was_ended_is_made_once_more(
        self, on_server: Products, postgres_server: PostgresServer
    ) -> None:
        assert "potsdam/data/a.fits" in on_server
        postgres_server.disconnect_all()
        assert "potsdam/data/a.fits" in on_server

    def test_a_server_that_is_gone_is_an_error_and_may_come_back(
        self, on_server: Products, postgres_server: PostgresServer
    ) -> None:
        assert "potsdam/data/a.fits" in on_server
        postgres_server.stop()
        try:
            with pytest.raises(DatabaseError) as caught:
                on_server["potsdam/data/a.fits"]
        finally:
            postgres_server.start()
        text = str(caught.value)
        assert text.startswith("postgresql://fitsproc@/postgres: ")
        assert "et@" not in text
        assert "\n" not in text
        assert "potsdam/data/a.fits" in on_server

    def test_each_process_has_one_connection_of_its_own(
        self, on_server: Products, postgres_server: PostgresServer
    ) -> None:
        assert "potsdam/data/a.fits" in on_server
        assert postgres_server.sessions() == 1
        child = os.fork()
        if child == 0:
            own = on_server.query("select pg_backend_pid() as pid")[0]["pid"]
            os._exit(0 if own != _backend(on_server, of_parent=True) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert "potsdam/data/a.fits" in on_server
        assert postgres_server.sessions() == 1

    def test_virtual_products_have_no_file(
        self, on_server: Products, postgres_server: PostgresServer
    ) -> None:
        virtual = ("potsdam/data/a.vot", None, None, "x", "dcc://potsdam.q/sdm?a", "t", FLAT_A, None, None)
        postgres_server.execute(INSERT, many=[virtual])
        assert on_server.preview_of("potsdam/data/a.vot").source_path is None
        assert on_server.preview_of("potsdam/data/a.vot").path.name == FLAT_A.rpartition("/")[2]

    def test_a_table_that_is_not_there_is_named(
        self, on_server: Products, postgres_server: PostgresServer
    ) -> None:
        postgres_server.execute("drop table dc.products")
        with pytest.raises(DatabaseError, match=r'relation "dc\.products" does not exist'):
            on_server["x"]


def _backend(products: Products, of_parent: bool) -> int:
    """The server's process behind the connection; that of the parent was made first."""
    engines = list(products.database._engine._made.values())  # type: ignore[attr-defined]
    pool = engines[0 if of_parent else -1].pool
    return int(pool._pool.queue[0].driver_connection.info.backend_pid)


def test_a_product_shows_its_accref() -> None:
    assert repr(Product({"accref": "x"}, {})) == "<Product 'x'>"
