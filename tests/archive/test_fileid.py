"""Names of files in ids: the escape is a bijection on what a file can be called."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.archive.fileid import escape, file_label, path_of_label, printable, unescape

file_names = st.binary(max_size=40).map(os.fsdecode) | st.text(alphabet="a:[]%/ \n\x1b\x85é", max_size=20)


@given(file_names)
def test_unescape_undoes_escape(name: str) -> None:
    assert unescape(escape(name)) == name


@given(file_names)
def test_an_escaped_name_has_no_mark_of_an_id_and_survives_any_report(name: str) -> None:
    escaped = escape(name)
    assert not set("[]") & set(escaped)
    assert "::" not in f"before::{escaped}::after".replace("before::", "", 1).rsplit("::after", 1)[0]
    assert not escaped.startswith(":")
    assert not escaped.endswith(":")
    assert len(escaped.splitlines()) <= 1
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in escaped)
    escaped.encode("utf-8")


@given(file_names, file_names)
def test_two_names_never_share_an_id(one: str, other: str) -> None:
    assert (escape(one) == escape(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("data/plate 1+2.fits", "data/plate 1+2.fits"),
        ("data/ü.fits", "data/ü.fits"),
        ("b.fits[1]", "b.fits%5B1%5D"),
        ("a::b:c", "a%3A%3Ab:c"),
        ("a:::b", "a%3A%3A%3Ab"),
        (":a:", "%3Aa%3A"),
        ("50%.fits", "50%25.fits"),
        ("new\nline", "new%0Aline"),
        ("esc\x1b[31m", "esc%1B%5B31m"),
        ("\x85", "%C2%85"),
        ("latin\udcfc.fits", "latin%FC.fits"),
    ],
)
def test_the_escape_of_each_kind(name: str, escaped: str) -> None:
    assert escape(name) == escaped
    assert unescape(escaped) == name


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/inputs/potsdam/data/a.fits", "data/a.fits"),
        ("/inputs/other/data/[a].fits", "../other/data/%5Ba%5D.fits"),
        ("/inputs/potsdam2/a.fits", "../potsdam2/a.fits"),
    ],
)
def test_a_label_is_the_path_below_the_resource_directory_or_up_and_down(path: str, label: str) -> None:
    assert file_label(path, "/inputs/potsdam") == label
    assert path_of_label(label, "/inputs/potsdam") == path


def test_control_bytes_are_shown_not_sent() -> None:
    assert printable("a\x1b[2J\n\x85\udcfc é\u2028") == "a\\x1b[2J\\x0a\\x85\\xfc é\\u2028"
