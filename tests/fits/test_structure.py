"""The size of the data that a header announces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.structure import read_structure


def header(*cards: str) -> bytes:
    raw = b"".join(card.encode("latin-1").ljust(80) for card in (*cards, "END"))
    return raw.ljust(-(-len(raw) // 2880) * 2880)


def integer(keyword: str, value: object) -> str:
    return f"{keyword:8}= {value:>20}"


def primary(bitpix: object, *axes: object) -> list[str]:
    lengths = [integer(f"NAXIS{i}", length) for i, length in enumerate(axes, 1)]
    return [
        "SIMPLE  =                    T",
        integer("BITPIX", bitpix),
        integer("NAXIS", len(axes)),
        *lengths,
    ]


def extension(bitpix: object, *axes: object, pcount: object = 0, gcount: object = 1) -> list[str]:
    counts = [integer("PCOUNT", pcount), integer("GCOUNT", gcount)]
    return ["XTENSION= 'IMAGE   '", *primary(bitpix, *axes)[1:], *counts]


@pytest.mark.parametrize(
    ("cards", "size"),
    [
        (primary(8), 0),
        (primary(16, 64, 64), 8192),
        (primary(-64, 3), 24),
        (primary(16, 64, 0), 0),
        (primary(16, 10**6, 10**6, 10**6), 2 * 10**18),
    ],
)
def test_data_of_a_primary_image(cards, size):
    assert read_structure(header(*cards)).data_size == size


def test_a_heap_and_groups_count_in_extensions():
    raw = header(*extension(8, 16, 2, pcount=100, gcount=3))
    assert read_structure(raw, hdu_index=1).data_size == 3 * (100 + 32)


def test_without_axes_there_are_no_data_whatever_pcount_says():
    assert read_structure(header(*extension(8, pcount=100)), hdu_index=1).data_size == 0


def test_random_groups_leave_out_their_zero_axis():
    cards = [
        *primary(-32, 0, 3, 4),
        "GROUPS  =                    T",
        integer("PCOUNT", 5),
        integer("GCOUNT", 7),
    ]
    assert read_structure(header(*cards)).data_size == 4 * 7 * (5 + 12)


def test_pcount_of_a_primary_image_counts_for_nothing():
    assert read_structure(header(*primary(8, 10), integer("PCOUNT", 50))).data_size == 10


def test_cards_in_wrong_order_still_tell_the_size_and_that_it_is_wrong():
    cards = primary(16, 64, 64)
    assert read_structure(header(*cards)).is_ordered
    structure = read_structure(header(cards[0], *reversed(cards[1:])))
    assert (structure.data_size, structure.is_ordered) == (8192, False)


def test_keywords_after_end_do_not_count():
    raw = header("SIMPLE  =                    T", integer("BITPIX", 8))[:-80] + integer(
        "NAXIS", 0
    ).encode().ljust(80)
    with pytest.raises(FitsFormatError, match="has no NAXIS card"):
        read_structure(raw)


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        (primary(7), "card 2: BITPIX is 7, not one of"),
        (primary("T"), "card 2: BITPIX is not an integer"),
        (primary(8, -5, 10), "card 4: NAXIS1 is negative: -5"),
        (primary(8, "1_0"), "card 4: NAXIS1 is not an integer"),
        ([*primary(8)[:2], integer("NAXIS", 1000)], "card 3: NAXIS is 1000, more than 999"),
        ([*primary(8)[:2], "NAXIS   = 99999999999999999999999999"], "card 3: NAXIS is not an integer"),
        ([*primary(8)[:2], integer("NAXIS", 2), integer("NAXIS1", 4)], "has no NAXIS2 card"),
    ],
)
def test_absurd_values_are_refused_by_name(cards, message):
    with pytest.raises(FitsFormatError, match=message) as caught:
        read_structure(header(*cards), path="a.fits")
    assert caught.value.path == "a.fits"


@settings(deadline=None)
@given(
    st.sampled_from([8, 16, 32, 64, -32, -64]),
    st.lists(st.integers(0, 10), max_size=6),
    st.integers(0, 1000),
    st.integers(1, 5),
)
def test_the_size_is_that_of_astropy(bitpix, axes, pcount, gcount):
    raw = header(*extension(bitpix, *axes, pcount=pcount, gcount=gcount))
    assert read_structure(raw, hdu_index=1).data_size == _astropy_size(raw)


def _astropy_size(raw: bytes) -> int:
    from astropy.io.fits.hdu.base import _BaseHDU

    return _BaseHDU.fromstring(raw, ignore_missing_simple=True).size
