"""Where previews of products may be written: in the directory for them, and nowhere else."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from product_archive import RD, embedded, load, sqlite_copy

from pytest_fitsproc.archive.database import Database, open_database
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.preview_target import PreviewPathError
from pytest_fitsproc.archive.product_rows import COLUMNS
from pytest_fitsproc.archive.products import Products

if TYPE_CHECKING:
    from conftest import Archive


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
