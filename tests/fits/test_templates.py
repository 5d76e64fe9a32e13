"""Headers made from templates: order, comments, what an original header keeps."""

from __future__ import annotations

import warnings

import pytest
from astropy.io.fits import Card, Header
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.errors import FitsprocWarning, NotFoundError
from pytest_fitsproc.fits.header_order import sort_header
from pytest_fitsproc.fits.templates import (
    MINIMAL_IMAGE,
    WCS,
    WFPDB,
    Template,
    TemplateError,
    find_template,
    make_header_from_template,
    register_template,
    template_name,
    unknown_keywords,
    update_templated_header,
)

SIGNATURES = ["GAVO DaCHS template used: plate_test", "pytest_fitsproc template: plate_test"]

PLATE = register_template(
    "plate_test",
    [
        ("SIMPLE", True, "conforms"),
        ("BITPIX", "bits"),
        ("NAXIS", 2, "axes"),
        ("", "--- Plate"),
        ("OBJECT", "what"),
        ("RA-ORIG", "[h] right ascension"),
        ("EXPTIM#", "[s] exposure #"),
        ("ORIGIN", "AIP", "who"),
        ("", "--- WCS"),
        ("CD#_#", "axis # by axis #"),
        ("COMMENT", "of the template", ""),
        ("HISTORY", "scanned", ""),
    ],
)


def original():
    cards = [
        *(("SIMPLE", True, "s"), ("BITPIX", -32, "floats"), ("NAXIS", 3, "three"), ("NAXIS1", 4, "wide")),
        *(("NAXIS2", 5, ""), ("NAXIS3", 6, "deep"), ("OBJECT", "M 31", "my comment"), ("FOO", 1, "first")),
        *(
            ("FOO", 2, "second"),
            ("RA-ORIG", "0 42", "mine"),
            ("", "a note"),
            ("HISTORY", "h1"),
            ("HISTORY", "h1"),
        ),
        *(("COMMENT", "c1"), ("COMMENT", "c2")),
    ]
    return Header([Card(*card) for card in cards])


def shown(header):
    """The cards, commentary by its text, without the signature."""
    named = [
        card.value or "-" if card.keyword in ("", "HISTORY", "COMMENT") else card.keyword
        for card in header.cards
    ]
    return ", ".join(name for name in named if name not in SIGNATURES)


def text(header):
    return [str(card) for card in header.cards]


def test_cards_come_in_the_order_of_the_template_with_its_comments():
    header = make_header_from_template("plate_test", CD2_1=3, RA_ORIG="1 2 3", CD1_2=4, EXPTIM2=2.5, BITPIX=8)
    assert [tuple(card) for card in header.cards] == [
        ("SIMPLE", True, "conforms"),
        ("BITPIX", 8, "bits"),
        ("NAXIS", 2, "axes"),
        ("", "--- Plate", ""),
        ("RA-ORIG", "1 2 3", "[h] right ascension"),
        ("EXPTIM2", 2.5, "[s] exposure 2"),
        ("ORIGIN", "AIP", "who"),
        ("", "--- WCS", ""),
        ("CD1_2", 4, "axis 1 by axis 2"),
        ("CD2_1", 3, "axis 2 by axis 1"),
        ("COMMENT", "of the template", ""),
        ("HISTORY", "scanned", ""),
        *(("HISTORY", signature, "") for signature in SIGNATURES),
    ]


def test_numbered_keywords_come_in_the_order_of_their_numbers():
    header = make_header_from_template(PLATE, EXPTIM10=1, EXPTIM9=1, EXPTIM1=1)
    assert list(header["EXPTIM*"]) == ["EXPTIM1", "EXPTIM9", "EXPTIM10"]


@pytest.mark.parametrize("keyword", ["RA_ORIG", "RA-ORIG", "ra_orig"])
def test_a_keyword_can_be_written_as_an_argument(keyword):
    assert make_header_from_template(PLATE, **{keyword: 1})["RA-ORIG"] == 1


def test_a_value_of_none_makes_no_card():
    header = make_header_from_template(PLATE, OBJECT=None, ORIGIN=None, FOO=None)
    assert "OBJECT" not in header
    assert header["ORIGIN"] == "AIP"


