"""Damaged files, disks that are full and servers that go away: clear errors, and nothing half-written."""

from __future__ import annotations

import gzip
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image
from postgres_server import PostgresServer
from preview_archive import (
    add_images,
    describe,
    files_below,
    image_bytes,
    pixels,
    preview,
    size_and_format,
    spectrum_bytes,
)
from small_archive import Archive
from test_products_fixture import DESCRIPTOR as LISTED
from test_products_fixture import fill

_MAKER = """
    from pytest_fitsproc import preview_maker

    @preview_maker
    def thumbnail(source): return source
"""


@pytest.fixture
def described(archive: Archive) -> Archive:
    describe(archive)
    return archive


def compressed_bytes(data: Any, kind: str = "RICE_1") -> bytes:
    out = BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(data, compression_type=kind)]).writeto(out)
    return out.getvalue()


def header_bytes(*axes: int, bitpix: int = -32) -> bytes:
    """A header of an image, and no data."""
    header = fits.Header([("SIMPLE", True), ("BITPIX", bitpix), ("NAXIS", len(axes))])
    header.extend((f"NAXIS{number}", length) for number, length in enumerate(axes, 1))
    return header.tostring().encode("ascii")


def broken_tiles() -> bytes:
    content = bytearray(compressed_bytes(pixels((60, 60), "i2"), "GZIP_1"))
    tables = fits.open(BytesIO(bytes(content)), disable_image_compression=True)
    heap = tables[1].fileinfo()["datLoc"] + tables[1].header["NAXIS1"] * tables[1].header["NAXIS2"]
    content[heap : heap + 400] = b"\xff" * 400
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (image_bytes()[:3000], "HDU 0: *its data end * early*"),
        (header_bytes(1_000_000, 1_000_000), "HDU 0: *its data end * early*"),
        (header_bytes(2**31 - 1, 2**31 - 1, 2**31 - 1, bitpix=-64), "HDU 0: *"),
        (gzip.compress(image_bytes(pixels((100, 100))))[:-3000], "*a.fits*"),
        (broken_tiles(), "HDU 1: *"),
        (b"<html>404</html>", "*a.fits*"),
        (b"", "*a.fits*"),
    ],
    ids=["truncated", "huge", "overflow", "cut gzip", "broken tiles", "html", "empty"],
)
def test_damage_is_a_failure_of_one_line(described: Archive, content: bytes, message: str) -> None:
    described.add_file("a.fits", content)
    described.add_file("b.fits", image_bytes())
    result = described.run("--fitsproc-previews", "-rf")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*a.fits{'*' if message[0] == '*' else ', '}{message}"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert files_below(described.resdir / "previews") == ["potsdam/data/b.fits.png"]


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (np.full((20, 30), 7.0), "all pixels have one value"),
        (np.full((20, 30), np.nan), "no pixel has a value"),
        (np.zeros((20, 30), "u1"), "all pixels have one value"),
    ],
)
def test_images_without_contrast_are_grey_and_a_warning(
    described: Archive, data: Any, note: str, plugin_args: tuple[str, ...]
) -> None:
    described.add_file("a.fits", image_bytes(data))
    result = described.run("--fitsproc-previews", *plugin_args)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*FitsprocWarning: preview: {note}*"])
    with Image.open(preview(described, "a.fits")) as picture:
        assert picture.size == (30, 20)
        low, high = picture.convert("L").getextrema()
        assert low == high


def test_masked_pixels_are_black(described: Archive) -> None:
    data = pixels()
    data[:10] = np.nan
    described.add_file("nan.fits", image_bytes(data))
    integers = pixels(dtype="i2")
    integers[:10] = -32768
    described.add_file("blank.fits", image_bytes(integers, BLANK=-32768))
    described.run("--fitsproc-previews").assert_outcomes(passed=2)
    for name in ("nan.fits", "blank.fits"):
        shown = np.asarray(Image.open(preview(described, name)))
        assert shown[10:].max() == 0 < shown[:10].max()


