"""Spectra as data elements declare them; what needs code is named with its line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import find_inputs_directory
from pytest_fitsproc.errors import DescriptorError, FitsprocError
from pytest_fitsproc.processing.previews.sdm import read_spectrum_by

_WAVES, _FLUXES = [500.0, 501.0, 502.5], [1.0, -2.5, 7.0]

_DESCRIPTOR = r"""<resource schema="flash">
<table id="main"/><table id="spectrum"/>
<macDef name="names">spectral flux</macDef>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*"/>
<fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="preview">\standardPreviewPath</bind></rowfilter></fitsProdGrammar><make table="main"/></data>
<data id="sdm" auto="False">
SDM
</data></resource>
"""
_IDENTITY = '<make table="spectrum"/>'

Read = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def dd_of(tmp_path: Path) -> Callable[[str], DataDescriptor]:
    """The data descriptor of an archive whose data element for spectra has this content."""
    (tmp_path / "flash" / "data").mkdir(parents=True)

    def load(content: str) -> DataDescriptor:
        (tmp_path / "flash" / "q.rd").write_text(_DESCRIPTOR.replace("SDM", content))
        inputs = find_inputs_directory(str(tmp_path), None, {}, tmp_path)
        return load_descriptor("flash/q", inputs).dd("import")

    return load


@pytest.fixture
def read(tmp_path: Path, dd_of: Callable[[str], DataDescriptor]) -> Read:
    """Write a file, and read it by a data element of this content."""

    def read_it(grammar: str, make: str = _IDENTITY, *, name: str, content: bytes = b"") -> object:
        if content:
            (tmp_path / "flash" / "data" / name).write_bytes(content)
        return read_spectrum_by(dd_of(grammar + "\n" + make), "sdm", f"flash/data/{name}", "spectral", "flux")

    return read_it  # type: ignore[return-value]


def _table(tmp_path: Path, form: str, spectral: str = "spectral", flux: str = "flux") -> Path:
    suffix = {"fits": "fits", "votable": "vot"}[form]
    path = tmp_path / "flash" / "data" / f"a.{suffix}"
    Table({spectral: _WAVES, flux: _FLUXES, "note": ["a", "b", "c"]}).write(path, format=form)
    return path


def _is_ours(spectrum: tuple[np.ndarray, np.ndarray]) -> bool:
    return [values.tolist() for values in spectrum] == [_WAVES, _FLUXES]


def test_columns_of_a_fits_table(read: Read, tmp_path: Path) -> None:
    _table(tmp_path, "fits")
    assert _is_ours(read("<fitsTableGrammar/>", name="a.fits"))


def test_columns_of_a_votable(read: Read, tmp_path: Path) -> None:
    _table(tmp_path, "votable")
    assert _is_ours(read("<voTableGrammar/>", name="a.vot"))


def test_a_packed_fits_table_whose_names_become_lower(read: Read, tmp_path: Path) -> None:
    path = _table(tmp_path, "fits", "SPECTRAL", "Flux")
    packed = gzip.compress(path.read_bytes())
    assert _is_ours(read('<fitsTableGrammar hdu="1" lowerKeys="True"/>', name="a.fits.gz", content=packed))


def test_arrays_in_the_cells_of_a_single_row(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "flash" / "data" / "a.fits"
    Table({"spectral": [_WAVES], "flux": [_FLUXES]}).write(path)
    assert _is_ours(read("<fitsTableGrammar/>", name="a.fits"))


def test_an_image_of_one_axis_has_its_wcs(read: Read, tmp_path: Path) -> None:
    header = fits.Header({"CRVAL1": 500.0, "CRPIX1": 1.0, "CDELT1": 0.5})
    path = tmp_path / "flash" / "data" / "a.fits"
    fits.PrimaryHDU(np.array(_FLUXES), header).writeto(path)
    spectral, flux = read("<fitsProdGrammar/>", name="a.fits")
    assert (spectral.tolist(), flux.tolist()) == ([500.0, 500.5, 501.0], _FLUXES)


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        ("<csvGrammar/>", "spectral,flux\n500,1\n501,-2.5\n\n502.5,7\n"),
        ('<csvGrammar delimiter=";" strip="True"/>', "spectral; flux\n500; 1\n501; -2.5\n502.5; 7\n"),
        ('<csvGrammar delimiter="&#9;" names="spectral,flux"/>', "500\t1\n501\t-2.5\n502.5\t7\n"),
        ('<csvGrammar topIgnoredLines="2"/>', "# a\n# b\nspectral,flux\n500,1\n501,-2.5\n502.5,7\n"),
        ("<csvGrammar><mapKeys>spectral:w, flux: f</mapKeys></csvGrammar>", "w,f\n500,1\n501,-2.5\n502.5,7"),
        (
            '<csvGrammar><mapKeys><map dest="spectral">w l</map></mapKeys></csvGrammar>',
            "w l,flux\n500,1\n501,-2.5\n502.5,7\n",
        ),
        ('<reGrammar names="spectral flux"/>', "500 1\n  501   -2.5\n502.5\t7\n"),
        ('<reGrammar names="spectral,flux" commentPat="(?m)^#.*$"/>', "# a b\n500 1\n501 -2.5\n502.5 7\n"),
        (r'<reGrammar names="\names" fieldSep="\|"/>', "500 | 1\n501|-2.5\n502.5|7\n"),
        (
            "<columnGrammar><colDefs>spectral: 1-5 flux: 6-</colDefs></columnGrammar>",
            "  500  1\n501   -2.5\n502.5 7",
        ),
        (
            (
                '<columnGrammar topIgnoredLines="1"><col key="spectral">-5</col>\n'
                '<col key="flux">7 - 10</col></columnGrammar>'
            ),
            "angstrom\n500    1\n501   -2.5\n502.5  7\n",
        ),
        (
            '<columnGrammar commentIntroducer="#" colDefs="spectral:1-5 flux:7"/>',
            "#x\n500   1\n501  -2\n502.5 7",
        ),
    ],
)
def test_columns_of_text(read: Read, grammar: str, text: str) -> None:
    spectral, flux = read(grammar, name="a.txt", content=text.encode())
    assert spectral.tolist() == _WAVES
    assert flux.tolist()[::2] == [1.0, 7.0]


@pytest.mark.parametrize("switch", ['gunzip="True"', 'preFilter="zcat"'])
def test_packed_text(read: Read, switch: str) -> None:
    content = gzip.compress(b"spectral,flux\n500,1\n501,-2.5\n502.5,7\n")
    assert _is_ours(read(f"<csvGrammar {switch}/>", name="a.csv.gz", content=content))


def test_missing_values_of_text_are_nan(read: Read) -> None:
    _, flux = read("<csvGrammar/>", name="a.csv", content=b"spectral,flux\n1,\n2\n3,4\n")
    assert np.isnan(flux).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "rules",
    [
        '<map key="spectral">wl</map><map key="flux">f</map>',
        '<map dest="spectral">@wl</map><map dest="flux">vars["f"]</map>',
        '<map dest="spectral" source="wl"/><map key="flux" src="f"/>',
        '<map key="spectral">float(@wl)</map><map key="flux"> f </map><var key="other">1+1</var>',
        "<simplemaps>spectral:wl, flux:f</simplemaps>",
    ],
)
def test_a_rowmaker_gives_columns_other_names(read: Read, tmp_path: Path, rules: str) -> None:
    _table(tmp_path, "fits", "wl", "f")
    make = f'<make table="spectrum"><rowmaker idmaps="*">{rules}</rowmaker></make>'
    assert _is_ours(read("<fitsTableGrammar/>", make, name="a.fits"))


@pytest.mark.parametrize("idmaps", ["*", "spectral, flux", "spec*,fl?x"])
def test_idmaps_keep_names(read: Read, tmp_path: Path, idmaps: str) -> None:
    _table(tmp_path, "fits")
    make = f'<make table="spectrum"><rowmaker idmaps="{idmaps}"/></make>'
    assert _is_ours(read("<fitsTableGrammar/>", make, name="a.fits"))


def test_a_rowmaker_that_stands_elsewhere_is_found(
    dd_of: Callable[[str], DataDescriptor], tmp_path: Path
) -> None:
    _table(tmp_path, "fits", "wl", "f")
    dd = dd_of(
        '<fitsTableGrammar/><make table="spectrum" rowmaker="names"/></data>'
        '<rowmaker id="names"><simplemaps>spectral:wl,flux:f</simplemaps></rowmaker><data id="other">'
    )
    assert _is_ours(read_spectrum_by(dd, "sdm", "flash/data/a.fits", "spectral", "flux"))


def test_the_parameters_of_the_table_need_no_reading(read: Read, tmp_path: Path) -> None:
    _table(tmp_path, "fits")
    make = (
        '<make table="spectrum"><parmaker><apply procDef="//ssap#feedSSAToSDM"/></parmaker>'
        '<rowmaker idmaps="*"/></make>'
    )
    assert _is_ours(read("<fitsTableGrammar/>", make, name="a.fits"))


def _rowmaker(content: str, attributes: str = "") -> str:
    return f'<make table="spectrum"><rowmaker{attributes}>\n{content}</rowmaker></make>'


@pytest.mark.parametrize(
    ("grammar", "make", "line", "words"),
    [
        (
            "<embeddedGrammar/>",
            _IDENTITY,
            8,
            "<embeddedGrammar> is not read here; there are fitsTableGrammar, ",
        ),
        ('<customGrammar module="res/g"/>', _IDENTITY, 8, "<customGrammar> is not read here"),
        ("<keyValueGrammar/>", _IDENTITY, 8, "<keyValueGrammar> is not read here"),
        ("", _IDENTITY, 7, "data 'sdm' has no grammar"),
        ("<csvGrammar>\n<rowfilter/></csvGrammar>", _IDENTITY, 9, "<rowfilter> in a grammar is code, which"),
        (
            '<csvGrammar preFilter="sort"/>',
            _IDENTITY,
            8,
            "preFilter is a shell command, which is never run: sort",
        ),
        ('<reGrammar names="a b" fieldSep="(a+)+b"/>', _IDENTITY, 8, "fieldSep is read only as "),
        ('<reGrammar names="a b" commentPat="(a+)+b"/>', _IDENTITY, 8, "commentPat is read only as "),
        ('<reGrammar names="a b" recordSep=";"/>', _IDENTITY, 8, "recordSep of a <reGrammar> is not read"),
        ("<csvGrammar/>", "", 7, "data 'sdm' makes no table"),
        ("<csvGrammar/>", _rowmaker("<apply/>"), 10, "<apply> in a rowmaker is code, which is never run"),
        (
            "<csvGrammar/>",
            _rowmaker('<map key="spectral">float(@wl)*10</map>'),
            10,
            "the map of 'spectral' is Python, which is never run: float(@wl)*10",
        ),
        (
            "<csvGrammar/>",
            _rowmaker('<map key="flux" source="f" nullExpr="-1"/>', ' idmaps="*"'),
            10,
            "the map of 'flux' has a condition in Python, which is never run",
        ),
        (
            "<csvGrammar/>",
            _rowmaker('<var key="flux">@f*2</var>', ' idmaps="*"'),
            10,
            "the variable 'flux' is Python, which is never run",
        ),
        ("<csvGrammar/>", _rowmaker("", ' idmaps="spectral"'), 9, "this rowmaker makes no column 'flux'"),
        ("<csvGrammar/>", '<make table="spectrum" rowmaker="import"/>', 9, "'import' is no rowmaker"),
    ],
)
def test_what_needs_code_is_named_with_its_line(
    read: Read, grammar: str, make: str, line: int, words: str
) -> None:
    with pytest.raises(DescriptorError) as caught:
        read(grammar, make, name="a.csv", content=b"spectral,flux\n1,2\n")
    text = str(caught.value)
    assert text.startswith(f"flash/q.rd:{line}: {words}")
    assert text.endswith("; write a method get_spectrum(accref) that returns the coordinates and the fluxes")


def test_code_is_not_run(read: Read, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w')"
    make = f'<make table="spectrum"><rowmaker><map key="spectral">{code}</map></rowmaker></make>'
    with pytest.raises(DescriptorError, match="never run"):
        read("<csvGrammar/>", make, name="a.csv", content=b"spectral,flux\n1,2\n")
    assert not marker.exists()


def test_a_missing_column_is_named_with_those_that_are_there(read: Read, tmp_path: Path) -> None:
    _table(tmp_path, "fits", "wl", "f")
    with pytest.raises(FitsprocError, match=r"a\.fits: has no column 'spectral'.*it has: wl, f, note"):
        read("<fitsTableGrammar/>", name="a.fits")


@pytest.mark.parametrize(
    ("grammar", "content", "message"),
    [
        (
            "<csvGrammar/>",
            b"spectral,flux\n1,x\n",
            r"a\.dat: column 'flux': could not convert string to float",
        ),
        ("<fitsTableGrammar/>", b"no FITS", r"a\.dat"),
        ("<voTableGrammar/>", b"<html/>", r"a\.dat: astropy can't read this as a VOTable"),
        ('<csvGrammar gunzip="True"/>', b"plain", r"a\.dat: Not a gzipped file"),
    ],
)
def test_files_that_cannot_be_read_are_named(read: Read, grammar: str, content: bytes, message: str) -> None:
    with pytest.raises(FitsprocError, match=message):
        read(grammar, name="a.dat", content=content)


def test_a_table_that_claims_more_rows_than_the_file_has_is_refused(read: Read, tmp_path: Path) -> None:
    path = _table(tmp_path, "fits")
    content = path.read_bytes().replace(b"NAXIS2  =                    3", b"NAXIS2  =         100000000000")
    with pytest.raises(FitsprocError, match=r"HDU 1: its data end \d+ bytes early"):
        read("<fitsTableGrammar/>", name="a.fits", content=content)


def test_the_data_element_must_be_there(dd_of: Callable[[str], DataDescriptor]) -> None:
    dd = dd_of(_IDENTITY)
    for sdm_id, message in (("nope", "nope"), ("spectrum", "is no data element"), (None, "sdmId names no")):
        with pytest.raises(DescriptorError, match=message):
            read_spectrum_by(dd, sdm_id, "flash/data/a.fits", "spectral", "flux")