@pytest.mark.parametrize("value", [0, 0.0, "", False])
def test_a_value_that_is_false_makes_a_card(value):
    assert make_header_from_template(PLATE, OBJECT=value)["OBJECT"] == value


def test_a_value_may_bring_its_comment():
    header = make_header_from_template(PLATE, OBJECT=("M 31", "by hand"))
    assert (header["OBJECT"], header.comments["OBJECT"]) == ("M 31", "by hand")


def test_values_without_a_place_are_refused_with_their_names():
    with pytest.raises(TemplateError, match="template 'plate_test' has no card for OBJEKT, CD1_X"):
        make_header_from_template(PLATE, OBJEKT=1, CD1_X=2, OBJECT=3, NOTHING=None)


def test_values_without_a_place_are_ignored_with_an_original_header():
    header = make_header_from_template(PLATE, original(), OBJEKT=1, FOO=7)
    assert "OBJEKT" not in header
    assert header["FOO"] == 1


@pytest.mark.parametrize("value", [float("nan"), "Größe", "two\nlines", object(), (1, "a", "b")])
def test_what_is_no_value_of_fits_is_refused_with_its_keyword(value):
    with pytest.raises(TemplateError, match=r"^OBJECT of the template can't have this value: "):
        make_header_from_template(PLATE, OBJECT=value)


def test_an_original_header_gives_what_has_no_value_yet():
    header = make_header_from_template(PLATE, original(), RA_ORIG="0 43", EXPTIM1=60)
    assert shown(header) == (
        "SIMPLE, BITPIX, NAXIS, NAXIS1, NAXIS2, NAXIS3, --- Plate, RA-ORIG, EXPTIM1, ORIGIN, --- WCS, "
        "of the template, scanned, OBJECT, FOO, FOO, a note, h1, h1, -, c1, c2"
    )
    assert header.comments["OBJECT"] == "my comment"
    assert [card.value for card in header.cards if card.keyword == "FOO"] == [1, 2]
    assert (header["RA-ORIG"], header.comments["RA-ORIG"]) == ("0 43", "[h] right ascension")


def test_structural_cards_of_the_original_hold_against_the_template():
    """DaCHS makes NAXIS = 2 of every cube, and remembers the last value for all headers to come."""
    header = make_header_from_template(PLATE, original())
    assert (header["NAXIS"], header.comments["NAXIS"], header["BITPIX"]) == (3, "three", -32)
    assert make_header_from_template(PLATE, original(), BITPIX=16)["BITPIX"] == 16
    make_header_from_template(PLATE, NAXIS=7)
    assert make_header_from_template(PLATE)["NAXIS"] == 2


def test_the_original_header_stays_as_it_is():
    old = original()
    before = text(old)
    new = make_header_from_template(PLATE, old, RA_ORIG=1)
    new["FOO"] = 99
    assert text(old) == before


def test_a_header_made_again_is_the_same():
    once = make_header_from_template(PLATE, original(), RA_ORIG="0 43", OBJECT="M 32")
    again = make_header_from_template(PLATE, once, RA_ORIG="0 43", OBJECT="M 32", ORIGIN="AIP")
    assert text(again) == text(once)


def test_a_header_of_another_template_loses_its_titles_and_its_signature():
    header = make_header_from_template("minimal", make_header_from_template("wfpdb", OBJECT="x"))
    assert template_name(header) == "minimal"
    assert [card.value for card in header.cards if card.keyword == ""] == []
    assert [value for value in header["HISTORY"] if "wfpdb" in value] == []


def test_dachs_titles_are_known_by_their_words():
    theirs = Header([Card("", "-------- SPATIAL WCS"), Card("", "-------- Mine")])
    header = make_header_from_template("wcs", theirs)
    assert [card.value for card in header.cards if card.keyword == ""] == [
        "-" * 20 + " Spatial WCS",
        "-------- Mine",
    ]


