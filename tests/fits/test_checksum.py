"""CHECKSUM and DATASUM, as astropy and the FITS standard judge them."""

from __future__ import annotations

import re
import struct
import warnings
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import end_offset, split_cards
from pytest_fitsproc.fits.checksum import (
    ChecksumMode,
    data_sum,
    encode_checksum,
    ones_complement_sum,
    updated_checksum,
    with_checksum_cards,
)
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.fits.serialising import Serialising, assemble

NOW = datetime(2031, 4, 5, 6, 7, 8, tzinfo=UTC)


def never() -> int:
    """Stand for data that must not be read."""
    raise AssertionError("the data were read")


@pytest.fixture
def summed(tmp_path: Path) -> Path:
    """A file of two HDUs with CHECKSUM and DATASUM, made by astropy."""
    from astropy.io import fits

    path = tmp_path / "summed.fits"
    primary = fits.PrimaryHDU(np.arange(10_000, dtype=">i2").reshape(100, 100))
    extension = fits.ImageHDU(np.linspace(-1, 1, 777).astype(">f4"))
    fits.HDUList([primary, extension]).writeto(path, checksum=True)
    return path


def is_valid(path: Path, hdu: int = 0) -> bool:
    """Return whether astropy finds both sums of an HDU to hold."""
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(path, checksum=True) as hdus:
            return bool(hdus[hdu]._checksum_valid) and bool(hdus[hdu]._datasum_valid)


def rewritten(path: Path, old: bytes, new: bytes) -> Path:
    """Write a header in the place of another."""
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    return path


def with_key(path: Path, how: Serialising, hdu: int = 0) -> Path:
    """Add a keyword to a header of a file, by our own means."""
    with FitsFile(str(path)) as file:
        old = file.header_bytes(hdu)
        cards = old[: end_offset(old)] + b"OBJECT  = 'M 31    '".ljust(80)
        return rewritten(path, old, assemble(cards, old, lambda: data_sum(file, hdu), how))


@given(st.binary(max_size=400).map(lambda raw: raw + bytes(-len(raw) % 4)), st.integers(0, 3))
def test_sum_is_that_of_32_bit_words_with_the_carry_added(raw: bytes, pieces: int) -> None:
    total = 0
    for word in struct.unpack(f">{len(raw) // 4}I", raw):
        total += word
        total = (total & 0xFFFFFFFF) + (total >> 32)
    middle = len(raw) // 4 * pieces // 3 * 4
    assert ones_complement_sum([raw[:middle], raw[middle:]]) == total


def test_sum_of_all_ones_is_not_zero() -> None:
    assert ones_complement_sum([b"\xff" * 8]) == 0xFFFFFFFF
    assert ones_complement_sum([bytes(8)]) == 0
    assert ones_complement_sum([]) == 0


@given(st.integers(0, 0xFFFFFFFF))
def test_encoded_checksum_is_letters_and_digits_that_add_up_to_it(complement: int) -> None:
    text = encode_checksum(complement)
    assert re.fullmatch(rb"[0-9A-Za-z]{16}", text)
    in_words = text[1:] + text[:1]
    zeros = ones_complement_sum([b"0" * 16])
    total = ones_complement_sum([in_words])
    assert (total - zeros - complement) % 0xFFFFFFFF == 0


def test_encoding_of_the_standards_example() -> None:
    # FITS standard 4.0, appendix J: the complement of the sum 868229149 is written as hcHjjc9ghcEghc9g.
    assert encode_checksum(0xFFFFFFFF ^ 868229149) == b"hcHjjc9ghcEghc9g"


@pytest.mark.parametrize("hdu", [0, 1])
def test_edited_header_keeps_valid_sums_without_reading_data(summed: Path, hdu: int) -> None:
    with FitsFile(str(summed)) as file:
        old = file.header_bytes(hdu)
        cards = old[: end_offset(old)] + b"OBJECT  = 'M 31    '".ljust(80)
        rewritten(summed, old, assemble(cards, old, never))
    assert is_valid(summed, 0)
    assert is_valid(summed, 1)


def test_sums_can_be_kept_as_they_are(summed: Path) -> None:
    with_key(summed, Serialising(checksum=ChecksumMode.KEEP))
    assert not is_valid(summed)


