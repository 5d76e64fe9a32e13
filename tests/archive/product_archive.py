"""An archive with two products, and what answers questions about them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.database import Database, open_database
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.product_rows import COLUMNS
from pytest_fitsproc.archive.products import Products

if TYPE_CHECKING:
    from conftest import Archive

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
INSERT = f"insert into dc.products ({', '.join(COLUMNS)}) values ({', '.join(['%s'] * len(COLUMNS))})"


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
