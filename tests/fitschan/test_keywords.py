"""Values by keyword, and warnings about the cards that hold them."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import pytest

from pytest_fitsproc.fits.cards import CardError
from pytest_fitsproc.fits.values import CardType
from pytest_fitsproc.fitschan import BAD, FitsChan, FitsChanError, KeywordNotFoundError

CARDS = ["A       = 1 / ca", "B       = 'x' / cb", "COMMENT hi", "U       =", "A       = 2", "        "]

# A value in a card, and what str, int, float, bool and complex make of it; an error where it is None.
CONVERSIONS = [
    ("'abc     '", "abc", None, None, None, None),
    ("'12'", "12", 12, 12.0, True, 12 + 0j),
    ("' 12.5 '", " 12.5", None, 12.5, None, 12.5 + 0j),
    ("'1e3'", "1e3", None, 1000.0, None, 1000 + 0j),
    ("'0'", "0", 0, 0.0, False, 0j),
    ("'tr'", "tr", None, None, True, None),
    ("'.f.'", ".f.", None, None, False, None),
    ("'nope'", "nope", None, None, False, None),
    ("'12abc'", "12abc", None, None, None, None),
    ("'a-long-string  '", "a-long-string  ", None, None, None, None),
    ("5", "5", 5, 5.0, True, 5 + 0j),
    ("99999999999", "99999999999", 99999999999, 99999999999.0, True, 99999999999 + 0j),
    ("-2.7", "-2.7", -2, -2.7, True, -2.7 + 0j),
    ("0.0", "0", 0, 0.0, False, 0j),
    ("1.00000000000123", "1.0", 1, 1.00000000000123, True, 1.00000000000123 + 0j),
    ("T", "Y", 1, 1.0, True, 1 + 0j),
    ("F", "N", 0, 0.0, False, 0j),
    ("1.5 2.5", "1.5 2.5", 1, 1.5, True, 1.5 + 2.5j),
    ("3 4", "3 4", 3, 3.0, True, 3 + 4j),
    ("-1.7976931348623157E+308", "<bad>", int(BAD), BAD, True, complex(BAD)),
]


@pytest.fixture
def chan() -> FitsChan:
    return FitsChan(source=CARDS)


def keywords(chan: FitsChan) -> list[str]:
    return [card[:8].rstrip() for card in chan]


@pytest.mark.parametrize("last", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
def test_keywords_are_found_in_either_case_whatever_they_end_with(last: str) -> None:
    chan = FitsChan(source=[f"KEY{last}".ljust(8) + "= 1"])
    assert f"key{last.lower()} " in chan
    assert "key" not in chan


@pytest.mark.parametrize("index", [-3, 2])
def test_a_card_beyond_the_ends_is_named_with_how_many_there_are(index: int) -> None:
    chan = FitsChan(source=["A       = 1", "B       = 2"])
    with pytest.raises(KeywordNotFoundError, match=f"^there is no card of index {index}; there are 2 cards$"):
        del chan[index]


@pytest.mark.parametrize(("value", "text", "integer", "double", "flag", "pair"), CONVERSIONS)
def test_values_are_converted_as_ast_converts_them(
    value: str, text: str, integer: int | None, double: float | None, flag: bool | None, pair: complex | None
) -> None:
    chan = FitsChan(source=[f"A       = {value}"])
    assert chan.get("A", str) == text
    for wanted, expected in ((int, integer), (float, double), (bool, flag), (complex, pair)):
        if expected is None:
            with pytest.raises(FitsChanError) as caught:
                chan.get("A", wanted)
            assert str(caught.value) == f"A = {chan['A']!r} can't be converted to {wanted.__name__}"
            assert caught.value.code == "FTCNV"
        else:
            found = chan.get("A", wanted)
            assert (found, type(found)) == (expected, wanted)


def test_without_a_type_a_value_is_what_it_is(chan: FitsChan) -> None:
    assert (chan.get("A"), chan.get("b"), chan.get("ZZZ")) == (1, "x", None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("abcdefgh  ", "abcdefgh"),
        ("abcdefghi  ", "abcdefghi  "),
        ("aX ", "aX"),
        ("abcdefghX  ", "abcdefghX  "),
    ],
)
def test_strings_of_eight_characters_lose_the_blanks_behind_them(text: str, found: str) -> None:
    chan = FitsChan(source=[f"A       = '{text}'"])
    assert (chan.get("A"), chan.get("A", str)) == (found, found)


def test_the_card_found_is_the_next_one_if_it_fits_and_else_the_first(chan: FitsChan) -> None:
    chan.card = 4
    assert (chan.get("A"), chan.card) == (2, 5)
    assert (chan.get("A"), chan.card) == (1, 1)
    chan.card = 7
    assert (chan.get("A"), chan.card) == (1, 1)


def test_a_missing_keyword_goes_to_the_end_of_file(chan: FitsChan) -> None:
    assert chan.get("ZZZ", int, 7) == 7
    assert chan.card == chan.ncard + 1


def test_without_a_name_the_current_card_is_asked(chan: FitsChan) -> None:
    chan.card = 2
    assert chan.get(None, str) == "x"
    assert chan.get() == "x"
    chan.card = 99
    assert chan.get() is None


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("U", "FUNDEF", "the keyword 'U' has an undefined value"),
        ("COMMENT", "FTCNV", "the 'COMMENT' card is a comment without a value"),
        ("", "FTCNV", "the '' card is a comment without a value"),
    ],
)
def test_a_card_without_a_value_is_an_error_and_the_current_card_stays(
    chan: FitsChan, name: str, code: str, message: str
) -> None:
    chan.card = 2
    with pytest.raises(FitsChanError, match=f"{message}$") as caught:
        chan.get(name, str)
    assert caught.value.code == code
    assert chan.card == 2


def test_complex_is_no_type_a_list_has(chan: FitsChan) -> None:
    with pytest.raises(FitsChanError, match="can't be converted to list"):
        chan.get("A", list)  # type: ignore[call-overload]


def test_test_tells_defined_values_and_in_tells_cards(chan: FitsChan) -> None:
    chan.card = 3
    assert [chan.test(name) for name in ("A", "U", "ZZZ", "COMMENT")] == [True, False, False, True]
    assert [name in chan for name in ("a", "U", "ZZZ", "COMMENT", "")] == [True, True, False, True, True]
    assert 5 not in chan
    assert chan.card == 3


SET = [
    (("A", 5), 2, ["A", "A", "B"], 3),
    (("A", 5), 7, ["A", "B", "COMMENT"], 8),
    (("new", 5, "", True), 2, ["A", "NEW", "COMMENT"], 3),
    (("A", 5, "", True), 7, ["A", "B", "COMMENT"], 8),
]


@pytest.mark.parametrize(("arguments", "card", "beginning", "after"), SET)
def test_set_puts_a_card(
    chan: FitsChan, arguments: tuple[str, int], card: int, beginning: list[str], after: int
) -> None:
    chan.card = card
    chan.set(*arguments)
    assert (keywords(chan)[:3], chan.card) == (beginning, after)


def test_a_card_that_replaces_another_gets_its_comment_if_it_has_none(chan: FitsChan) -> None:
    chan.card = 1
    chan.set("A", 5, overwrite=True)
    assert chan[0].rstrip() == "A       =                    5 / ca"
    chan.put_fits("B       = 7", overwrite=True)
    assert chan[1].rstrip() == "B       =                    7 / cb"
    chan.card = 1
    chan.set("A", 5, "other", overwrite=True)
    assert chan[0].rstrip() == "A       =                    5 / other"
    chan.card = 2
    chan.put_fits("COMMENT", overwrite=True)
    assert chan[1].rstrip() == "COMMENT"


def test_what_follows_a_long_name_is_the_comment() -> None:
    chan = FitsChan()
    chan.set("TOOLONGNAME", 5)
    chan.set("A       = 9 / cc", 6)
    chan.set("B       = 9 / cc", 7, "given")
    assert [card.rstrip() for card in chan] == [
        "TOOLONGN=                    5 / AME",
        "A       =                    6 / cc",
        "B       =                    7 / given",
    ]


VALUES = [
    (True, CardType.LOGICAL, "T"),
    (5, CardType.INT, "5"),
    (2**31, CardType.INT64, "2147483648"),
    (-(2**31), CardType.INT, "-2147483648"),
    (-(2**31) - 1, CardType.INT64, "-2147483649"),
    (2**63 - 1, CardType.INT64, "9223372036854775807"),
    (-(2**63), CardType.INT64, "-9223372036854775808"),
    (1.5, CardType.FLOAT, "1.5"),
    (1.5 + 2j, CardType.COMPLEXF, "1.5                 2.0"),
    ("it's", CardType.STRING, "'it''s   '"),
    (None, CardType.UNDEF, ""),
]


@pytest.mark.parametrize(("value", "kind", "text"), VALUES)
def test_set_takes_python_values(value: object, kind: CardType, text: str) -> None:
    chan = FitsChan()
    chan.set("A", value)  # type: ignore[call-overload]
    chan.clear("Card")
    assert (chan.type, chan.value) == (kind, value)
    assert next(iter(chan))[10:].strip() == text


def test_set_takes_the_scalars_of_numpy() -> None:
    import numpy as np

    chan = FitsChan()
    for value in (np.int16(5), np.float32(0.5), np.bool_(True), np.str_("x")):
        chan.set("A", value)
    chan.clear("Card")
    assert [chan.value for chan.card in (1, 2, 3, 4)] == [5, 0.5, True, "x"]


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, complex(0, math.inf), 2**63, -(2**63) - 1, [], "x" * 69, "α", b"x"],
)
def test_a_value_that_no_card_can_hold_changes_nothing(chan: FitsChan, value: object) -> None:
    before = list(chan)
    with pytest.raises(CardError):
        chan.set("A", value)  # type: ignore[call-overload]
    with pytest.raises(CardError):
        chan["A"] = value
    assert list(chan) == before


def test_an_index_gives_values_and_cards(chan: FitsChan) -> None:
    assert (chan["B"], chan["a"], chan["U"], chan["COMMENT"]) == ("x", (1, 2), None, "hi")
    assert chan[1].rstrip() == "B       = 'x       '           / cb"
    assert chan[-2].rstrip() == "A       =                    2"
    assert chan[-6] == chan[0]
    assert len(chan) == chan.nkey == 5
    assert chan.card == 1


@pytest.mark.parametrize("index", ["ZZZ", 6, 99, -7])
def test_what_is_not_there_is_a_key_error(chan: FitsChan, index: str | int) -> None:
    for ask in (chan.__getitem__, chan.__delitem__):
        with pytest.raises(KeywordNotFoundError, match=r"^there is no card of"):
            ask(index)
    with pytest.raises(KeyError):
        chan[index]


def test_a_keyword_is_given_a_value_in_its_place(chan: FitsChan) -> None:
    chan.card = 3
    chan["A"] = 7
    chan["B"] = ("y", "new")
    chan["N"] = 3
    chan["n"] = 4
    assert [card.rstrip() for card in chan] == [
        "A       =                    7 / ca",
        "B       = 'y       '           / new",
        "COMMENT hi",
        "U       =",
        "",
        "N       =                    4",
    ]
    assert chan.keyword == "COMMENT"


def test_cards_of_one_keyword_are_found_among_others() -> None:
    chan = FitsChan(source=["B       = 1", "A       = 2", "B       = 3", "C       = 4", "B       = 5"])
    assert chan["B"] == (1, 3, 5)
    chan["B"] = 7
    assert [card[:1] for card in chan] == ["B", "A", "C"]


def test_a_card_is_put_in_the_place_of_an_index(chan: FitsChan) -> None:
    chan[0] = "Q       = 5"
    chan[-1] = "R       = 5"
    assert keywords(chan) == ["Q", "B", "COMMENT", "U", "A", "R"]
    assert ("Q" in chan, chan["A"], "" in chan) == (True, 2, False)


def test_cards_are_deleted_by_keyword_and_by_index(chan: FitsChan) -> None:
    chan.card = 4
    chan["A"] = None
    assert (keywords(chan), chan.keyword) == (["B", "COMMENT", "U", ""], "U")
    del chan["B"]
    del chan[0]
    assert (keywords(chan), chan.keyword) == (["U", ""], "U")
    del chan["U"]
    assert (chan.keyword, chan.card) == ("", 1)
    chan["ZZZ"] = None
    assert chan.ncard == 1


def test_a_look_up_sees_what_was_changed_before() -> None:
    chan = FitsChan(source=["A       = 1"])
    assert "B" not in chan
    chan.card = 9
    chan.put_fits("B       = 2")
    assert chan["B"] == 2
    chan.clear("Card")
    chan.put_fits("C       = 3")
    assert (chan["C"], chan["A"]) == (3, 1)
    chan.put_fits("D       = 4", overwrite=True)
    assert ("A" in chan, chan["D"]) == (False, 4)
    chan.del_fits()
    assert ("B" in chan, chan.ncard) == (False, 2)


def test_what_a_channel_gains_another_of_the_same_keywords_has_not() -> None:
    header = b"".join(card.ljust(80).encode() for card in ("A       = 1", "B       = 2"))
    chan, other = FitsChan.from_bytes(header), FitsChan.from_bytes(header)
    chan["C"] = 3
    assert (chan["C"], "C" in other, other.nkey) == (3, False, 2)
    assert "C" not in FitsChan.from_bytes(header)


def test_a_keyword_that_no_card_can_have_is_not_there(chan: FitsChan) -> None:
    assert "\u20ac" not in chan
    assert [name for name in ("A ", "a", " A") if name in chan] == ["A ", "a"]


def test_a_card_of_another_keyword_in_the_place_of_an_index_is_found(chan: FitsChan) -> None:
    assert "B" in chan
    chan[1] = "Z       = 7"
    assert ("B" in chan, chan["Z"]) == (False, 7)


def warnings_of(*cards: str, attributes: str = "") -> list[str]:
    chan = FitsChan(attributes)
    for card in cards:
        chan.put_fits(card)
    return [card.rstrip() for card in chan]


def test_a_strange_keyword_is_warned_of() -> None:
    assert warnings_of("A.B     = 1") == [
        "ASTWARN = '        '",
        "ASTWARN = 'The FITS keyword name (''A.B'') contains an illegal character '",
        "ASTWARN = '(''.'').'",
        "ASTWARN = '        '",
        "A.B     =                    1",
    ]
    assert "non-printing character (ascii value 1)." in warnings_of("A\x01B     = 1")[2]


def test_an_illegal_value_is_warned_of_once() -> None:
    text = "ASTWARN = 'The keyword value is illegal in ''A       = abc'''"
    assert warnings_of("A       = abc", "A       = abc").count(text) == 1
    assert len(warnings_of("A       = abc", "A       = xyz")) == 8


def test_only_the_conditions_asked_for_are_warned_of() -> None:
    assert warnings_of("A.B     = 1", "C       = xyz", attributes="Warnings=badkeyvalue")[0][:3] == "A.B"
    assert warnings_of("A.B     = 1", attributes="Warnings=") == ["A.B     =                    1"]


def test_a_set_of_a_strange_keyword_is_warned_of() -> None:
    chan = FitsChan()
    chan.set("A.B", 1)
    assert (chan.ncard, chan.card) == (5, 6)


@pytest.mark.parametrize("value", ["x" * 70, "x x" * 23, "it's a / 'quoted' comment", "1 2 3"])
def test_warnings_are_those_of_ast(ast: ModuleType, value: str) -> None:
    card = f"X.Y     = {value}"
    chan = ast.FitsChan()
    chan.putfits(card, False)
    chan.clear("Card")
    assert warnings_of(card) == [chan.findfits("%f", True)[1].rstrip() for _ in range(chan.Ncard)]


def test_put_cards_gives_the_same_warnings_as_put_fits() -> None:
    chan = FitsChan()
    cards = ["A       = abc".ljust(80), "X.Y     = 1".ljust(80), "B       = 2".ljust(80)]
    chan.put_cards("".join(cards))
    assert [card.rstrip() for card in chan] == warnings_of(*cards)


@pytest.mark.parametrize("indicator", ["=", "= ", "=  ", " ", "=="])
@pytest.mark.parametrize("keyword", ["A", "COMMENT", "HISTORY", "", "COMMENTX", "A B", "a.b"])
def test_put_cards_says_of_every_card_what_put_fits_says(keyword: str, indicator: str) -> None:
    values = [
        "5",
        "+5",
        "-",
        "1.5",
        "1.",
        "1.5E5",
        "1.5E",
        "'a'",
        "'",
        "T",
        "TT",
        "T F",
        "1 2",
        "1.5.5",
        "abc",
        "",
    ]
    for value, rest in itertools.product(values, ["", " ", "/", " / c", " c", " c / d", "= 5"]):
        card = f"{keyword:8}{indicator}{value}{rest}".ljust(80)
        chan = FitsChan()
        chan.put_cards(card)
        assert [text.rstrip() for text in chan] == warnings_of(card)


def test_a_card_that_replaces_another_has_its_warnings_in_front_of_it(ast: ModuleType) -> None:
    ours, theirs = FitsChan(source=["X       = 1"]), ast.FitsChan()
    ours.put_fits("A.B     = 1", overwrite=True)
    theirs.putfits("X       = 1", False)
    theirs.clear("Card")
    theirs.putfits("A.B     = 1", True)
    theirs.clear("Card")
    assert ours.ncard > 1
    assert list(ours) == [theirs.findfits("%f", True)[1] for _ in range(theirs.Ncard)]


@pytest.mark.parametrize("card", ["COMMENT a\0junk", f"{'COMMENT a':79}\n"])
def test_put_cards_drops_what_put_fits_drops(card: str) -> None:
    chan = FitsChan()
    chan.put_cards(card)
    assert chan.to_bytes() == b"COMMENT a".ljust(80)


def test_at_the_end_of_file_there_is_no_keyword_value_comment_or_type() -> None:
    chan = FitsChan(source=["A       = 1 / c"])
    assert (chan.keyword, chan.value, chan.comment, chan.type) == ("A", 1, "c", CardType.INT)
    chan.card = 2
    assert (chan.keyword, chan.value, chan.comment, chan.type) == ("", None, "", CardType.NONE)
    chan.clear(" Card ")
    assert chan.card == 1


def test_a_new_keyword_has_no_blanks_behind_it() -> None:
    chan = FitsChan()
    chan["ab  "] = 5
    chan.card = 1
    assert chan.keyword == "AB"


def test_what_no_card_can_hold_is_named() -> None:
    chan = FitsChan()
    with pytest.raises(CardError, match=r"no card can hold the value \[1\]: 'A'$"):
        chan["A"] = [1]
    with pytest.raises(CardError, match=r"value and comment must be Latin-1: \"A = 'α' / β\"$"):
        chan["A"] = ("α", "β")
    assert chan.ncard == 0
