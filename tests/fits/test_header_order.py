"""Sorting a header loses nothing, and doing it again changes nothing."""

from __future__ import annotations

import warnings
from collections import Counter

import pytest
from astropy.io.fits import Card, Header
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.fits.header_order import MissingCardError, sort_header, structural_first

MINIMAL = [("SIMPLE", True, "standard"), ("BITPIX", 8, "bits"), ("NAXIS", 0, "axes")]


def header(*cards):
    return Header([Card(*card) for card in (*MINIMAL, *cards)])


def shown(found):
    """The cards after the three of `MINIMAL`, empty ones as ``-``."""
    names = [
        card.keyword if card.keyword not in ("", "HISTORY", "COMMENT") else card.value for card in found.cards
    ]
    return " ".join(name or "-" for name in names[len(MINIMAL) :])


def text(found):
    return [str(card) for card in found.cards]


@pytest.mark.parametrize(
    "keywords",
    [
        [
            "SIMPLE",
            "BITPIX",
            "NAXIS",
            "NAXIS1",
            "NAXIS2",
            "NAXIS10",
            "PCOUNT",
            "GCOUNT",
            "EXTEND",
            "BZERO",
            "BSCALE",
        ],
        ["XTENSION", "BITPIX", "NAXIS", "NAXIS1", "PCOUNT", "GCOUNT", "TFIELDS"],
    ],
)
def test_structural_cards_come_first_in_the_order_of_the_standard(keywords):
    for mixed in ([*reversed(keywords), "A"], ["A", *sorted(keywords)]):
        assert list(sort_header(Header([Card(keyword, 1) for keyword in mixed]))) == [*keywords, "A"]


def test_only_naxis_with_a_number_is_structural():
    assert shown(sort_header(header(("NAXIS0", 1), ("NAXISX", 1), ("NAXIS3", 1)))) == "NAXIS3 NAXIS0 NAXISX"


@pytest.mark.parametrize("missing", ["SIMPLE", "BITPIX", "NAXIS"])
def test_a_mandatory_card_must_be_there(missing):
    cut = header()
    del cut[missing]
    with pytest.raises(MissingCardError, match=f"mandatory card {missing}.* is missing"):
        sort_header(cut)


def test_other_cards_keep_their_order():
    assert shown(sort_header(header(("Z", 1), ("A", 2), ("M", 3)))) == "Z A M"


def test_history_and_comment_come_last_each_after_an_empty_card():
    mixed = header(
        ("COMMENT", "c1"), ("A", 1), ("HISTORY", "h1"), ("COMMENT", "c2"), ("HISTORY", "h2"), ("B", 1)
    )
    assert shown(sort_header(mixed)) == "A B - h1 h2 - c1 c2"


def test_a_text_that_history_has_twice_is_kept_once_where_it_was_first():
    mixed = header(*(("HISTORY", value) for value in ("b", "a", "b", "c", "a")), ("COMMENT", "b"))
    assert shown(sort_header(mixed)) == "- b a c - b"


def test_filters_see_texts_and_drop_cards():
    mixed = header(("HISTORY", "old"), ("HISTORY", "new"), ("COMMENT", "IMPORTANT x"), ("COMMENT", "y"))
    found = sort_header(
        mixed, comment_filter=lambda text: "IMPORTANT" in text, history_filter=lambda text: False
    )
    assert shown(found) == "- IMPORTANT x"


def test_empty_cards_do_not_pile_up_and_those_of_other_programs_go():
    """DaCHS adds one before HISTORY and one before COMMENT each time, and reads its padding as cards."""
    piled = header(("A", 1), (), (), (), (), ("HISTORY", "h"), (), ("COMMENT", "c"), (), ("B", 1), (), ())
    once = sort_header(piled)
    assert shown(once) == "A B - h - c"
    assert text(sort_header(once)) == text(once)


def test_empty_cards_and_titles_between_other_cards_stay():
    spaced = header((), ("A", 1), (), ("", "--- title"), ("B", 1), ("BSCALE", 1.0), (), ("HISTORY", "h"))
    assert shown(sort_header(spaced)) == "BSCALE - A - --- title B - h"


def test_a_sequence_orders_cards_after_the_structural_ones():
    mixed = header(("A", 1), ("B", 2), ("C", 3), ("A", 4), ("EXTEND", True))
    found = sort_header(mixed, card_sequence=["C", "missing", "a", "NAXIS", "HISTORY"])
    assert shown(found) == "EXTEND C A A B"
    assert [card.value for card in found.cards][-3:] == [1, 4, 2]


