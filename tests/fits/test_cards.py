"""Cards as AST reads and writes them; the values are what AST 9.5 did."""

from __future__ import annotations

import math

import pytest

from pytest_fitsproc.fits.cards import (
    Card,
    CardError,
    as_bytes,
    common_value,
    has_illegal_value,
    illegal_keyword_character,
    parse_card,
    read_card,
    readable_text,
)
from pytest_fitsproc.fits.values import CardType

VALUES = [
    ("1", CardType.INT, 1),
    ("-007", CardType.INT, -7),
    ("+12", CardType.INT, 12),
    ("999999999", CardType.INT, 999999999),
    ("0000000001", CardType.INT64, 1),
    ("-999999999", CardType.INT, -999999999),
    ("2147483648", CardType.INT64, 2147483648),
    ("99999999999999999999", CardType.INT64, 2**63 - 1),
    ("-99999999999999999999", CardType.INT64, -(2**63)),
    ("1.50000", CardType.FLOAT, 1.5),
    (".5", CardType.FLOAT, 0.5),
    ("1.", CardType.FLOAT, 1.0),
    ("1D5", CardType.FLOAT, 1e5),
    ("1d-5", CardType.FLOAT, 1e-5),
    ("1e", CardType.FLOAT, 1.0),
    ("1e+", CardType.FLOAT, 1.0),
    ("0x1e", CardType.FLOAT, 30.0),
    ("0x1.8p3", CardType.FLOAT, 12.0),
    ("0x1.8p+3", CardType.FLOAT, 12.0),
    ("0x.8", CardType.FLOAT, 0.5),
    ("0x.", CardType.FLOAT, 0.0),
    ("-0x1.8p1", CardType.FLOAT, -3.0),
    ("1 2", CardType.COMPLEXI, 1 + 2j),
    ("1-2", CardType.COMPLEXI, 1 - 2j),
    ("12345678901 2", CardType.COMPLEXI, -539222987 + 2j),
    ("4294967297 2", CardType.COMPLEXI, 1 + 2j),
    ("1.5 -inf", CardType.COMPLEXF, complex(1.5, -math.inf)),
    ("1.5 2", CardType.COMPLEXF, 1.5 + 2j),
    ("1.2.3", CardType.COMPLEXF, 1.2 + 0.3j),
    ("1e 5", CardType.COMPLEXF, 1 + 5j),
    ("1d5 2d5", CardType.COMPLEXF, 1e5 + 2e5j),
    ("T", CardType.LOGICAL, True),
    ("F", CardType.LOGICAL, False),
    ("T\x01", CardType.LOGICAL, True),
    ("T\xff", CardType.LOGICAL, True),
    ("yes", CardType.LOGICAL, True),
    ("N", CardType.LOGICAL, False),
    ("Tru", CardType.LOGICAL, True),
    ("FALSE", CardType.LOGICAL, False),
    ("", CardType.UNDEF, None),
    ("'abc     '", CardType.STRING, "abc     "),
    ("'it''s'", CardType.STRING, "it's"),
    ("'  lead'", CardType.STRING, "  lead"),
    ("''", CardType.STRING, ""),
    ("''''", CardType.STRING, "'"),
    ("'a/b'", CardType.STRING, "a/b"),
]
ILLEGAL = [
    "abc",
    "1 junk",
    "(1,2)",
    "NaN",
    "inf",
    "0x10",
    "1_000",
    "T junk",
    '"abc"',
    "1,5",
    ".",
    "1e5e5",
    ".T.",
]
ILLEGAL += ["truex", "falsex", "yesx", "nox", "T!", "T~", "1.5 2.5 3.5", "1 2 3", "5 .", "1D5E2", "+-1"]

