"""Columns of the programs' tables: the numbers that astropy reads."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from pytest_fitsproc.processing.astrometry.columns import read_columns

NUMBERS = np.array([1.5, -2.25, 3e9])
FORMATS = {"E": "E", "D": "1D", "J": "J", "I": "1I", "K": "K", "B": "B"}


def write_table(path):
    """Write columns of numbers between those of any other kind."""
    columns = [
        fits.Column("TEXT", "7A", array=["a", "bc", "d"]),
        fits.Column("FLAGS", "11X", array=np.ones((3, 11), bool)),
        fits.Column("PAIR", "2D", array=np.ones((3, 2))),
        fits.Column("TRUTH", "L", array=[True, False, True]),
        fits.Column("LONG", "PD()", array=np.array([[1.0], [1.0, 2.0], []], object)),
    ]
    for name, form in FORMATS.items():
        array = NUMBERS if name in "ED" else np.array([1, 2, 3])
        columns += [fits.Column(name, form, array=array), fits.Column(f"C{name}", "C", array=NUMBERS + 1j)]
    columns.append(fits.Column("SCALED", "J", bzero=2**31, array=np.array([1, 2, 3], "u4")))
    fits.BinTableHDU.from_columns(columns).writeto(path)


def test_numbers_are_those_of_astropy(tmp_path):
    write_table(tmp_path / "a.fits")
    found = read_columns(
        tmp_path / "a.fits", [*FORMATS, "SCALED", "TEXT", "FLAGS", "PAIR", "TRUTH", "LONG", "CE"]
    )
    expected = fits.getdata(tmp_path / "a.fits")
    assert set(found) == {*FORMATS, "SCALED"}
    for name, values in found.items():
        assert values.tolist() == expected[name].tolist()


def test_there_is_nothing_in_a_table_that_is_cut_off(tmp_path):
    path = tmp_path / "a.fits"
    write_table(path)
    whole = path.read_bytes()
    with fits.open(path) as hdus:
        data = hdus[1].fileinfo()["datLoc"]
    for size in (0, 100, 2880, data - 1, data, data + 100):
        path.write_bytes(whole[:size])
        assert read_columns(path, FORMATS) == {}


@pytest.mark.parametrize(
    "hdu",
    [
        fits.ImageHDU(np.zeros((3, 4))),
        fits.TableHDU.from_columns([fits.Column("D", "D25.17", array=NUMBERS)]),
    ],
    ids=["image", "text"],
)
def test_there_is_nothing_without_a_binary_table(tmp_path, hdu):
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(tmp_path / "a.fits")
    assert read_columns(tmp_path / "a.fits", FORMATS) == {}
    assert read_columns(tmp_path / "none.fits", FORMATS) == {}


@pytest.mark.parametrize(
    "card", ["TFIELDS = 'many'", "TFIELDS = x", "TFORM1  = 12", "NAXIS2  = 9999", "NAXIS1  = 1"]
)
def test_there_is_nothing_in_a_table_whose_header_is_wrong(tmp_path, card):
    path = tmp_path / "a.fits"
    fits.BinTableHDU.from_columns([fits.Column("D", "D", array=NUMBERS)]).writeto(path)
    whole = path.read_bytes()
    place = whole.index(card[:9].encode(), 2880)
    path.write_bytes(whole[:place] + card.ljust(80).encode() + whole[place + 80 :])
    assert read_columns(path, FORMATS) == {}
