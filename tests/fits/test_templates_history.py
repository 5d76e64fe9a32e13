"""HISTORY cards that are looked for later, and cards copied from header to header."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from astropy.io.fits import Card, Header

from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.fits.templates import HistoryEntryError, add_history_card, copy_fields, template_name

DAY = date(2024, 2, 29)


def history(*entries):
    return Header([Card("A", 1), *(Card("HISTORY", entry) for entry in entries), Card("COMMENT", "c")])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["2024-02-29 links added"]),
        (["other"], ["other", "2024-02-29 links added"]),
        (["other", "2001-01-01 links made", "last"], ["other", "2024-02-29 links added", "last"]),
        (["links 1", "links 2"], ["2024-02-29 links added", "links 2"]),
    ],
)
def test_a_history_card_takes_the_place_of_the_one_that_is_recognised(before, after):
    header = history(*before)
    add_history_card(header, "links added", "links", DAY)
    assert list(header["HISTORY"]) == after
    add_history_card(header, "links added", "links", DAY)
    assert list(header["HISTORY"]) == after


def test_a_recogniser_is_not_looked_for_in_comments():
    header = history()
    add_history_card(header, "c", "c", DAY)
    assert (list(header["COMMENT"]), list(header["HISTORY"])) == (["c"], ["2024-02-29 c"])


def test_the_day_is_today_in_universal_time():
    before = datetime.now(UTC).date()
    header = history()
    add_history_card(header, "x", "x")
    assert before <= date.fromisoformat(header["HISTORY"][0].split()[0]) <= datetime.now(UTC).date()


@pytest.mark.parametrize("entry", ["x" * 62, "Größe", "two\nlines"])
def test_an_entry_that_is_no_card_is_refused(entry):
    header = history("old")
    with pytest.raises(HistoryEntryError, match="up to 61 printable ASCII"):
        add_history_card(header, entry, "old", DAY)
    assert list(header["HISTORY"]) == ["old"]


def test_an_entry_may_fill_its_card():
    header = history()
    add_history_card(header, "x" * 61, "x", DAY)
    assert list(header["HISTORY"]) == ["2024-02-29 " + "x" * 61]


@pytest.mark.parametrize(
    "entry",
    [
        "GAVO DaCHS template used: my-plate",
        "2020-01-01 GAVO DaCHS template used: my-plate (old)",
        "pytest_fitsproc template: my-plate",
    ],
)
def test_the_name_of_a_template_is_read_from_history(entry):
    assert template_name(history("x", entry, "pytest_fitsproc template: other")) == "my-plate"


def test_a_header_that_names_no_template_is_told_so():
    with pytest.raises(NotFoundError, match="no HISTORY card tells"):
        template_name(history("GAVO DaCHS template used:"))


def shown(header):
    return [tuple(card) for card in header.cards]


def source():
    cards = [
        ("SIMPLE", True),
        ("NAXIS", 3),
        ("NAXIS1", 1),
        ("NAXIS3", 1),
        ("DATE", "x"),
        ("NAXISX", 1),
        ("A", 5, "new"),
    ]
    more = [
        ("B", 1, "b1"),
        ("B", 2, "b2"),
        ("ESO LONG NAME", 3, "hierarch"),
        ("HISTORY", "h"),
        ("COMMENT", "c2"),
    ]
    with pytest.warns(match="HIERARCH"):
        return Header([Card(*card) for card in cards + more])


def test_copied_cards_keep_their_comments_and_take_the_place_of_those_with_their_keyword():
    header = Header(
        [Card(*card) for card in [("A", 1, "old"), ("C", 1), ("B", 0), ("B", 9), ("COMMENT", "c1")]]
    )
    copy_fields(header, source().cards)
    assert shown(header) == [
        *(("A", 5, "new"), ("C", 1, ""), ("B", 1, "b1"), ("NAXISX", 1, ""), ("B", 2, "b2")),
        *(
            ("ESO LONG NAME", 3, "hierarch"),
            ("COMMENT", "c1", ""),
            ("HISTORY", "h", ""),
            ("COMMENT", "c2", ""),
        ),
    ]
    assert (header["A"], header["ESO LONG NAME"], header["B", 1]) == (5, 3, 2)


def test_ignored_keywords_are_not_copied():
    header = Header()
    copy_fields(header, source().cards, ["a", "b", "NAXISX", "Eso Long Name", "history"])
    assert list(header) == ["SIMPLE", "NAXIS", "NAXIS1", "NAXIS3", "DATE", "COMMENT"]


def test_copies_can_be_edited_alone():
    old, header = source(), Header()
    copy_fields(header, old.cards)
    header["A"] = 99
    assert old["A"] == 5
