"""DaCHS' classes of preview makers, by themselves and under pytest; the manual's listings among them.

The listings are those of "File Processing", sections "Overriding the Sources", "Precomputing previews" and
"Making Previews for Spectra". Imports are changed by the table, Python 2 is mended to Python 3; what the
text of the manual lacks is added.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image
from postgres_server import PostgresServer
from preview_archive import (
    add_images,
    describe,
    files_below,
    pixels,
    preview,
    size_and_format,
    spectrum_bytes,
)
from small_archive import DD, Archive

from pytest_fitsproc.processing.dachs_imports import new_import

# StringIO has become BytesIO; the manual's lines with resize and save are cut off.
PICTURES = """
import os
from io import BytesIO

from PIL import Image

from gavo import api

class PreviewMaker(api.PreviewMaker):
  def getPreviewData(self, accref):
    srcName = os.path.join(api.getConfig("inputsDir"), accref)

    im = Image.open(srcName)
    scale = max(im.size)/200.
    resized = im.resize((
      int(im.size[0]/scale), int(im.size[1]/scale)))

    rendered = BytesIO()
    resized.save(rendered, format="jpeg")
    return rendered.getvalue()

if __name__=="__main__":
  api.procmain(PreviewMaker, "potsdam/q", "import")
"""

# The manual's listing lacks "from gavo import api", and takes the same extension twice.
COLOURS = """
import numpy

from gavo import api
from gavo.utils import fitstools
from gavo.utils import imgtools

def _getArrayFor(srcName, extInd):
  return numpy.array(list(
      fitstools.iterScaledRows(srcName, destSize=200, extInd=extInd)))

class PreviewMaker(api.PreviewMaker):
  def getPreviewData(self, srcName):
    return imgtools.colorJpegFromNumpyArrays(
      _getArrayFor(srcName, 1),
      _getArrayFor(srcName, 2),
      _getArrayFor(srcName, 3))

if __name__=="__main__":
  api.procmain(PreviewMaker, "potsdam/q", "import")
"""

SPECTRA = """
from gavo import api

class PreviewMaker(api.SpectralPreviewMaker):
  sdmId = "build_sdm_data"

if __name__=="__main__":
  api.procmain(PreviewMaker, "potsdam/q", "import")
"""

VIRTUAL = """
from gavo import api

class PreviewMaker(api.SpectralPreviewMaker):
  sdmId = "build_sdm_data"

  def iterIdentifiers(self):
    for id in api.SpectralPreviewMaker.iterIdentifiers(self):
      if not id.endswith(".vot"):
        yield id

if __name__=="__main__":
  api.procmain(PreviewMaker, "potsdam/q", "import")
"""

# The manual's "Overriding the Sources" once more, with the query that its text has in place of the base's.
FROM_TABLE = """
from gavo import api

class PreviewMaker(api.SpectralPreviewMaker):
  sdmId = "build_sdm_data"

  def iterIdentifiers(self):
    with api.getTableConn() as conn:
      for row in conn.queryToDicts("select accref from dc.products"):
        if not row["accref"].endswith(".vot"):
          yield row["accref"]

if __name__=="__main__":
  api.procmain(PreviewMaker, "potsdam/q", "import")