def test_the_comment_is_cut_where_a_string_leaves_no_room():
    """Warnings are errors here: astropy would warn of each such card."""
    name = register_template("long_test", [("NOTES", "c" * 40)]).name
    for size in range(80):
        for letter in "x'":
            header = make_header_from_template(name, NOTES=letter * size)
            read = Header.fromstring(header.tostring())
            assert read["NOTES"] == letter * size


def test_updating_changes_values_and_leaves_other_cards_as_they_are():
    made = make_header_from_template(PLATE, original(), RA_ORIG="0 43", EXPTIM1=60)
    made["FOO3"] = (3, "later")
    updated = update_templated_header(made, EXPTIM2=30, RA_ORIG=None, FOO="ignored", OBJECT="M 33")
    assert shown(updated) == (
        "SIMPLE, BITPIX, NAXIS, NAXIS1, NAXIS2, NAXIS3, --- Plate, OBJECT, RA-ORIG, EXPTIM1, EXPTIM2, "
        "ORIGIN, --- WCS, of the template, scanned, FOO, FOO, FOO3, a note, h1, h1, -, c1, c2"
    )
    assert (updated["OBJECT"], updated["RA-ORIG"], updated["FOO"]) == ("M 33", "0 43", 1)
    assert updated.comments["FOO3"] == "later"
    assert text(update_templated_header(updated)) == text(updated)


def test_updating_a_header_that_names_no_template_needs_one():
    with pytest.raises(NotFoundError, match="name the template"):
        update_templated_header(original(), OBJECT="x")
    updated = update_templated_header(original(), "plate_test", OBJECT="x")
    assert template_name(updated) == "plate_test"
    assert updated.comments["RA-ORIG"] == "mine"


def test_a_template_without_a_name_leaves_no_signature_and_warns():
    with pytest.warns(FitsprocWarning, match="register_template"):
        header = make_header_from_template([("A", "first"), ("B", 2, "second")], A=1)
    assert [tuple(card) for card in header.cards] == [("A", 1, "first"), ("B", 2, "second")]


def test_entries_of_a_registered_template_are_known():
    assert find_template(list(WFPDB)) is find_template("wfpdb")
    assert template_name(make_header_from_template(WCS, CRVAL1=1)) == "wcs"


def test_an_entry_may_be_a_card_of_astropy():
    cards = [Card("A", 7, "first"), Card("", "--- Title"), ("B", "second")]
    assert Template.of("x", cards) == Template.of(
        "x", [("A", 7, "first"), ("", "--- Title"), ("B", "second")]
    )
    assert register_template("card_test", cards) is find_template(list(cards))


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(NotFoundError, match=r"'minimax'; there are .*minimal.*wfpdb"):
        make_header_from_template("minimax")


def test_a_name_keeps_its_meaning():
    entries = [("A", "first")]
    assert register_template("name_test", entries) is register_template("name_test", entries)
    with pytest.raises(TemplateError, match="'name_test' is registered already"):
        register_template("name_test", [("B", "first")])
    with pytest.raises(TemplateError, match="'wfpdb' is registered already"):
        register_template("wfpdb", entries)


@pytest.mark.parametrize("name", ["two words", "Größe", "x" * 41, "two\nlines"])
def test_a_name_is_a_word_that_fits_into_history(name):
    with pytest.raises(TemplateError, match="one word"):
        Template.of(name, [])


def test_a_template_is_registered_under_a_name():
    with pytest.raises(TemplateError, match="not under ''"):
        register_template("", [])


@pytest.mark.parametrize(
    "entry", [("A",), ("A", 1), (1, "a"), "AB", ("A", 1, "a", 2), ("CD1_#", "c"), ("A#1", 0, "c")]
)
def test_an_entry_that_is_none_is_refused(entry):
    with pytest.raises(TemplateError, match="an entry of a template is"):
        Template.of("x", [entry])


def test_unknown_keywords_are_those_with_a_value_and_no_card():
    assert unknown_keywords("wfpdb", {"A_7_8": 1, "EQUINOX": 1, "EQUNIOX": 1, "X": None, "ap_0_9": 1}) == [
        "EQUNIOX"
    ]


