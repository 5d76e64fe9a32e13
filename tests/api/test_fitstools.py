from __future__ import annotations

import gzip
import io

import pytest
from astropy.io import fits

from pytest_fitsproc.api import fitstools, pyfits, utils
from pytest_fitsproc.errors import FitsFormatError


def header_bytes(cards: int) -> bytes:
    header = fits.Header([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0)])
    for number in range(cards):
        header[f"KEY{number}"] = number
    return header.tostring().encode()


def test_pyfits_is_that_of_astropy():
    assert pyfits is fits


@pytest.mark.parametrize("cards", [0, 32, 33, 200])
def test_the_header_is_read_in_whole_blocks_and_the_data_follow(cards):
    raw = header_bytes(cards)
    file = io.BytesIO(raw + b"data")
    assert fitstools.readHeaderBytes(file) == raw
    assert file.read() == b"data"


def test_the_header_is_that_of_astropy(tmp_path):
    raw = header_bytes(40)
    path = tmp_path / "a.fits.gz"
    path.write_bytes(gzip.compress(raw))
    with gzip.open(path) as file:
        header = fitstools.readPrimaryHeaderQuick(file)
    assert isinstance(header, fits.Header)
    assert header.tostring() == raw.decode()


def test_an_end_in_a_comment_is_not_the_end():
    text = "COMMENT".ljust(77) + "END"
    cards = [
        "SIMPLE  =                    T".ljust(80),
        text,
        " " * 80,
        "A       = 1".ljust(80),
        "END".ljust(80),
    ]
    raw = "".join(cards).ljust(2880).encode()
    assert fitstools.readHeaderBytes(io.BytesIO(raw)) == raw


def test_a_header_that_is_too_long_is_refused():
    with pytest.raises(FitsFormatError, match="no END card within 2 blocks"):
        fitstools.readPrimaryHeaderQuick(io.BytesIO(header_bytes(200)), maxHeaderBlocks=2)


def test_a_header_that_is_cut_off_is_refused_with_the_name_of_the_file(tmp_path):
    path = tmp_path / "cut.fits"
    path.write_bytes(header_bytes(200)[:3000])
    with path.open("rb") as file, pytest.raises(FitsFormatError, match=r"cut\.fits.*ends after 3000 bytes"):
        fitstools.readHeaderBytes(file)


def test_utils_has_them_too():
    assert utils.fitstools is fitstools
