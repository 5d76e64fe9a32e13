"""Products: the same answers from the descriptor, from a file of SQLite and from a server of PostgreSQL."""

from __future__ import annotations

import datetime
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_fitsproc.archive.database import Database, DatabaseError, open_database
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.preview_target import PreviewPathError
from pytest_fitsproc.archive.product_rows import COLUMNS
from pytest_fitsproc.archive.products import Product, Products, products_database
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.errors import DescriptorError, FitsprocWarning, NotFoundError

if TYPE_CHECKING:
    from conftest import Archive
    from postgres_server import PostgresServer

    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

RD = r"""<table id="main" mixin="//products#table"/>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*"/>
<fitsProdGrammar><rowfilter procDef="//products#define">
<bind key="table">"\schema.main"</bind><bind key="mime">"image/fits"</bind>
<bind key="embargo">"2030-01-31"</bind><bind key="owner">"X_" + "\rdIdDotted"</bind>
<bind key="preview_mime">"image/png"</bind><bind key="preview">\standardPreviewPath</bind>
</rowfilter></fitsProdGrammar><make table="main"/></data>"""
FILES = ("data/a.fits", "data/b.fits")
FLAT_A = "potsdam/previews/cG90c2RhbS9kYXRhL2EuZml0cw=="
_INSERT = f"insert into dc.products ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))})"


def load(archive: Archive, rd: str = RD, files: tuple[str, ...] = FILES) -> DataDescriptor:
    archive.add_files(*files)
    return archive.load(rd).dd("import")


def embedded(dd: DataDescriptor) -> Products:
    return Products(dd, EmbeddedDatabase([dd]))


def rows_of(dd: DataDescriptor) -> list[tuple[Any, ...]]:
    return embedded(dd).database("select * from dc.products")


def sqlite_copy(rows: list[tuple[Any, ...]], path: Path) -> Database:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "create table products (accref text primary key, " + ", ".join(list(COLUMNS)[1:]) + ")"
        )
        connection.executemany(f"insert into products values ({', '.join('?' * len(COLUMNS))})", rows)
    return open_database(f"sqlite:///{path}")


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
    server.execute(_INSERT, many=rows_of(dd))
    server.execute("insert into potsdam.main (accref) select accref from dc.products")
    return Products(dd, open_database(server.url()))


@pytest.fixture
def on_server(archive: Archive, postgres_server: PostgresServer) -> Iterator[Products]:
    """Products on a server of PostgreSQL."""
    dd = load(archive)
    postgres_server.reset()
    postgres_server.execute(_INSERT, many=rows_of(dd))
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
        postgres_server.execute(_INSERT, many=[virtual])
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


def table_saying(
    archive: Archive, tmp_path: Path, preview: str, access_path: str = "potsdam/data/a.fits"
) -> Products:
    """Products of a table with one row."""
    dd = load(archive)
    row = ("a", None, None, "image/fits", access_path, "potsdam.main", preview, None, None)
    return Products(dd, sqlite_copy([row], tmp_path / "products.db"))


