"""The diff of two headers, as it is shown for each file that would change."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.fits.layout import lay_out
from pytest_fitsproc.processing.headers.diff import card_diff, diff_html


def header(*cards: str | bytes, blocks: int = 1) -> bytes:
    """A header of cards, END, and padding."""
    texts = [card.encode("latin-1") if isinstance(card, str) else card for card in cards]
    return lay_out(b"".join([text.ljust(80) for text in texts]), blocks)


def test_equal_headers_have_no_diff():
    assert card_diff(header("A       = 1"), header("A       = 1")) == []


def test_an_edited_card_goes_and_comes():
    old = header("A       = 1", "B       = 2", "C       = 3")
    new = header("A       = 1", "B       = 5 / five", "C       = 3")
    assert card_diff(old, new) == ["-B       = 2", "+B       = 5 / five"]


def test_a_card_at_the_end_only_comes():
    assert card_diff(header("A       = 1"), header("A       = 1", "B       = 2")) == ["+B       = 2"]


def test_a_card_that_is_deleted_only_goes():
    old = header("A       = 1", "B       = 2", "C       = 3")
    assert card_diff(old, header("A       = 1", "C       = 3")) == ["-B       = 2"]


def test_neighbours_that_are_edited_stand_beside_what_they_were():
    old = header("A       = 1", "B       = 2")
    new = header("A       = 3", "B       = 4")
    assert card_diff(old, new) == ["-A       = 1", "+A       = 3", "-B       = 2", "+B       = 4"]


def test_cards_are_edited_and_others_come_at_the_end():
    old = header("A       = 1", "B       = 2", "C       = 3", "HISTORY one")
    new = header("A       = 4", "B       = 2", "C       = 5", "HISTORY one", "HISTORY two")
    edits = ["-A       = 1", "+A       = 4", "-C       = 3", "+C       = 5"]
    assert card_diff(old, new) == [*edits, "+HISTORY two"]
    assert card_diff(new, old)[-1] == "-HISTORY two"


def test_of_moved_cards_the_fewest_are_shown():
    cards = [f"K{number:02d}     = {number}" for number in range(30)]
    moved = [*cards[:5], *cards[6:20], cards[5], *cards[20:]]
    assert card_diff(header(*cards), header(*moved)) == ["-K05     = 5", "+K05     = 5"]


@pytest.mark.parametrize("last", ["CONTINUE  'new'", "CONTINUE  'more' / and a comment"])
def test_continue_cards_are_shown_with_their_first(last):
    first = ["A       = 1", "LONG    = 'one&'", "CONTINUE  'two&'"]
    old = header(*first, "CONTINUE  'old'", "B       = 2")
    new = header(*first, last, "B       = 2")
    unit = ["LONG    = 'one&'", "CONTINUE  'two&'"]
    assert card_diff(old, new) == [
        *("-" + card for card in unit),
        "-CONTINUE  'old'",
        *("+" + card for card in unit),
        "+" + last,
    ]


def test_a_first_card_that_changes_takes_its_continue_cards_along():
    rest = ["CONTINUE  'two'", "B       = 2"]
    diff = card_diff(header("LONG    = 'one&'", *rest), header("LONG    = 'uno&'", *rest))
    assert diff == ["-LONG    = 'one&'", "-CONTINUE  'two'", "+LONG    = 'uno&'", "+CONTINUE  'two'"]


def test_a_continue_card_that_is_dropped_shows_the_whole_value():
    old = header("LONG    = 'one&'", "CONTINUE  'two'", "B       = 2")
    new = header("LONG    = 'one&'", "B       = 2")
    assert card_diff(old, new) == ["-LONG    = 'one&'", "-CONTINUE  'two'", "+LONG    = 'one&'"]


def test_what_does_not_print_is_made_visible():
    old, new = header(b"OBSERVER= 'J\xe9r\xf4me'"), header(b"OBSERVER= '\x1b[31m\t\0\x7f'")
    assert card_diff(old, new) == [
        r"-OBSERVER= 'J\xe9r\xf4me'",
        r"+OBSERVER= '\x1b[31m\x09\x00\x7f'",
    ]


def test_a_header_that_grows_says_so():
    old = header(*["COMMENT x"] * 35)
    new = header(*["COMMENT x"] * 35, "A       = 1")
    assert len(new) == 2 * len(old)
    assert card_diff(old, new) == ["+A       = 1", " (header grows from 1 to 2 blocks)"]


def test_a_header_that_shrinks_says_so():
    assert card_diff(header("A       = 1", blocks=3), header("A       = 1")) == [
        " (header shrinks from 3 to 1 blocks)"
    ]


def test_padding_is_not_shown_but_told_of():
    old = header("A       = 1")
    assert card_diff(old[:-5] + b"trash", old) == [" (only blanks and what follows END change)"]
    spaced = header("A       = 1", "", "")
    assert card_diff(spaced, old) == [" (only blanks and what follows END change)"]


def test_end_in_a_comment_is_no_end():
    old = header("HISTORY RECIPE END", "", "A       = 1")
    new = header("HISTORY RECIPE END", "", "A       = 2")
    assert card_diff(old, new) == ["-A       = 1", "+A       = 2"]


def test_what_has_no_end_is_compared_all_the_same():
    assert card_diff(b"A       = 1".ljust(2880), header("A       = 2")) == ["-A       = 1", "+A       = 2"]


def test_more_lines_than_wanted_are_counted():
    old = header(*[f"K{number:04d}   = 1" for number in range(3000)])
    new = header(*[f"K{number:04d}   = 2" for number in range(3000)])
    diff = card_diff(old, new, max_lines=3)
    assert diff == ["-K0000   = 1", "+K0000   = 2", "-K0001   = 1", " (and 5997 more lines)"]
    assert len(card_diff(old, new)) == 201


LETTERS = st.sampled_from(
    [b"A       = 1", b"A       = 2", b"B       = 3", b"CONTINUE  'x'", b"COMMENT y", b"", b"HISTORY END"]
)


@given(st.lists(LETTERS, max_size=60), st.lists(LETTERS, max_size=60))
def test_the_diff_makes_the_new_cards_of_the_old(old_cards, new_cards):
    old, new = header(*old_cards), header(*new_cards)
    lines = [line for line in card_diff(old, new) if not line.startswith(" ")]
    gone = Counter(line[1:] for line in lines if line[0] == "-")
    come = Counter(line[1:] for line in lines if line[0] == "+")
    before, after = (Counter(card.decode() for card in cards) for cards in (old_cards, new_cards))
    for counts in (gone, come, before, after):
        del counts[""]
    assert before - gone == after - come
    assert gone - before == come - after == Counter()


def test_many_equal_cards_in_disorder_are_no_trouble():
    old = header(*["COMMENT x", "COMMENT y"] * 900)
    new = header(*["COMMENT y", "COMMENT z", "COMMENT x"] * 600)
    assert card_diff(old, new, max_lines=0)[0].startswith(" (and ")


def test_html_escapes_what_the_cards_say():
    fragment = diff_html(card_diff(header("A       = '<b>'"), header("A       = '&'  \x07\"")))
    assert "<b>" not in fragment
    assert "-A       = &#x27;&lt;b&gt;&#x27;" in fragment
    assert "+A       = &#x27;&amp;&#x27;  \\x07&quot;" in fragment
    assert fragment.count("<span") == 2
    assert "script" not in fragment


def test_html_of_nothing_is_nothing():
    assert diff_html([]) == ""


def test_importing_it_imports_nothing_slow():
    code = (
        "import sys, pytest_fitsproc.processing.headers.diff; print({'html', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
