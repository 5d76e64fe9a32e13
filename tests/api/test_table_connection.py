"""The database as DaCHS' processors ask for it, and the listings of the manual's "Overriding the Sources".

The first listing lacks its class. The base class of the second makes previews of spectra; here it is one that
goes through the same accrefs.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from postgres_server import PostgresServer

from pytest_fitsproc import api
from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.errors import OptionError

DESCRIPTOR = r"""
<resource schema="potsdam"><table id="main" mixin="//products#table"/>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*.fits"/>
<fitsProdGrammar><rowfilter procDef="//products#define">
  <bind name="table">"\schema.main"</bind>
  <bind name="mime">"image/fits"</bind>
  <bind name="preview_mime">"image/png"</bind>
  <bind name="preview">\standardPreviewPath</bind></rowfilter></fitsProdGrammar>
<make table="main"/></data></resource>
"""

ADD_SDM = r"""
<rowfilter name="addSDM"><code>
    yield row
    baseAccref = os.path.splitext(row["prodtblPath"])[0]
    row["prodtblAccref"] = baseAccref+".vot"
    row["prodtblPath"] = "dcc://\rdIdDotted/mksdm?"+urllib.quote(row["prodtblPath"])
    row["prodtblMime"] = "application/x-votable+xml"
    yield row</code></rowfilter>
"""

FROM_TABLE = """
from pytest_fitsproc import api

class Accrefs(api.FileProcessor):
  def iterIdentifiers(self):
    tableId = self.dd.makes[0].table.getQName()
    with api.getTableConn() as conn:
      for r in conn.queryToDicts("select accref from %s"%tableId):
        yield r["accref"]

  def process(self, accref):
    print("<%s>"%accref)

class PreviewMaker(Accrefs):
  def iterIdentifiers(self):
    for id in Accrefs.iterIdentifiers(self):
      if not id.endswith(".vot"):
        yield id

if __name__=="__main__":
  api.procmain(CLASS, "potsdam/q", "import")
"""
ACCREFS = [f"potsdam/data/{name}.fits" for name in "abcd"]
VIRTUAL = [f"potsdam/data/{name}.vot" for name in "abcd"]


@pytest.fixture(autouse=True)
def _descriptor(archive: Any) -> None:
    archive.write("q.rd", DESCRIPTOR)


@pytest.fixture
def imported(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    """A server on which the data are imported, virtual products and all."""
    postgres_server.reset()
    rows = [(accref, "image/fits", accref) for accref in ACCREFS]
    rows += [
        (accref, "application/x-votable+xml", f"dcc://potsdam.q/mksdm?{accref[:-4]}.fits")
        for accref in VIRTUAL
    ]
    postgres_server.execute(
        "insert into dc.products (accref, mime, accessPath, sourceTable) values (%s, %s, %s, 'potsdam.main')",
        many=list(rows),
    )
    postgres_server.execute("insert into potsdam.main (accref) select accref from dc.products")
    monkeypatch.setenv("FITSPROC_DB", postgres_server.url())
    return postgres_server


@pytest.mark.parametrize("jobs", [[], ["-j2"]], ids=["alone", "j2"])
class TestManual:
    """The listings as programs."""

    @pytest.fixture(autouse=True)
    def _virtual(self, archive: Any) -> None:
        archive.write("q.rd", DESCRIPTOR.replace("</fitsProdGrammar>", f"{ADD_SDM}</fitsProdGrammar>"))

    def printed(self, archive: Any, cls: str, jobs: list[str], warns: bool = False) -> list[str]:
        archive.write("bin/accrefs.py", FROM_TABLE.replace("CLASS", cls))
        run = archive.python("bin/accrefs.py", *jobs)
        assert run.returncode == 0
        assert ("potsdam/q.rd:9: the rowfilter 'addSDM' is Python" in run.stderr) == warns
        return sorted(line[1:-1] for line in run.stdout.replace("\r", "\n").splitlines() if line[:1] == "<")

    def test_accrefs_come_from_the_table(self, archive: Any, jobs: list[str]) -> None:
        assert self.printed(archive, "Accrefs", jobs, warns=True) == ACCREFS

    @pytest.mark.usefixtures("imported")
    def test_accrefs_come_from_the_table_on_a_server(self, archive: Any, jobs: list[str]) -> None:
        assert self.printed(archive, "Accrefs", jobs) == sorted(ACCREFS + VIRTUAL)

    @pytest.mark.usefixtures("imported")
    def test_virtual_products_can_be_left_out(self, archive: Any, jobs: list[str]) -> None:
        assert self.printed(archive, "PreviewMaker", jobs) == ACCREFS


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize("jobs", [[], ["-j2"]], ids=["alone", "j2"])
def test_each_process_of_a_program_asks_the_server_itself(archive: Any, jobs: list[str]) -> None:
    class Backends(api.FileProcessor):
        def _createAuxiliaries(self, dd: Any) -> None:
            self.backends = {self.backend()}

        def backend(self) -> tuple[int, int]:
            with api.getTableConn() as conn:
                ((pid,),) = conn.query("select pg_backend_pid()")
            return os.getpid(), pid

        def process(self, srcName: str) -> None:
            self.backends.add(self.backend())

    backends = archive.procmain(Backends, *jobs).processor.backends
    assert len({process for process, _ in backends}) == len({pid for _, pid in backends}) == len(backends)


def test_a_query_that_fails_counts_as_an_error(archive: Any) -> None:
    class Asking(api.FileProcessor):
        def process(self, srcName: str) -> None:
            with api.getTableConn() as conn:
                list(conn.query("select magnitude from dc.products"))

    run = archive.procmain(Asking)
    assert run.out.endswith("4 files processed, 4 files with errors\n")
    assert "no such column: magnitude" in run.err
    assert run.processor.exitcode == 1


def test_rows_come_as_tuples_and_as_dicts_with_the_names_wanted(archive: Any) -> None:
    class Asking(api.FileProcessor):
        def _createAuxiliaries(self, dd: Any) -> None:
            query = "select accessPath, accref from dc.products where accref like %(end)s"
            with api.base.AdhocQuerier() as querier:
                self.tuples = list(querier.query(query, {"end": "%a.fits"}))
                self.dicts = list(querier.queryToDicts(query, {"end": "%a.fits"}))
                self.fixed = list(
                    querier.queryToDicts(query, {"end": "%a.fits"}, caseFixer={"accesspath": "P"})
                )

    processor = archive.procmain(Asking).processor
    assert processor.tuples == [(ACCREFS[0], ACCREFS[0])]
    assert processor.dicts == [{"accesspath": ACCREFS[0], "accref": ACCREFS[0]}]
    assert processor.fixed == [{"P": ACCREFS[0], "accref": ACCREFS[0]}]


def test_outside_of_a_run_a_database_must_be_named(archive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in archive.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FITSPROC_DB", raising=False)
    with pytest.raises(OptionError, match="set FITSPROC_DB to its URL"):
        api.getTableConn()
    monkeypatch.setenv("FITSPROC_DB", "postgresql://localhost:1/x")
    with pytest.raises(DatabaseError, match=r"^postgresql://localhost:1/x: "):
        list(api.getTableConn().query("select 1"))