"""

SDM = '<fitsTableGrammar/><make table="spectrum"><rowmaker idmaps="*"/></make>'


def script(listing: str) -> str:
    """A listing with the imports that the table gives."""
    lines = listing.strip().splitlines()
    for statement in ast.parse(listing.strip()).body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("gavo"):
            lines[statement.lineno - 1] = new_import(statement)
    return "\n".join(lines) + "\n"


def procmain(archive: Archive, *options: str) -> list[str]:
    """Run the script as a curator does; return what it prints."""
    result = archive.pytester.run(sys.executable, "potsdam/bin/mkpreview.py", *options)
    assert result.ret == 0
    assert result.errlines == []
    return re.split(r"[\r\n]+", result.stdout.str())


def reported(archive: Archive, *options: str) -> dict[str, int]:
    """The counts of the classes that ``--report`` shows."""
    lines = procmain(archive, "--report", *options)
    return {
        found[2]: int(found[1]) for line in lines if (found := re.fullmatch(r" *(\d+) +(with|without)", line))
    }


@pytest.fixture
def spectra(archive: Archive) -> Archive:
    """Three spectra, and the manual's three lines."""
    describe(archive, sdm=SDM)
    for name in ("a.fits", "b.fits", "c.fits"):
        archive.add_file(name, spectrum_bytes([1.0, 2.0, 3.0], [1.0, 30.0, 2.0]))
    archive.add_processors(script(SPECTRA), "mkpreview.py")
    return archive