@pytest.mark.parametrize("shape", [(), (7, 0), (0, 0)])
def test_files_without_an_image_or_a_spectrum_are_skipped(described: Archive, shape: tuple[int, ...]) -> None:
    described.add_file("a.fits", header_bytes(*shape))
    result = described.run("--fitsproc-previews", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no image of two axes*"])
    assert not (described.resdir / "previews").exists()


def test_packed_and_compressed_images_look_like_the_plain_one(described: Archive) -> None:
    data = pixels((60, 80), "i2")
    described.add_file("a.fits", image_bytes(data))
    described.add_file("b.fits.gz", gzip.compress(image_bytes(data)))
    described.add_file("c.fits.fz", compressed_bytes(data))
    described.run("--fitsproc-previews").assert_outcomes(passed=3)
    pictures = [preview(described, name).read_bytes() for name in ("a.fits", "b.fits.gz", "c.fits.fz")]
    assert len(set(pictures)) == 1


def test_the_middle_plane_of_a_cube_is_shown_and_said(described: Archive) -> None:
    cube = np.zeros((5, 20, 30), "f4")
    cube[2] = pixels()
    described.add_file("cube.fits", image_bytes(cube))
    described.add_file("plane.fits", image_bytes(pixels()))
    result = described.run("--fitsproc-previews")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*preview: HDU 0: plane 3 of 5 along axis 3 is shown"])
    assert preview(described, "cube.fits").read_bytes() == preview(described, "plane.fits").read_bytes()


@pytest.mark.parametrize(
    ("spectral", "flux"),
    [
        ([1.0, 2.0, 3.0], [-1.0, 0.0, -5.0]),
        ([1.0, 2.0, 3.0], [1.0, float("nan"), 5.0]),
        ([3.0, 1.0, 2.0], [1.0, 2.0, 3.0]),
        ([1.0], [1.0]),
        ([1.0, 1.0], [2.0, 2.0]),
        ([float("nan"), 2.0, float("inf")], [1.0, 2.0, 3.0]),
        ([1.0, 2.0], [1e308, -1e308]),
    ],
    ids=["not positive", "nan", "unsorted", "one point", "one place", "no coordinate", "huge"],
)
@pytest.mark.parametrize("form", ["default", "function", "class"])
def test_spectra_of_any_kind_have_a_picture(
    archive: Archive, spectral: list[float], flux: list[float], form: str
) -> None:
    describe(archive, sdm='<fitsTableGrammar/><make table="spectrum"/>')
    archive.add_file("a.fits", spectrum_bytes(spectral, flux))
    archive.add_processors(_SPECTRA[form])
    archive.run("--fitsproc-previews" if form == "default" else "--fitsproc-write", "-Wignore")
    assert size_and_format(preview(archive, "a.fits")) == ((200, 100), "PNG")


_SPECTRA = {
    "default": "",
    "function": """
        from pytest_fitsproc import spectrum_preview_maker

        @spectrum_preview_maker
        def plot(hdus): return hdus[1].data["spectral"].reshape(-1), hdus[1].data["flux"].reshape(-1)
    """,
    "class": """
        from pytest_fitsproc import api

        class Plot(api.SpectralPreviewMaker):
            sdmId = "build_sdm_data"
    """,
}


@pytest.mark.parametrize(
    ("spectral", "flux"),
    [
        ([1.0, 2.0], [np.nan, np.nan]),
        ([np.nan], [1.0]),
        (np.zeros(0), np.zeros(0)),
        (np.zeros((0, 5)), np.zeros((0, 5))),
    ],
    ids=["no flux", "no coordinate", "no rows", "no rows of arrays"],
)
@pytest.mark.parametrize("form", ["default", "function", "class"])
def test_a_spectrum_without_a_point_is_grey_and_a_warning(
    archive: Archive, spectral: Any, flux: Any, form: str
) -> None:
    describe(archive, sdm='<fitsTableGrammar/><make table="spectrum"/>')
    archive.add_file("a.fits", spectrum_bytes(spectral, flux))
    archive.add_processors(_SPECTRA[form])
    result = archive.run("--fitsproc-previews" if form == "default" else "--fitsproc-write")
    result.assert_outcomes(passed=1 + (form == "class"), warnings=1)
    result.stdout.fnmatch_lines(["*FitsprocWarning: preview: no point has a coordinate and a flux: *grey"])
    assert size_and_format(preview(archive, "a.fits")) == ((200, 100), "PNG")
    assert set(np.asarray(Image.open(preview(archive, "a.fits"))).flat) == {128}


def test_a_warning_of_a_grey_spectrum_comes_from_workers_too(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    describe(archive)
    archive.add_file("a.fits", spectrum_bytes([1.0], [np.nan]))
    result = archive.run("--fitsproc-previews", *plugin_args)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*preview: no point has a coordinate and a flux: *grey*"])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("None", "a spectrum is a pair (coordinates, fluxes), and NoneType was returned"),
        ("(1,)", "a spectrum is a pair (coordinates, fluxes), and tuple was returned"),
        ("([1, 2], [3])", "a spectrum needs two arrays of one axis and length, not (2,) and (1,)"),
        ("(['a'], ['b'])", "real numbers are needed"),
    ],
)
def test_what_is_no_spectrum_is_a_failure_of_one_line(described: Archive, value: str, message: str) -> None:
    described.add_file("a.fits", image_bytes())
    described.add_processors(
        f"""
        from pytest_fitsproc import spectrum_preview_maker

        @spectrum_preview_maker
        def plot(source): return {value}
        """
    )
    result = described.run("--fitsproc-write", "-rf")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.fnmatch_lines([f"FAILED *::plot - {message}*"])