@pytest.mark.parametrize("keyword", ["ZZ", "NAXIS3", "HISTORY"])
def test_a_card_of_the_sequence_can_be_mandatory(keyword):
    assert sort_header(header(("ZZ", 1), ("NAXIS3", 1), ("HISTORY", "h")), card_sequence=[(keyword, True)])
    with pytest.raises(MissingCardError, match=f"mandatory card {keyword} is missing"):
        sort_header(header(), card_sequence=[(keyword, True)])


def test_a_card_given_in_the_sequence_takes_the_place_of_those_with_its_keyword():
    sequence = [Card("", "--- mine"), "B", Card("A", 9, "new"), Card("COMMENT", "c1"), Card("BITPIX", 99)]
    once = sort_header(
        header(("A", 1), ("B", 2), ("COMMENT", "c1"), ("COMMENT", "c2")), card_sequence=sequence
    )
    assert shown(once) == "--- mine B A c1 - c2"
    assert (once["A"], once.comments["A"], once["BITPIX"]) == (9, "new", 8)
    assert text(sort_header(once, card_sequence=sequence)) == text(once)


def test_the_old_header_and_the_sequence_share_no_card_with_the_new_one():
    old, card = header(("A", 1)), Card("B", 1)
    new = sort_header(old, card_sequence=[card])
    new["A"], new["B"] = 2, 2
    assert (old["A"], card.value) == (1, 1)


def test_cards_may_come_without_a_header():
    assert shown(sort_header(iter(header(("A", 1), ("HISTORY", "h")).cards))) == "A - h"


def test_cards_that_were_not_edited_keep_their_bytes():
    """Among them some that astropy can't parse, or would write in another way."""
    lines = [
        *(
            "SIMPLE  = T",
            "BITPIX  = 8",
            "NAXIS   = 0 / n",
            "EXPTIME = 1.5.3 garbage'",
            "ODD     = 1.50E0  / x",
        ),
        *("lower   = 1", "LONG    = 'abc&'", "CONTINUE  'def' / end", "HIERARCH ESO X = 3", "UNDEF   ="),
        *("OBJECT  = 'Größe'", "BLOB    =  /", "", "HISTORY h", "", "COMMENT = 3"),
    ]
    mixed = "".join(
        line.ljust(80) for line in reversed(lines) if line and not line.startswith(("LONG", "CONT"))
    )
    mixed += "".join(line.ljust(80) for line in lines[6:8])
    images = "".join(card._image or " " * 80 for card in sort_header(Header.fromstring(mixed)).cards)
    found = [images[start : start + 80].rstrip() for start in range(0, len(images), 80)]
    assert found[:3] + found[-4:] == lines[:3] + lines[-4:]
    assert sorted(found) == sorted(lines)


def test_structural_first_moves_only_the_first_card_of_a_structural_keyword():
    cards = [Card("A", 1), Card("BITPIX", 8), Card("BITPIX", 16), Card("SIMPLE", True)]
    assert [card.keyword for card in structural_first(cards)] == ["SIMPLE", "BITPIX", "A", "BITPIX"]


KEYWORDS = st.sampled_from(
    ["A", "B", "C-D", "NAXIS1", "NAXIS2", "BITPIX", "BZERO", "EXTEND", "ESO LONG NAME"]
)
VALUE_CARDS = st.tuples(KEYWORDS, st.integers(0, 9), st.sampled_from(["", "a comment"]))
COMMENTARY = st.tuples(st.sampled_from(["HISTORY", "COMMENT", ""]), st.sampled_from(["", "x", "y", "--- z"]))
SEQUENCES = st.lists(st.sampled_from(["A", "C-D", "NAXIS1", "HISTORY", "b"]), max_size=3)


@given(st.lists(VALUE_CARDS | COMMENTARY, max_size=12), SEQUENCES)
@settings(max_examples=200, deadline=None)
def test_no_card_is_lost_and_sorting_again_changes_nothing(cards, sequence):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Keyword name 'ESO LONG NAME'")
        old = header(*cards)
        before = text(old)
        new = sort_header(old, card_sequence=sequence)
    empty = " " * 80
    counts = Counter(before)
    expected = {line: 1 if line[:7] in ("HISTORY", "COMMENT") else count for line, count in counts.items()}
    found = Counter(text(new))
    expected.pop(empty, None)
    found.pop(empty, None)
    assert found == expected
    assert text(old) == before
    assert text(sort_header(new, card_sequence=sequence)) == text(new)
