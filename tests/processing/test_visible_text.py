from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.processing.visible_text import ascii_only, columns, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no filter", "no filter"),
        ("Hα 星雲", "Hα 星雲"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("two\nlines", r"two\x0alines"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udcff", r"\xff"),
    ],
)
def test_what_does_not_print_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert columns("星雲") == 4
    assert columns("e\u0301") == 1


def test_text_is_cut_between_characters_of_two_columns() -> None:
    assert shortened("星雲星雲", 6) == "星雲…"
    assert shortened("星雲", 4) == "星雲"
    assert shortened("abcdef", 5, "...") == "ab..."


def test_ascii_only_escapes_what_a_terminal_may_lack() -> None:
    assert ascii_only("Hα") == r"H\u03b1"


@given(st.text(), st.integers(1, 20), st.sampled_from(["…", "..."]))
def test_shortened_text_never_passes_the_limit(text: str, limit: int, ellipsis: str) -> None:
    assert columns(shortened(text, limit, ellipsis)) <= limit


@given(st.text(st.characters()))
def test_visible_text_is_printable(text: str) -> None:
    assert printable(text).isprintable()