@pytest.mark.parametrize(
    "preview",
    [
        "potsdam/previews/../../x.png",
        "../x.png",
        "potsdam/x.png",
        "potsdam/previews",
        "potsdam/previews/",
        "potsdam/previews/.",
        "potsdam/previews2/x.png",
        "/tmp/x.png",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://example.org/x.png",
        "potsdam/previews/a\0.png",
        "potsdam/previews/" + "x/" * 5000,
        "AUTO",
        "",
    ],
)
def test_previews_that_lead_elsewhere_are_refused(preview: str, archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(PreviewPathError, match=r"^a: "):
        table_saying(archive, tmp_path, preview).preview_of("a")


@pytest.mark.slow
def test_accrefs_of_the_attacks_lead_nowhere(shared: Path, archive: Archive, tmp_path: Path) -> None:
    subprocess.run([sys.executable, shared / "tools/make_attacks.py", tmp_path / "attacks"], check=True)
    statements = (tmp_path / "attacks/accref_traversal.sql").read_text()
    dd = load(archive)
    with closing(sqlite3.connect(tmp_path / "products.db")) as connection:
        # The attacks leave out columns that DaCHS' table demands.
        connection.execute(f"create table products ({', '.join(COLUMNS)})")
        connection.executescript(statements)
        connection.execute("update products set accessPath = accref")
        connection.commit()
    products = Products(dd, open_database(f"sqlite:///{tmp_path}/products.db"))
    accrefs = [row["accref"] for row in products.query("select accref from dc.products")]
    assert len(accrefs) == 2
    for accref in accrefs:
        with pytest.raises(PreviewPathError):
            products.preview_of(accref)
    assert not list((tmp_path / "attacks").glob("PWNED*"))


@pytest.mark.parametrize("access_path", ["../x", "/etc/passwd", "potsdam/../../x"])
def test_products_that_lie_elsewhere_are_refused(access_path: str, archive: Archive, tmp_path: Path) -> None:
    products = table_saying(archive, tmp_path, "potsdam/previews/a.png", access_path)
    with pytest.raises(
        PreviewPathError, match=r"^a: its file is refused: .* leads out of the inputs directory"
    ):
        products.preview_of("a")


@pytest.mark.parametrize("kind", ["directory", "file", "dangling", "inside"])
def test_links_that_lead_elsewhere_are_refused(kind: str, archive: Archive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    previews = archive.root / "potsdam/previews"
    previews.mkdir()
    links = {
        "directory": ("sub", outside),
        "file": ("sub", outside / "x.png"),
        "dangling": ("sub", outside / "none"),
        "inside": ("sub", archive.root / "potsdam/data"),
    }
    (outside / "x.png").touch()
    name, goal = links[kind]
    (previews / name).symlink_to(goal)
    path = "potsdam/previews/sub/x.png" if kind in ("directory", "inside") else "potsdam/previews/sub"
    with pytest.raises(PreviewPathError, match=r"links lead from .*, out of "):
        table_saying(archive, tmp_path, path).preview_of("a")


def test_a_preview_directory_behind_a_link_must_be_among_the_roots(archive: Archive, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (archive.root / "potsdam/previews").symlink_to(scratch)
    products = table_saying(archive, tmp_path, "potsdam/previews/a.png")
    with pytest.raises(PreviewPathError, match="which is not below the inputs directory"):
        products.preview_of("a")
    allowed = replace(products, roots=(str(tmp_path / "scratch"),))
    assert allowed.preview_of("a").path == archive.root / "potsdam/previews/a.png"


@pytest.mark.parametrize("directory", ["..", "../../x", "/tmp", "../other"])
def test_the_property_may_not_lead_out_of_the_resource_directory(
    directory: str, archive: Archive, tmp_path: Path
) -> None:
    products = table_saying(archive, tmp_path, f"{directory}/x.png")
    changed = load(archive, RD.replace(">previews<", f">{directory}<"))
    with pytest.raises(PreviewPathError, match="leads out of"):
        Products(changed, products.database).preview_of("a")


def test_a_descriptor_that_binds_a_path_of_its_own_needs_no_property(archive: Archive) -> None:
    rd = RD.replace('<property key="previewDir">previews</property>', "")
    rd = rd.replace(r"\standardPreviewPath", r'"\rdId/small/" + \inputRelativePath{True} + ".jpg"')
    target = embedded(load(archive, rd)).preview_of("potsdam/data/a.fits")
    assert target.path == archive.root / "potsdam/q/small/potsdam/data/a.fits.jpg"


@pytest.mark.parametrize("content", [b"SIMPLE  = ", b"<resource", b"import os"])
def test_what_is_no_image_is_not_overwritten(content: bytes, archive: Archive, tmp_path: Path) -> None:
    products = table_saying(archive, tmp_path, "potsdam/previews/a.png")
    path = archive.root / "potsdam/previews/a.png"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(PreviewPathError, match="is there and is no image"):
        products.preview_of("a")
    path.write_bytes(b"\x89PNG\r\n")
    assert products.preview_of("a").path == path
    path.unlink()
    path.mkdir()
    with pytest.raises(PreviewPathError, match="is no regular file"):
        products.preview_of("a")
    path.rmdir()
    os.link(archive.root / "potsdam/data/a.fits", path)
    with pytest.raises(PreviewPathError, match="is the product itself"):
        products.preview_of("a")


@pytest.mark.parametrize("macro", [r"\standardPreviewPath", r"\splitPreviewPath{.png}"])
def test_names_too_long_for_a_file_system_are_shortened_and_differ(macro: str, archive: Archive) -> None:
    names = tuple(f"data/{'x' * 240}{end}.fits.gz" for end in "ab")
    products = embedded(load(archive, RD.replace(r"\standardPreviewPath", macro), names))
    paths = [products.preview_of(f"potsdam/{name}").path for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    assert len(set(paths)) == 2
    assert {path.suffix for path in paths} == {".png" if "split" in macro else ""}


@given(
    accref=st.text(
        st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("./\\\udcff"), max_size=80
    ),
    preview=st.none() | st.text(st.sampled_from("./ap\0é\\~-"), max_size=40),
)
@example(accref="../../../../x", preview=None)
@example(accref="/etc/passwd", preview=None)
@settings(
    max_examples=int(os.environ.get("FITSPROC_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.parametrize(
    "macro", [r"\standardPreviewPath", r"\splitPreviewPath{.png}", r"\inputRelativePath{True}"]
)
def test_no_accref_leads_outside(
    macro: str, accref: str, preview: str | None, make_archive: Any, tmp_path: Path
) -> None:
    root = tmp_path / "any"
    archive = _loaded(root)
    dd = archive.dd("import")
    said = preview
    if preview is None:
        bound = replace(
            dd.product_binds, texts={"preview": replace(dd.product_binds.texts["preview"], text=macro)}
        )
        said = bound.evaluate("preview", accref)
    row = {"accref": accref, "preview": said, "accessPath": "potsdam/x", "preview_mime": None}
    products = Products(dd, _OneRow(row))
    try:
        target = products.preview_of(accref)
    except PreviewPathError:
        return
    assert os.path.realpath(target.path).startswith(f"{os.path.realpath(root)}/potsdam/previews/")
    assert all(len(os.fsencode(part)) <= 255 for part in target.path.parts)


def _loaded(root: Path) -> Any:
    from pytest_fitsproc.archive.descriptor import load_descriptor

    (root / "potsdam").mkdir(parents=True, exist_ok=True)
    (root / "potsdam/q.rd").write_text(f'<resource schema="potsdam">{RD}</resource>')
    return load_descriptor("potsdam/q", InputsDirectory(root))


class _OneRow(Database):
    """A table with one product, of any accref."""

    name = "one row"

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = {column: row.get(column) for column in COLUMNS}

    def close(self) -> None: ...

    def ask(self, query: str, values: Any = None) -> Any:
        from pytest_fitsproc.archive.database import Answer

        return Answer(tuple(COLUMNS), [tuple(self._row.values())])


def test_a_product_shows_its_accref() -> None:
    assert repr(Product({"accref": "x"}, {})) == "<Product 'x'>"
