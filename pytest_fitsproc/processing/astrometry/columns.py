"""Columns of numbers out of the tables that programs write: these are plain, and astropy takes its time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile
from pytest_fitsproc.fits.header import lazy_header

if TYPE_CHECKING:
    from astropy.io.fits import Header
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

# By the letter of TFORMn (FITS standard 4.0, table 18): what of it numpy reads, or else its size.
_NUMBERS = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_SIZES = {"L": 1, "A": 1, "C": 8, "M": 16, "P": 8, "Q": 16}
_format = re.compile(r"(\d*)([LABIJKEDCMPQX]).*").fullmatch


def read_columns(path: Path, names: Collection[str]) -> dict[str, Numbers]:
    """Return those columns of the table in HDU 1 that have one of the names and one number in each row.

    There is none where there is no such table, or where it is cut off, as by a program that was ended.
    """
    from astropy.io.fits import VerifyError

    try:
        with FitsFile(str(path)) as file:
            return {name: values for name, values in _columns(file) if name in names}
    except (FitsFormatError, FileAccessError, VerifyError, TypeError, ValueError, KeyError):
        return {}


def _columns(file: FitsFile) -> Iterator[tuple[str, Numbers]]:
    import numpy as np

    for hdu in islice(file.hdus(), 1, 2):
        header = lazy_header(hdu.header)
        data = file.read_at(hdu.data_offset, hdu.structure.data_size)
        if header["XTENSION"] != "BINTABLE" or len(data) < hdu.structure.data_size:
            return
        width, length = hdu.structure.axes
        for number, dtype, offset in _layout(header):
            layout = np.dtype({"names": ["it"], "formats": [dtype], "offsets": [offset], "itemsize": width})
            scale, zero = header.get(f"TSCAL{number}", 1.0), header.get(f"TZERO{number}", 0.0)
            values = np.frombuffer(data, layout, length)["it"] * scale + zero
            yield str(header.get(f"TTYPE{number}")), values


def _layout(header: Header) -> Iterator[tuple[int, str, int]]:
    """Yield number, type and offset of the columns of one number a row."""
    offset = 0
    for number in range(1, header.get("TFIELDS", 0) + 1):
        found = _format(str(header.get(f"TFORM{number}")))
        if found is None:
            return
        count, letter = int(found[1] or 1), found[2]
        if count == 1 and letter in _NUMBERS:
            yield number, _NUMBERS[letter], offset
        offset += _size(count, letter)


def _size(count: int, letter: str) -> int:
    if letter == "X":
        return -(-count // 8)
    return count * (_SIZES.get(letter) or int(_NUMBERS[letter][-1]))
