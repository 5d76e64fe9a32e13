"""What the standard allows in a card, and what readers bear."""

from __future__ import annotations

import subprocess

import pytest
from astropy.io.fits import Card
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.checks.card_faults import faults
from pytest_fitsproc.checks.card_rules import are_legal
from pytest_fitsproc.fits.blocks import split_cards

USUAL = [
    "A       = 'M 31'",
    "A       = 'it''s'    / a comment",
    "A       = ''",
    "A       =                    T / comment",
    "A       = F/c",
    "A       = -42",
    "A       = 1.",
    "A       = .5E-3",
    "A       = 1.5D+300",
    "A       = (1.5, -2)",
    "A       =",
    "A       = / undefined",
    "A-B_C9  = 5",
    "        = 5",
    "COMMENT = 'anything' goes",
    "HISTORY RECIPE END",
    "        blank keyword",
    "HIERARCH ESO INS GRAT1 WLEN = 390.0 / nm",
    "HIERARCH eso ins mode = 'x'",
    "END",
]

RARE = ["LONG-KEY", "A         text without a value indicator", "HIERARCH without a value"]

# Card, code, words of the message; "E" where fitsverify finds an error as well.
ILLEGAL = [
    ("object  = 'M 31'", "FP120", "lower-case", "E"),
    ("A B     = 5", "FP120", "characters other than", "E"),
    ("A$      = 5", "FP120", "characters other than", "E"),
    ("  A     = 5", "FP120", "does not begin in column 1", "E"),
    ("END     = 5", "FP120", "after END", "E"),
    ("A       = 'a\tb'", "FP121", r"a byte \x09 in column 13", "E"),
    ("A       = 'M\xfcller'", "FP121", r"a byte \xfc in column 13", "E"),
    ("HISTORY a\x00b", "FP121", r"a byte \x00 in column 10", "E"),
    ("\xc4       = 5", "FP121", r"a byte \xc4 in column 1", "E"),
    ("A       = 'x", "FP122", "no closing quote", "E"),
    ("A       = 'x' y", "FP122", "after the string", "E"),
    ("A       = 5 x", "FP122", "'5 x' is no value", "E"),
    ("A       = NaN", "FP122", "'NaN' is no value", "E"),
    ("A       = -Inf / c", "FP122", "'-Inf' is no value", "E"),
    ("A       = t", "FP122", "'t' is no value", "E"),
    ("A       = 1,5", "FP122", "'1,5' is no value", "E"),
    ("A       = 1_000", "FP122", "'1_000' is no value", "E"),
    ("A       = 2026-01-01", "FP122", "is no value", "E"),
    ("A       = (1.5, 2", "FP122", "is no value", "E"),
    ("HIERARCH ESO INS = five", "FP122", "'five' is no value", ""),
    ("A       = 1E", "FP122", "is no value", ""),
    ("A       = .", "FP122", "is no value", ""),
    ("A       = 1.5e3", "FP123", "lower-case exponent", "E"),
    ("A       = + 5", "FP123", "blanks", "E"),
    ("A       ='x'", "FP124", "not followed by a blank", ""),
    ("CONTINUE  'x'", "FP125", "does not follow a string", ""),
]


def cards(*texts: str) -> tuple[bytes, ...]:
    return tuple(text.encode("latin-1").ljust(80) for text in texts)


def block(*texts: str) -> bytes:
    return b"".join(cards(*texts)).ljust(2880)


@pytest.mark.parametrize("text", USUAL)
def test_a_usual_card_is_accepted_at_once(text):
    assert are_legal(block(text))


@pytest.mark.parametrize("text", [*USUAL, *RARE])
def test_a_legal_card_has_no_faults(text):
    assert list(faults(cards(text))) == []


@pytest.mark.parametrize(("text", "code", "words", "_"), ILLEGAL)
def test_an_illegal_card_is_explained(text, code, words, _):
    [(number, found, message)] = faults(cards("COMMENT", text))
    assert (number, found) == (2, code)
    assert words in message
    assert message.isascii()
    assert message.isprintable()
    assert not are_legal(block(text))


def test_a_line_feed_in_a_card_does_not_make_two_of_it():
    text = "COMMENT a\nCOMMENT b"
    assert not are_legal(block(text))
    assert [code for _, code, _ in faults(cards(text))] == ["FP121"]


@given(
    st.lists(st.lists(st.sampled_from(["A       = 1", "B       = 2", "A = 1", "C       = 1E"]), max_size=4))
)
def test_what_was_asked_before_does_not_change_what_is_legal(headers):
    for texts in headers:
        assert are_legal(b"".join(map(block, texts))) == all(
            text[8:9] == "=" and "E" not in text for text in texts
        )


@pytest.mark.parametrize(
    "texts",
    [
        ("A       = 'one &'", "CONTINUE  'two&' / comment", "CONTINUE  'three'"),
        ("HIERARCH ESO A = 'one&'", "CONTINUE  '' / comment"),
        ("A       = 'one&  ' / comment", "CONTINUE  'two'"),
    ],
)
def test_continued_strings_are_legal(texts):
    assert list(faults(cards(*texts))) == []


def test_a_continuation_without_a_string():
    [(_, code, message)] = faults(cards("A       = 'one&'", "CONTINUE  two"))
    assert (code, "is not followed by a string" in message) == ("FP122", True)


def test_fitsverify_sees_the_same_errors(tmp_path, require_program):
    verify = require_program("fitsverify")
    expected = dict.fromkeys(USUAL[:-1] + RARE, "") | {text: error for text, _, _, error in ILLEGAL}
    found = {}
    for number, text in enumerate(expected):
        path = tmp_path / f"{number}.fits"
        head = (
            "SIMPLE  =                    T",
            "BITPIX  =                    8",
            "NAXIS   =                    0",
        )
        path.write_bytes(block(*head, text, "END"))
        run = subprocess.run([verify, "-e", path], capture_output=True, check=False)
        found[text] = "E" if b"*** Error" in run.stdout + run.stderr else ""
    assert found == expected


@settings(deadline=None)
@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=8),
    st.one_of(
        st.booleans(),
        st.integers(-(10**18), 10**18),
        st.floats(allow_nan=False, allow_infinity=False),
        st.complex_numbers(allow_nan=False, allow_infinity=False),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
        st.none(),
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5),
)
def test_what_astropy_writes_is_legal(keyword, value, comment):
    if keyword in {"COMMENT", "HISTORY", "CONTINUE", "END"}:
        keyword = "KEYWORD"
    image = str(Card(keyword, value, comment)).encode("ascii")
    assert list(faults(split_cards(image))) == []


@settings(deadline=None)
@given(st.lists(st.binary(min_size=80, max_size=80), max_size=4))
def test_any_bytes_get_a_verdict(random_cards):
    assert are_legal(b"".join(random_cards).ljust(2880)) <= (list(faults(tuple(random_cards))) == [])