def test_checksum_without_datasum_reads_the_data(summed: Path) -> None:
    with FitsFile(str(summed)) as file:
        old = file.header_bytes()
        cards = [card for card in split_cards(old[: end_offset(old)]) if not card.startswith(b"DATASUM")]
        new = assemble(b"".join(cards), old, lambda: data_sum(file))
        (data,) = (file.read_at(hdu.data_offset, hdu.end - hdu.data_offset) for hdu in [next(file.hdus())])
    # Not asked of astropy, which takes data without DATASUM for none.
    assert ones_complement_sum([new, data]) == 0xFFFFFFFF


def test_sums_are_added_where_they_are_missing(tmp_path: Path) -> None:
    from astropy.io import fits

    path = tmp_path / "plain.fits"
    fits.PrimaryHDU(np.arange(1000, dtype=">i4")).writeto(path)
    with_key(path, Serialising(checksum=ChecksumMode.UPDATE))
    assert "CHECKSUM" not in fits.getheader(path)
    with FitsFile(str(path)) as file:
        old = file.header_bytes()
        cards = old[: end_offset(old)] + b"FILTER  = 'B       '".ljust(80)
        new = assemble(cards, old, lambda: data_sum(file), Serialising(checksum=ChecksumMode.ADD))
    rewritten(path, old, new)
    assert is_valid(path)
    assert list(fits.getheader(path))[-4:] == ["OBJECT", "FILTER", "DATASUM", "CHECKSUM"]


def test_sums_that_are_there_are_not_added_again(summed: Path) -> None:
    with FitsFile(str(summed)) as file:
        header = file.header_bytes()
    cards = header[: end_offset(header)]
    assert with_checksum_cards(cards, ChecksumMode.ADD, never) == cards


def test_datasum_that_does_not_hold_stays_and_tells_of_damage(summed: Path) -> None:
    content = bytearray(summed.read_bytes())
    content[3000] ^= 1
    summed.write_bytes(content)
    with_key(summed, Serialising())
    assert not is_valid(summed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"CHECKSUM= 'aaaaaaaaaaaaaaaa'   / HDU checksum updated 2012-01-02T03:04:05",
            b"2031-04-05T06:07:08",
        ),
        (b"CHECKSUM= 'aaaa    '  / short", b"'   / short "),
        (b"CHECKSUM=   'aaaaaaaaaaaaaaaa'", b"' "),
        (b"CHECKSUM= 12345 / a number", b"' "),
    ],
)
def test_checksum_comes_where_the_standard_has_it(before: bytes, after: bytes) -> None:
    header = lay_out(b"SIMPLE  =                    T".ljust(80) + before.ljust(80), 1)
    new = updated_checksum(header, lambda: 0, NOW)
    assert re.match(rb"CHECKSUM= '[0-9A-Za-z]{16}'", new[80:160])
    assert after in new[106:160]
    assert ones_complement_sum([new]) in (0, 0xFFFFFFFF)
    assert len(new) == len(header)


@pytest.mark.parametrize(
    "card", [b"CHECKSUM= ''", b"CHECKSUM= '        ' / not known", b"CHECKSUM=", b"CHECKSU = 1"]
)
def test_undefined_checksum_stays_so(card: bytes) -> None:
    header = lay_out(b"SIMPLE  =                    T".ljust(80) + card.ljust(80), 1)
    assert updated_checksum(header, never) == header


def test_time_stamp_is_of_now(summed: Path) -> None:
    with_key(summed, Serialising())
    with FitsFile(str(summed)) as file:
        assert datetime.now(UTC).strftime("%Y-").encode() in file.header_bytes()


@pytest.mark.parametrize("hdu", [0, 1])
def test_sum_of_data_is_astropys(summed: Path, hdu: int) -> None:
    from astropy.io import fits

    with FitsFile(str(summed)) as file:
        assert data_sum(file, hdu) == int(fits.getheader(summed, hdu)["DATASUM"])


def test_data_that_are_not_there_have_no_sum(summed: Path) -> None:
    with FitsFile(str(summed)) as file, pytest.raises(FitsFormatError, match="HDU 2: there is no such HDU"):
        data_sum(file, 2)
    summed.write_bytes(summed.read_bytes()[:-2880])
    with FitsFile(str(summed)) as file, pytest.raises(FitsFormatError, match="HDU 1: its data are cut short"):
        data_sum(file, 1)