def test_the_manuals_pictures(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    describe(archive, "image/jpeg", r"\splitPreviewPath{.jpeg}")
    for name in ("a.tiff", "b.tiff"):
        picture = BytesIO()
        Image.new("L", (400, 200), 77).save(picture, "TIFF")
        archive.add_file(name, picture.getvalue())
    archive.add_processors(script(PICTURES), "mkpreview.py")
    assert procmain(archive)[-1] == "2 files processed, 0 files with errors"
    assert size_and_format(preview(archive, "a.tiff", ".jpeg")) == ((200, 100), "JPEG")
    archive.run("--force", *plugin_args).assert_outcomes(passed=4)


def test_the_manuals_colours(archive: Archive) -> None:
    describe(archive, "image/jpeg", r"\standardPreviewPath")
    slope = pixels((300, 400))
    bands = [fits.ImageHDU(band) for band in (slope, slope[::-1], slope[::-1])]
    path = archive.add_file("a.fits", b"")
    fits.HDUList([fits.PrimaryHDU(), *bands]).writeto(path, overwrite=True)
    archive.add_processors(script(COLOURS), "mkpreview.py")
    assert procmain(archive)[-1] == "1 files processed, 0 files with errors"
    (made,) = files_below(archive.resdir / "previews")
    assert made == "cG90c2RhbS9kYXRhL2EuZml0cw=="
    with Image.open(archive.resdir / "previews" / made) as picture:
        assert (picture.mode, max(picture.size)) == ("RGB", 133)
        red, green, blue = np.asarray(picture).astype(int)[0].mean(0)
    assert red > 200 > 60 > max(green, blue)


def test_the_manuals_three_lines(spectra: Archive) -> None:
    assert reported(spectra) == {"without": 3}
    assert not (spectra.resdir / "previews").exists()
    procmain(spectra, "--filter", "data/b")
    assert reported(spectra) == {"without": 2, "with": 1}
    assert files_below(spectra.resdir / "previews") == ["potsdam/data/b.fits.png"]
    procmain(spectra)
    assert reported(spectra) == {"with": 3}
    assert size_and_format(preview(spectra, "c.fits")) == ((200, 100), "PNG")


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_there_are_words_for_all_and_for_those_that_are_older(spectra: Archive, jobs: str) -> None:
    procmain(spectra, jobs)
    old = [preview(spectra, name) for name in ("a.fits", "b.fits", "c.fits")]
    for path in old:
        os.utime(path, (1, 1))
    os.utime(spectra.resdir / "data" / "b.fits", (0, 0))
    assert reported(spectra) == {"with": 3}
    procmain(spectra, jobs)
    assert [path.stat().st_mtime == 1 for path in old] == [True] * 3
    assert reported(spectra, "--stale") == {"without": 2, "with": 1}
    procmain(spectra, jobs, "--stale")
    assert [path.stat().st_mtime == 1 for path in old] == [False, True, False]
    assert reported(spectra, "--force") == {"without": 3}
    procmain(spectra, jobs, "--force")
    assert [path.stat().st_mtime == 1 for path in old] == [False] * 3


@pytest.mark.parametrize("listing", [VIRTUAL, FROM_TABLE], ids=["base", "query"])
@pytest.mark.parametrize("has_server", [False, True], ids=["descriptor", "server"])
def test_identifiers_may_come_one_by_one_in_several_processes(
    spectra: Archive,
    listing: str,
    has_server: bool,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = _fill(request.getfixturevalue("postgres_server")) if has_server else "none"
    monkeypatch.setenv("FITSPROC_DB", url)
    count = 1 if has_server else 3
    spectra.add_processors(script(listing), "mkpreview.py")
    assert reported(spectra, "-j2") == {"without": count}
    assert procmain(spectra, "-j2")[-1] == f"{count} files processed, 0 files with errors"
    assert reported(spectra, "-j2") == {"with": count}


def test_what_a_maker_gathers_comes_together_beside_its_products(archive: Archive) -> None:
    describe(archive)
    add_images(archive, "a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api

        class PreviewMaker(api.PreviewMaker):
            found = []

            def process(self, accref):
                self.found.append(self.products[accref]["accref"])

        if __name__ == "__main__":
            print(api.procmain(PreviewMaker, "potsdam/q", "import").found)
        """,
        "mkpreview.py",
    )
    assert procmain(archive, "-j2")[-1] == str([f"potsdam/data/{name}.fits" for name in "abc"])


def test_under_pytest_it_sleeps_and_classifies(spectra: Archive, plugin_args: tuple[str, ...]) -> None:
    result = spectra.run("-rA", *plugin_args)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines_random(
        [
            "fitsproc: 3 items were left out: --fitsproc-write wakes PreviewMaker",
            f"PASSED {DD}::data/a.fits::PreviewMaker.classify",
            "*3  100.0%  without*",
        ]
    )
    assert not (spectra.resdir / "previews").exists()


@pytest.mark.parametrize("word", ["--fitsproc-write", "--force"])
def test_under_pytest_it_is_woken(spectra: Archive, word: str, plugin_args: tuple[str, ...]) -> None:
    result = spectra.run(word, "-rA", *plugin_args)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["PreviewMaker: 3 files in 1 class", "*3  100.0%  made *"])
    assert len(files_below(spectra.resdir / "previews")) == 3
    spectra.run("--fitsproc-write").stdout.fnmatch_lines_random(["*3  100.0%  there *", "*3  100.0%  with *"])
    spectra.run("--force").stdout.fnmatch_lines_random(["*3  100.0%  made anew *", "*3  100.0%  without *"])


def test_under_pytest_the_previews_may_go_elsewhere(spectra: Archive) -> None:
    spectra.run("--fitsproc-write", "--fitsproc-previews-to=out").assert_outcomes(passed=6)
    assert files_below(spectra.root / "out") == [f"potsdam/data/{name}.fits.png" for name in "abc"]
    assert not (spectra.resdir / "previews").exists()


def test_under_pytest_stale_ones_are_made_anew(spectra: Archive) -> None:
    spectra.run("--fitsproc-write").assert_outcomes(passed=6)
    os.utime(preview(spectra, "a.fits"), (1, 1))
    spectra.run("--stale").stdout.fnmatch_lines_random(["*2 *there *", "*1 *made anew *"])


def test_products_that_dachs_makes_are_left_out_by_the_manuals_filter(
    spectra: Archive, postgres_server: PostgresServer
) -> None:
    url = _fill(postgres_server)
    spectra.add_processors(script(SPECTRA), "mkpreview.py")
    result = spectra.run(f"--fitsproc-db={url}", "--fitsproc-write", "-k", "not classify")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    result.stdout.fnmatch_lines(
        ["*a.vot has no file, DaCHS makes it when it is asked for: *or leave it out by iterIdentifiers"]
    )
    spectra.add_processors(script(VIRTUAL), "mkpreview.py")
    spectra.run(f"--fitsproc-db={url}", "--force").assert_outcomes(passed=2)
    assert files_below(spectra.resdir / "previews") == ["potsdam/data/a.fits.png"]


def _fill(server: PostgresServer) -> str:
    """Import a file and the SDM that DaCHS makes of it, each with a preview of its own."""
    server.reset()
    products = [
        ("potsdam/data/a.fits", "potsdam/data/a.fits", "potsdam/previews/potsdam/data/a.fits.png"),
        ("potsdam/data/a.vot", "dcc://potsdam.q/mksdm?a", "potsdam/previews/potsdam/data/a.vot.png"),
    ]
    server.execute(
        "insert into dc.products (accref, accessPath, preview, sourceTable, preview_mime)"
        " values (%s, %s, %s, 'potsdam.main', 'image/png')",
        many=list(products),
    )
    server.execute("insert into potsdam.main (accref) select accref from dc.products")
    return server.url()


@pytest.mark.parametrize("own", ["get_spectrum", "getPreviewData"])
def test_a_class_may_give_the_spectrum_itself(spectra: Archive, own: str) -> None:
    spectra.add_processors(
        f"""
        from pytest_fitsproc import api

        class PreviewMaker(api.SpectralPreviewMaker):
            linearFluxes = True
            connectPoints = False

            def {own}(self, accref):
                return [3, 1, 2], [0.5, -1, 7]
        """,
        "mkpreview.py",
    )
    spectra.run("--fitsproc-write", "-k", "a.fits and not classify").assert_outcomes(passed=1, deselected=5)
    assert size_and_format(preview(spectra, "a.fits")) == ((200, 100), "PNG")


def test_other_columns_may_be_named(archive: Archive) -> None:
    describe(archive, sdm='<fitsTableGrammar/><make table="spectrum"/>')
    archive.add_file("a.fits", spectrum_bytes([1.0, 2.0], [1.0, 2.0]))
    archive.add_processors(
        """
        from pytest_fitsproc import api

        class PreviewMaker(api.SpectralPreviewMaker):
            sdmId, fluxColumn = "build_sdm_data", "counts"
        """
    )
    result = archive.run("--fitsproc-write", "-k", "not classify")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["*a.fits: has no column 'counts', which data 'build_sdm_data' takes; it has: *"]
    )


def test_a_data_element_that_needs_code_is_a_failure_that_says_what_to_write(archive: Archive) -> None:
    describe(archive, sdm="<embeddedGrammar><iterator><code>yield {}</code></iterator></embeddedGrammar>")
    archive.add_file("a.fits", spectrum_bytes([1.0, 2.0], [1.0, 2.0]))
    archive.add_processors(script(SPECTRA), "mkpreview.py")
    result = archive.run("--fitsproc-write", "-k", "not classify")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(
        [
            (
                "*potsdam/q.rd:*: <embeddedGrammar> is not read here; *; write a method get_spectrum(accref)"
                " that returns the coordinates and the fluxes"
            )
        ]
    )


def test_bytes_of_another_format_are_a_failure_by_themselves_too(archive: Archive) -> None:
    describe(archive)
    add_images(archive, "a.fits", "b.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api

        class PreviewMaker(api.PreviewMaker):
            def getPreviewData(self, accref):
                return b"GIF89a" if "a.fits" in accref else b"\\x89PNG\\r\\n\\x1a\\n"

        if __name__ == "__main__":
            api.procmain(PreviewMaker, "potsdam/q", "import")
        """,
        "mkpreview.py",
    )
    result = archive.pytester.run(sys.executable, "potsdam/bin/mkpreview.py")
    assert "2 files processed, 1 files with errors" in result.stdout.str()
    assert "what was returned is image/gif, and the preview is published as image/png" in (
        result.stdout.str() + result.stderr.str()
    )
    assert files_below(archive.resdir / "previews") == ["potsdam/data/b.fits.png"]
