"""The recipes of conftest_templates that make previews, each on an archive that suits it."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from PIL import Image
from postgres_server import PostgresServer

FOLDER = Path(__file__).parent.parent / "conftest_templates"
DESCRIPTOR = r"""<resource schema="potsdam"><table id="main"/>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*.fits"/>
<fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="preview">\splitPreviewPath{.EXT}</bind><bind key="preview_mime">"image/EXT"</bind></rowfilter>
</fitsProdGrammar><make table="main"/></data></resource>
"""


class Kitchen:
    """An archive, and runs of recipes on it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.data = pytester.path / "potsdam" / "data"
        self.data.mkdir(parents=True)
        (pytester.path / "potsdam" / "bin").mkdir()

    def cook(self, recipe: str, *options: str, suffix: str = "jpeg") -> pytest.RunResult:
        """Copy a recipe as a curator does, and run it."""
        (self._pytester.path / "potsdam" / "q.rd").write_text(DESCRIPTOR.replace("EXT", suffix))
        words = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider"]
        copied = self._pytester.run(
            "sh", "-c", f"cd potsdam/bin && {' '.join(words)} --fitsproc-template={recipe}"
        )
        assert copied.ret == 0
        return self._pytester.run(*words, "--fitsproc=potsdam/q/import", "--fitsproc-write", *options)

    def pictures(self) -> dict[str, Image.Image]:
        """The previews, by the stem of their file."""
        folder = self.data.parent / "previews" / "potsdam" / "data"
        return {
            path.name.partition(".")[0]: Image.open(BytesIO(path.read_bytes()))
            for path in sorted(folder.iterdir())
        }


@pytest.fixture
def kitchen(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    monkeypatch.setenv("GAVO_INPUTSDIR", str(pytester.path))
    return Kitchen(pytester)


def test_previews_are_positives_without_the_margin(kitchen: Kitchen) -> None:
    plate = np.tile(np.linspace(0, 1000, 400), (200, 1))
    plate[:10], plate[-10:] = 5000, 5000
    fits.PrimaryHDU(plate.astype("i2")).writeto(kitchen.data / "a.fits")
    fits.PrimaryHDU(plate.astype("u2")).writeto(kitchen.data / "b.fits")
    result = kitchen.cook("previews", "--html=report.html")
    result.assert_outcomes(passed=4)
    for picture in kitchen.pictures().values():
        assert (picture.format, picture.size) == ("JPEG", (300, 150))
        shown = np.asarray(picture)
        assert shown[:, 0].min() > 200 > 50 > shown[:, -1].max()


def test_colours_are_those_of_the_filters(kitchen: Kitchen) -> None:
    y, x = np.mgrid[:120, :160]
    bands = [
        fits.ImageHDU(100 + 5000 * np.exp(-((x - place) ** 2 + (y - 60) ** 2) / 50), name=name)
        for name, place in (("B", 30), ("R", 80), ("I", 130))
    ]
    fits.HDUList([fits.PrimaryHDU(), *bands]).writeto(kitchen.data / "a.fits")
    fits.HDUList([fits.PrimaryHDU(), *bands[:2]]).writeto(kitchen.data / "b.fits")
    result = kitchen.cook("colour", "-rs")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED *no image in I"])
    (picture,) = kitchen.pictures().values()
    colours = np.asarray(picture).astype(int)
    for channel, place in enumerate((130, 80, 30)):
        assert colours[59, place].argmax() == channel


def test_spectra_are_small_plots(kitchen: Kitchen) -> None:
    for name, waves in (("a", np.arange(400.0, 700.0)), ("b", np.arange(700.0, 400.0, -1))):
        table = Table({"WAVELENGTH": waves, "FLUX": np.cos(waves / 30)})
        table["FLUX"][10:20] = np.nan
        table.write(kitchen.data / f"{name}.fits")
    kitchen.cook("spectra", suffix="png").assert_outcomes(passed=4)
    for picture in kitchen.pictures().values():
        assert (picture.format, picture.size) == ("PNG", (200, 100))
        assert np.asarray(picture.convert("L")).min() < 50


@pytest.mark.parametrize("where", ["descriptor", "server"])
def test_virtual_products_are_left_out(kitchen: Kitchen, request: pytest.FixtureRequest, where: str) -> None:
    for name in ("a", "b"):
        fits.PrimaryHDU(np.arange(600.0).reshape(20, 30)).writeto(kitchen.data / f"{name}.fits")
    options = []
    if where == "server":
        options = [f"--fitsproc-db={_fill(request.getfixturevalue('postgres_server'))}"]
    kitchen.cook("virtual_products", *options).assert_outcomes(passed=4)
    assert [(name, picture.size) for name, picture in kitchen.pictures().items()] == [
        ("a", (30, 20)),
        ("b", (30, 20)),
    ]


def _fill(server: PostgresServer) -> str:
    server.reset()
    rows = [
        (
            f"potsdam/data/{name}.{suffix}",
            path.format(name),
            f"potsdam/previews/potsdam/data/{name}.fits.jpeg",
        )
        for name in ("a", "b")
        for suffix, path in (("fits", "potsdam/data/{}.fits"), ("vot", "dcc://potsdam.q/mksdm?{}"))
    ]
    server.execute(
        "insert into dc.products (accref, accessPath, preview, sourceTable, preview_mime)"
        " values (%s, %s, %s, 'potsdam.main', 'image/jpeg')",
        many=list(rows),
    )
    return server.url()