@pytest.mark.parametrize("form", ["default", "function", "class"])
def test_axes_are_drawn_where_asked_for(archive: Archive, form: str) -> None:
    pytest.importorskip("matplotlib")
    describe(archive, sdm='<fitsTableGrammar/><make table="spectrum"/>')
    archive.add_file("a.fits", spectrum_bytes([1.0, 2.0, 3.0], [1.0, 3.0, 2.0]))
    archive.add_processors(_SPECTRA[form])
    words = ("--fitsproc-previews",) if form == "default" else ("--fitsproc-write",)
    archive.run(*words).assert_outcomes(passed=1 + (form == "class"))
    plain = preview(archive, "a.fits").read_bytes()
    archive.run(*words, "--force", "--fitsproc-spectrum-axes").assert_outcomes(passed=1 + (form == "class"))
    assert preview(archive, "a.fits").read_bytes() != plain


def test_the_lines_of_a_spectrum_may_be_linear_and_dots(archive: Archive) -> None:
    describe(archive)
    archive.add_file("a.fits", spectrum_bytes([1.0, 2.0, 3.0], [1.0, 300.0, 2.0]))
    pictures = set()
    for arguments in ("", "(linear_fluxes=True)", "(connect_points=False)"):
        maker = _SPECTRA["function"].replace("@spectrum_preview_maker", f"@spectrum_preview_maker{arguments}")
        archive.add_processors(maker)
        archive.run("--force").assert_outcomes(passed=1)
        pictures.add(preview(archive, "a.fits").read_bytes())
    assert len(pictures) == 3


def test_a_server_that_goes_away_is_an_error_of_that_file_and_the_next_is_asked_for_anew(
    archive: Archive, postgres_server: PostgresServer, plugin_args: tuple[str, ...]
) -> None:
    add_images(archive, "a.fits", "b.fits", "c.fits")
    url = fill(postgres_server)
    archive.write("potsdam/q.rd", LISTED)
    archive.add_processors(
        """
        from pytest_fitsproc import preview_maker

        END = "select pg_terminate_backend(pg_backend_pid())"

        @preview_maker
        def thumbnail(source, products):
            products.query(END if source.stem == "b" else "select 1 as one")
            return source
        """
    )
    result = archive.run(f"--fitsproc-db={url}", "--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=2, errors=1)
    assert len(files_below(archive.resdir / "previews")) == 2


@pytest.mark.parametrize("form", ["function", "class"])
def test_a_full_disk_leaves_the_old_preview_and_no_temporary_file(archive: Archive, form: str) -> None:
    describe(archive, "image/png")
    add_images(archive, "a.fits", "b.fits")
    archive.add_processors(_GROWING[form])
    before = b"\x89PNG\r\n\x1a\n"
    preview(archive, "a.fits").parent.mkdir(parents=True)
    preview(archive, "a.fits").write_bytes(before)
    result = archive.run("--fitsproc-force", own=True)
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    result.stdout.fnmatch_lines(["*a.fits.png: can't be written: File too large"])
    assert preview(archive, "a.fits").read_bytes() == before
    assert files_below(archive.resdir / "previews") == ["potsdam/data/a.fits.png", "potsdam/data/b.fits.png"]


# A limit on the size of files does what a full disk does.
_LIMIT = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def data(name):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000 if "a.fits" in name else hard, hard))
        return b"\\x89PNG\\r\\n\\x1a\\n" + bytes(50_000)
"""
_GROWING = {
    "function": _LIMIT
    + """
    from pytest_fitsproc import preview_maker

    @preview_maker
    def thumbnail(source): return data(source.path.name)
    """,
    "class": _LIMIT
    + """
    from pytest_fitsproc import api

    class Maker(api.PreviewMaker):
        def getPreviewData(self, accref): return data(accref)
    """,
}


def test_a_directory_that_cannot_be_written_is_a_failure(
    archive: Archive, without_override: list[str]
) -> None:
    describe(archive)
    add_images(archive, "a.fits")
    archive.add_processors(_MAKER)
    (archive.resdir / "previews").mkdir()
    (archive.resdir / "previews").chmod(0o555)
    words = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider"]
    result = archive.pytester.run(
        *without_override, *words, "--fitsproc=potsdam/q/import", "--fitsproc-checks=none", "--fitsproc-write"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*can't be written: Permission denied"])


@pytest.mark.slow
def test_previews_of_the_corpora_are_made_without_an_error(archive: Archive, shared: Path) -> None:
    for folder in ("good", "bad", "derived"):
        result = archive.run(
            "--fitsproc-previews",
            f"--fitsproc-previews-to=out-{folder}",
            address=str(shared / "corpus" / folder),
            own=True,
        )
        outcomes = result.parseoutcomes()
        assert "errors" not in outcomes
        assert ("failed" in outcomes) is (folder != "good")
        assert not [name for name in files_below(archive.root / f"out-{folder}") if "tmp" in name]
