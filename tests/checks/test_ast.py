"""The check `ast`: native objects are read back, and two libraries must see the same sky."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_fitsproc.checks import Level, ast
from pytest_fitsproc.checks.findings import Finding
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fitschan import FitsChan
from pytest_fitsproc.fitschan.constructors import zoom_map

_WCS = {
    "CTYPE1": "'RA---TAN'",
    "CTYPE2": "'DEC--TAN'",
    "CRPIX1": 4.5,
    "CRPIX2": 4.5,
    "CRVAL1": 266.4,
    "CRVAL2": -29.0,
    "CDELT1": -0.01,
    "CDELT2": 0.01,
}


def _file(path: Path, cards: Iterable[str] = (), **values: object) -> FitsFile:
    structure = {"SIMPLE": "T", "BITPIX": 8, "NAXIS": 2, "NAXIS1": 8, "NAXIS2": 8}
    header = [f"{key:<8}= {value!s:>20}" for key, value in (structure | values).items()]
    text = "".join(card.ljust(80) for card in [*header, *cards, "END"])
    path.write_bytes(text.ljust(-(-len(text) // 2880) * 2880).encode("ascii") + bytes(2880))
    return FitsFile(str(path))


def _findings(file: FitsFile) -> list[Finding]:
    with file:
        return ast(file)


def test_a_plain_projection_is_seen_alike(tmp_path: Path) -> None:
    pytest.importorskip("starlink.Ast")
    assert _findings(_file(tmp_path / "a.fits", **_WCS)) == []


def test_distortions_that_ctype_does_not_announce_are_seen_by_one_library_only(tmp_path: Path) -> None:
    pytest.importorskip("starlink.Ast")
    sip = {"A_ORDER": 2, "A_2_0": 0.01, "B_ORDER": 2, "B_2_0": 0.01}
    findings = _findings(_file(tmp_path / "a.fits", **_WCS, **sip))
    assert {(finding.code, finding.level) for finding in findings} == {("FP202", Level.ERROR)}
    assert findings[0].message == (
        'pixel (1, 1) is at 266.438629 -29.033769 by wcslib, 266.440031 -29.034994 by AST: 6.237" apart'
    )


def test_a_native_object_that_is_whole_has_no_finding(tmp_path: Path) -> None:
    chan = FitsChan("Encoding=NATIVE")
    chan.write(zoom_map(2, 5.0))
    assert _findings(_file(tmp_path / "a.fits", list(chan))) == []


def test_a_native_object_that_is_cut_short_is_an_error_that_names_the_card(tmp_path: Path) -> None:
    chan = FitsChan("Encoding=NATIVE")
    chan.write(zoom_map(2, 5.0))
    (finding,) = _findings(
        _file(tmp_path / "a.fits", [card for card in chan if not card.startswith("ENDAST")])
    )
    assert (finding.code, finding.level) == ("FP200", Level.ERROR)
    assert finding.card


def test_a_file_without_coordinates_has_no_finding(tmp_path: Path) -> None:
    assert _findings(_file(tmp_path / "a.fits")) == []


def test_a_file_that_is_no_fits_is_left_to_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    path.write_text("<html></html>")
    assert _findings(FitsFile(str(path))) == []


def test_both_libraries_see_the_same_sky_in_all_good_images(shared: Path) -> None:
    pytest.importorskip("starlink.Ast")
    paths = [Path(folder, name) for folder, _, names in os.walk(shared / "corpus/good") for name in names]
    assert [finding for path in paths for finding in _findings(FitsFile(str(path)))] == []