FORMATTED = [
    ("A       = 1.50000", "A       =                  1.5"),
    ("A       =1/2", "A       =                    1 / 2"),
    ("A       = 'abc' junk", "A       = 'abc     '           / junk"),
    ("A       = 'abc'x / y / z", "A       = 'abc     '           / y / z"),
    ("A       = 'a' 'b'", "A       = 'a       '           / 'b'"),
    ("A       = 'abc", "A       = 'abc     '"),
    ("A       =   / c", "A       =                      / c"),
    ("A       = 5 /   lead  ", "A       =                    5 / lead"),
    ("A       = 5 /\tx\t y\t ", "A       =                    5 / x\t y"),
    ("a       = t", "A       =                    T"),
    ("A       = 1 -2 / c", "A       =                    1                   -2 / c"),
    ("A       = 1.5 2 / c", "A       =                  1.5                 2.0 / c"),
    ("A       = 99999999999", "A       =          99999999999"),
    ("COMMENT   abc", "COMMENT   abc"),
    ("COMMENT = 5", "COMMENT = 5"),
    ("HISTORY = 5", "HISTORY = 5"),
    ("comment \t ", "COMMENT"),
    ("", ""),
    ("FLUX    = 5 / maX", "FLUX    =                    5 / maX"),
    ("COMMENT maX", "COMMENT maX"),
    ("END", "END"),
    ("END     = 3", "END     =                    3"),
    ("HIERARCH ESO DET = 3", "HIERARCH ESO DET = 3"),
    ("TOOLONGKEY = 1", "TOOLONGKEY = 1"),
    ("AB CD   = 1", "AB CD   =                    1"),
    ("A B=C   = 1", "A B=C   =                    1"),
    ("CONTINUE  'abc' / x", "CONTINUE  'abc     '           / x"),
    ("CONTINUE ''c", "CONTINUE  '        '           / c"),
    ("CONTINUE= 'abc'", "CONTINUE= 'abc     '"),
    ("CONTINUE abc", "CONTINUE abc"),
    ("CONTINUE   'abc'", "CONTINUE   'abc'"),
    ("CONTINUE  '", "CONTINUE  '"),
    ("CONTINUE ='a b'", "CONTINUE"),
    ("A       = 5\r\n", "A       =                    5"),
    ("A       = 1 / " + "c" * 60, "A       =                    1 / " + "c" * 47),
    ("A       = 'x' / " + "c" * 52, "A       = 'x       '          / " + "c" * 48),
    ("A       = 'x' / " + "c" * 51, "A       = 'x       '           / " + "c" * 47),
    ("A       = 'x' / " + "c" * 62, "A       = 'x       ' / " + "c" * 57),
    ("A       = / " + "c" * 60, "A       =             / " + "c" * 56),
    ("A       = '" + "x" * 64 + "' / ab", "A       = '" + "x" * 64 + "' / a"),
    ("A       = '" + "x" * 65 + "' / ab", "A       = '" + "x" * 65 + "'"),
]


@pytest.mark.parametrize(("text", "kind", "value"), VALUES)
def test_values_are_read_as_ast_reads_them(text: str, kind: CardType, value: object) -> None:
    card = parse_card(f"A       = {text} / c")
    assert (card.keyword, card.type, card.value, card.comment) == ("A", kind, value, "c")
    assert type(card.value) is type(value)


@pytest.mark.parametrize("text", ILLEGAL)
def test_an_illegal_value_leaves_a_comment_without_text(text: str) -> None:
    card = parse_card(f"A       = {text} / c")
    assert (card.type, card.value, card.comment) == (CardType.COMMENT, None, "")
    assert has_illegal_value(card)
    assert card.to_bytes() == f"A       = {text} / c".ljust(80).encode()


@pytest.mark.parametrize("text", ["COMMENT = abc", "HISTORY abc", "A", "END", "A       = 1", "        = x"])
def test_other_cards_have_no_illegal_value(text: str) -> None:
    assert not has_illegal_value(parse_card(text))


def test_a_card_made_here_has_no_illegal_value() -> None:
    assert not has_illegal_value(Card("A", CardType.COMMENT))