@pytest.mark.parametrize("entries", [MINIMAL_IMAGE, WCS, WFPDB])
def test_comments_leave_room_for_a_number_and_say_their_unit_first(entries):
    for card in find_template(entries).cards:
        assert len(card.comment) <= 47, card
        assert card.is_title or (card.comment and card.comment == card.comment.strip()), card
        assert "[" not in card.comment[1:], card


def test_no_keyword_stands_twice_in_a_template():
    keywords = [entry[0] for entry in WFPDB if entry[0]]
    assert len(keywords) == len(set(keywords))


def test_a_plate_header_is_in_the_order_of_the_plate_archive():
    chosen = {
        "LICENCE": 1,
        "EQUINOX": 1,
        "A_4_0": 1,
        "A_0_1": 1,
        "B_ORDER": 1,
        "CD1_1": 1,
        "OBJECT2": 1,
        "OBJECT": 1,
    }
    more = {"JD_AVG1": 1, "JD_AVG": 1, "DEC_DE3": 1, "FN_PRE": 1, "PLATESZ2": 1, "SCANRES1": 1, "DT_OBS2": 1}
    header = make_header_from_template("wfpdb", **chosen, **more, BITPIX=16, NAXIS2=3, NAXIS1=3, DATEOR3=1)
    assert shown(sort_header(header)).replace("-" * 20, "##") == (
        "SIMPLE, BITPIX, NAXIS, NAXIS1, NAXIS2, EXTEND, ## Original data of observation, OBJECT, DATEOR3, "
        "OBJECT2, ## Photographic plate, PLATESZ2, ## Derived observation data, DT-OBS2, JD-AVG, "
        "JD-AVG1, DEC_DE3, ## Scan details, SCANRES1, ## Data files, FN-PRE, ## Spatial WCS, EQUINOX, CD1_1, "
        "A_0_1, A_4_0, B_ORDER, ## History/Legal, LICENCE, ## Other header cards, -, "
        "GAVO DaCHS template used: wfpdb, pytest_fitsproc template: wfpdb"
    )


KEYWORDS = [
    "OBJECT",
    "RA-ORIG",
    "EXPTIM1",
    "EXPTIM12",
    "CD1_1",
    "ORIGIN",
    "FOO",
    "BITPIX",
    "NAXIS1",
    "NAXIS4",
]
CARDS = st.tuples(st.sampled_from(KEYWORDS), st.integers(0, 9), st.sampled_from(["", "own"]))
COMMENTARY = st.tuples(
    st.sampled_from(["HISTORY", "COMMENT", ""]), st.sampled_from(["", "x", "--- z", "--- Plate"])
)
VALUES = st.dictionaries(st.sampled_from(KEYWORDS), st.none() | st.integers(0, 9))


@given(st.lists(CARDS | COMMENTARY, max_size=12), VALUES)
@settings(max_examples=150, deadline=None)
def test_cards_of_the_original_are_lost_only_to_values_of_their_keyword(cards, values):
    old = Header([Card(*card) for card in cards])
    for make in (
        make_header_from_template(PLATE, old, **values),
        update_templated_header(old, PLATE, **values),
    ):
        left = text(make)
        for card in old.cards:
            is_title = card.keyword == "" and card.value in ("", "--- Plate")
            replaced = (
                values.get(card.keyword) is not None and unknown_keywords(PLATE, {card.keyword: 1}) == []
            )
            by_default = card.keyword == "ORIGIN" and str(card) not in left
            if not (is_title or replaced or by_default):
                left.remove(str(card))


@given(st.lists(CARDS | COMMENTARY, max_size=12), VALUES)
@settings(max_examples=150, deadline=None)
def test_updating_again_changes_nothing(cards, values):
    once = update_templated_header(Header([Card(*card) for card in cards]), PLATE, **values)
    assert text(update_templated_header(once, **values)) == text(once)


def test_no_warning_comes_of_a_full_plate_header():
    values = {entry[0].replace("#", "1"): 1.0 for entry in WFPDB if entry[0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        header = make_header_from_template("wfpdb", **values)
        assert Header.fromstring(header.tostring())["DATEOR1"] == 1.0
