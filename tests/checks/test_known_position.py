"""The check `astrometry`: the WCS of a solved image against what else its header says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from pytest_fitsproc.checks import astrometry
from pytest_fitsproc.checks.findings import Finding
from pytest_fitsproc.fits.file import FitsFile

_SCALE = 15 / 3600
_WCS = {
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
    "CRPIX1": 50.5,
    "CRPIX2": 40.5,
    "CRVAL1": 200.0,
    "CRVAL2": -30.0,
    "CD1_1": -_SCALE,
    "CD1_2": 0.0,
    "CD2_1": 0.0,
    "CD2_2": _SCALE,
}


def findings(path: Path, cards: dict[str, Any], **more: Any) -> list[Finding]:
    """What the check finds in an image of 100 × 80 pixels; `more` replaces cards of the WCS."""
    fits.PrimaryHDU(np.zeros((80, 100), "u1"), fits.Header(_WCS | more | cards)).writeto(path)
    with FitsFile(str(path)) as file:
        return astrometry(file)


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"RA": 200.1, "DEC": -30.1},
        {"OBJCTRA": "13 20 00", "OBJCTDEC": "-30 00 00"},
        {"RA": 199.5, "DEC": -29.7, "EQUINOX": 1950.0},
        {"RA": "unknown", "DEC": "unknown"},
        {"PIXSCALE": 15.3},
    ],
)
def test_what_agrees_or_is_not_there_is_not_found(tmp_path: Path, cards: dict[str, Any]) -> None:
    assert findings(tmp_path / "a.fits", cards) == []


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ({"RA": 20.0, "DEC": -30.0}, "RA/DEC: the header says 20.0000 -30.0000, the solution 200.0000 "),
        ({"OBJCTRA": "1 20 0", "OBJCTDEC": "-30 0 0"}, "OBJCTRA/OBJCTDEC: the header says 20.0000 "),
        ({"PIXSCALE": 20.0}, 'PIXSCALE: the header says 20.0000"/px, the solution 15.0000"/px: off by 25.0%'),
    ],
)
def test_a_contradiction_is_an_error_with_numbers(
    tmp_path: Path, cards: dict[str, Any], message: str
) -> None:
    (finding,) = findings(tmp_path / "a.fits", cards)
    assert (finding.code, str(finding.level), finding.hdu_index) == ("FP300", "error", 0)
    assert finding.message.startswith(message)


def test_a_wcs_that_was_not_solved_is_not_looked_at(tmp_path: Path) -> None:
    header = fits.Header({**_WCS, "RA": 20.0, "DEC": 0.0, "CDELT1": -_SCALE, "CDELT2": _SCALE})
    del header["CD*"]
    fits.PrimaryHDU(np.zeros((80, 100), "u1"), header).writeto(tmp_path / "a.fits")
    with FitsFile(str(tmp_path / "a.fits")) as file:
        assert astrometry(file) == []


def test_a_wcs_that_can_not_be_evaluated_is_found(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path / "a.fits", {}, CD1_1=0.0)
    assert (finding.code, finding.message) == ("FP301", "ValueError: the matrix CDi_j is singular")


def test_a_file_that_can_not_be_read_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "a.fits").write_bytes(b"no FITS")
    with FitsFile(str(tmp_path / "a.fits")) as file:
        assert astrometry(file) == []