@pytest.mark.parametrize(("text", "formatted"), FORMATTED)
def test_cards_are_formatted_as_ast_formats_them(text: str, formatted: str) -> None:
    assert parse_card(text).format() == formatted.ljust(80)


def test_doubles_follow_the_attributes() -> None:
    assert parse_card("A       = 1.23456").format(digits=3)[10:30].strip() == "1.23"
    assert parse_card("A       = 1.00001234567").format(rounding=3)[10:30].strip() == "1.0"
    assert parse_card("A       = 1.23456 6.54321").format(digits=2)[10:50].split() == ["1.2", "6.5"]


@pytest.mark.parametrize("text", [text for text, _ in FORMATTED] + [f"K       = {v[0]} / c" for v in VALUES])
def test_loaded_bytes_say_the_same_as_text(text: str) -> None:
    raw = text.rstrip("\r\n").encode()[:80].ljust(80)
    loaded, put = read_card(raw), parse_card(raw)
    assert (loaded, type(loaded.value)) == (put, type(put.value))


@pytest.mark.parametrize("text", [text for text, _ in FORMATTED] + [f"K       = {v[0]} / c" for v in VALUES])
def test_a_value_that_is_read_alone_is_that_of_its_card(text: str) -> None:
    raw = text.rstrip("\r\n").encode()[:80].ljust(80)
    value = common_value(raw)
    assert value is None or (value, type(value)) == (read_card(raw).value, type(read_card(raw).value))


@pytest.mark.parametrize("field", ["5", "-12 /c", "'a b' / c", "1.5E+05", "T", "F / no"])
def test_common_values_are_read_without_their_cards(field: str) -> None:
    assert common_value(f"A       = {field}".encode().ljust(80)) is not None
    assert common_value(f"COMMENT = {field}".encode().ljust(80)) is None
    assert common_value(f"HISTORY = {field}".encode().ljust(80)) is None
    assert common_value(f"        = {field}".encode().ljust(80)) is None


@pytest.mark.parametrize("text", ["A=", "ABCDEFG=5", "A=      = 5", "=       = 5"])
def test_an_equals_sign_within_the_keyword_is_an_error(text: str) -> None:
    with pytest.raises(CardError, match="an equals sign stands before column 9") as caught:
        parse_card(text)
    assert caught.value.text == text
    assert caught.value.number == 0


def test_the_number_of_a_card_is_part_of_its_error() -> None:
    assert str(CardError("a reason", "A=", 3)) == "card 3: a reason: 'A='"


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("A ", "A "),
        ("A~", "A~"),
        ("A\x1f", "A"),
        ("A\x7f\n", "A"),
        (b"A\xff", "A"),
        ("A\0B", "A"),
        ("A\xe9B", "A\xe9B"),
    ],
)
def test_what_can_not_be_printed_is_dropped_behind_only(text: str | bytes, readable: str) -> None:
    assert readable_text(text) == readable


def test_errors_of_cards_say_what_is_wrong_with_which() -> None:
    assert str(CardError("a reason", "text")) == "a reason: 'text'"
    assert str(CardError("a reason", "text", 7)) == "card 7: a reason: 'text'"
    with pytest.raises(CardError) as caught:
        Card("LONG", CardType.STRING, "x" * 69).format()
    assert caught.value.reason == "the string of LONG is too long for one card"
    with pytest.raises(CardError) as caught:
        as_bytes("\u20ac")
    assert caught.value.reason == "characters beyond Latin-1 must be given as bytes"


def test_a_card_without_a_number_has_none_in_its_error() -> None:
    with pytest.raises(CardError) as caught:
        parse_card("A=B     = 1")
    assert (caught.value.number, str(caught.value)[:9]) == (0, "an equals")
    with pytest.raises(CardError) as caught:
        as_bytes("\u20ac")
    assert (caught.value.number, str(caught.value)[:10]) == (0, "characters")
    assert CardError("a reason", "a text").number == 0


