"""Headers without odd cards are filled exactly as astropy fills them, others are left to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from astropy.io.fits import Header

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.ordinary_cards import ordinary_content

ORDINARY = [
    "SIMPLE  =                    T / conforms to FITS standard",
    "OBJECT  = 'M 31    '           / what was looked at",
    "OBJECT  = 'M 33    '",
    "DP1     = 'AXIS.1: 2.0'",
    "TIME    = 'at: noon' / not record-valued",
    "UNDEF   =",
    "HISTORY made yesterday: END",
    "COMMENT = 5",
    "COMMENTS= 5",
    "HISTORY1= 5",
    "ENDDATE = 5",
    "",
]


@pytest.mark.parametrize("count", range(len(ORDINARY) + 1))
def test_ordinary_cards_are_filled_as_astropy_does(count: int) -> None:
    assert_as_astropy(raw_header(ORDINARY[:count]))


@pytest.mark.parametrize(
    "card",
    [
        "CONTINUE  'more'",
        "HIERARCH ESO INS = 'x'",
        "object  = 'lower'",
        " COUNT  = 5",
        "NOVALUE",
        "COUNT   =4",
        "END     = 5",
        "HIERARCH= 5",
        "CONTINUE= 5",
    ],
)
def test_odd_cards_are_left_to_astropy(card: str) -> None:
    assert ordinary_content(raw_header([ORDINARY[0], card])) is None


def test_a_header_without_end_is_left_to_astropy() -> None:
    assert ordinary_content(raw_header(ORDINARY).replace(b"END" + b" " * 77, b" " * 80)) is None


def test_the_headers_of_the_corpora_are_filled_as_astropy_does(shared: Path) -> None:
    filled = [raw for path in sorted((shared / "corpus").rglob("*")) for raw in headers(path)]
    ordinary = [raw for raw in filled if ordinary_content(raw) is not None]
    assert len(ordinary) > len(filled) / 2
    for raw in ordinary:
        assert_as_astropy(raw)


def assert_as_astropy(raw: bytes) -> None:
    content, expected = ordinary_content(raw), vars(Header.fromstring(raw))
    assert content is not None
    assert [vars(card) for card in content.pop("_cards")] == [vars(card) for card in expected.pop("_cards")]
    assert content == expected


def headers(path: Path) -> list[bytes]:
    if not path.is_file():
        return []
    try:
        with FitsFile(str(path)) as file:
            return [file.header_bytes(hdu.hdu_index) for hdu in file.hdus()]
    except FitsprocError:
        return []


def raw_header(cards: list[str]) -> bytes:
    return "".join(card.ljust(80) for card in [*cards, "END"]).ljust(2880).encode("latin-1")