def test_characters_beyond_latin_1_are_an_error() -> None:
    with pytest.raises(CardError, match="beyond Latin-1"):
        parse_card("A       = 'α'")


def test_bytes_of_any_encoding_pass() -> None:
    card = parse_card("A       = 'α'".encode())
    assert card.to_bytes() == "A       = 'α'".encode().ljust(80)


def test_a_card_keeps_its_bytes() -> None:
    raw = b"a       = 1.50000 / Comment".ljust(80)
    assert read_card(raw).to_bytes() == raw
    assert parse_card(raw.decode()).to_bytes() == raw


def test_what_follows_a_nul_is_not_read_but_kept() -> None:
    raw = b"A       = 1\x00 / c".ljust(80)
    card = read_card(raw)
    assert (card.value, card.comment) == (1, "")
    assert card.to_bytes() == raw


def test_a_text_that_is_put_loses_its_line_end_and_what_is_beyond_column_80() -> None:
    assert parse_card("A       = 1\r\n").to_bytes() == b"A       = 1".ljust(80)
    assert parse_card("A       = 1 / " + "x" * 90).to_bytes() == (b"A       = 1 / " + b"x" * 90)[:80]
    assert readable_text("A" * 90) == "A" * 80


def test_a_card_made_here_is_written_as_formatted() -> None:
    assert Card("A", CardType.INT, 5, "c").to_bytes() == b"A       =                    5 / c".ljust(80)


def test_a_string_too_long_for_a_card_can_not_be_formatted() -> None:
    assert Card("A", CardType.STRING, "x" * 68).format() == "A       = '" + "x" * 68 + "'"
    with pytest.raises(CardError, match="the string of A is too long for one card"):
        Card("A", CardType.STRING, "x" * 69).format()
    with pytest.raises(CardError, match="too long"):
        Card("A", CardType.STRING, "'" * 35).format()


def test_a_string_that_is_never_closed_ends_before_the_blanks_of_its_card() -> None:
    raw = b"A       = 'abc".ljust(80)
    assert read_card(raw).value == "abc"
    assert read_card(raw).format() == "A       = 'abc     '".ljust(80)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A       = 'abX  ", "abX  "),
        ("A       =  'abX".ljust(80), "abX".ljust(68)),
        ("A       = 'abX".ljust(80), "abX"),
        (f"A       ='{'x' * 68} '", "x" * 68 + " "),
    ],
)
def test_blanks_of_a_string_go_only_where_it_is_never_closed_and_too_long(text: str, value: str) -> None:
    assert parse_card(text).value == value


def test_card_types_have_the_numbers_of_ast() -> None:
    names = "NONE COMMENT INT FLOAT STRING COMPLEXF COMPLEXI LOGICAL CONTINUE UNDEF INT64"
    assert [kind.name for kind in CardType] == names.split()
    assert [int(kind) for kind in CardType] == list(range(-1, 10))


def test_a_keyword_is_folded_and_loses_what_is_not_printable_behind() -> None:
    assert read_card(b"ab\x01     = 1".ljust(80)).keyword == "AB"
    assert read_card(b"  A     = 1".ljust(80)).keyword == "  A"
    assert read_card(b"AB\x7f     = 1 / c\x7f".ljust(80))[:4] == ("AB", CardType.INT, 1, "c")


@pytest.mark.parametrize(
    ("keyword", "character"),
    [("A.B", "."), ("A$B", "$"), ("A\x01B", "\x01"), ("NAXIS1", None), ("A-B_C", None), ("A B.C", None)],
)
def test_the_first_illegal_character_of_a_keyword_is_found(keyword: str, character: str | None) -> None:
    assert illegal_keyword_character(keyword) == character


def test_comment_cards_keep_the_blanks_they_were_given_with() -> None:
    assert parse_card("COMMENT   text  ").comment == "  text  "
    assert parse_card("COMMENT   text".ljust(80)).comment == "  text".ljust(72)
    assert parse_card("COMMENT".ljust(80)).comment == ""
