"""What a channel remembers of keywords and values is what its cards say, whatever happens to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from live_ast import check, sizes

from pytest_fitsproc.fits.cards import common_values, read_card
from pytest_fitsproc.fits.values import CardType, CardValue
from pytest_fitsproc.fitschan import FitsChan, FitsChanError, KeywordNotFoundError, buffer

CARDS = [
    "INT     =                    5 / an int",
    "BIG     =           1234567890",
    "HUGE    = 99999999999999999999",
    "SIGNED  = -7/no blank",
    "REAL    =                  1.5 / a double",
    "EXPO    = -1.25E+05",
    "POINT   = 12.",
    "LITTLE  = 1.5e3",
    "DOUBLE  = 1.5D3",
    "TEXT    = 'some text  ' / a string",
    "QUOTE   = 'it''s'",
    "EMPTY   = ''",
    "OPEN    = 'open",
    "COLUMNS = 'a / b'",
    "FLAG    =                    T / a flag",
    "NOFLAG  = F",
    "WORD    = TRUE",
    "UNDEF   =",
    "UNDEF2  =                      / nothing",
    "JUNK    = 1 junk",
    "PAIR    = 1 2",
    "TIGHT   =5",
    "NOVALUE 5",
    "COMMENT a remark X",
    "COMMENT = 5",
    "HISTORY = 'not a value'",
    "        = 5",
    "",
    "HIERARCH ESO DET = 7",
    "CONTINUE  'more'",
    "CONTINUE= 5",
    "lower   = 6",
    "Text    = 'twice'",
    "A B     = 3",
    "INT     = 6",
    "REAL    = 'twice'",
    "ODD\x01    = 5",
    "\xe4\xf6      = 5",
    "LATIN   = '\xe4'",
    "FEED    = 5 / a\nb",
    "FEED2   = '\n=  5'",
]
NAMES = sorted(
    {card[:8].rstrip() for card in CARDS} | {"text", "INT  ", "TOOLONGNAME", "ZZZ", " INT", "\u20ac"}
)

Step = tuple[str, str]
STEPS = st.tuples(
    st.sampled_from(["set", "set", "delete", "append", "insert", "replace", "retain", "find", "ask"]),
    st.sampled_from(NAMES),
)


def raw(cards: list[str]) -> bytes:
    return b"".join(card.encode("latin-1").ljust(80) for card in cards)


def values_of(header: bytes) -> dict[str, CardValue | tuple[CardValue, ...]]:
    """Return what the cards of a header say, each of them read alone."""
    found: dict[str, list[CardValue]] = {}
    for start in range(0, len(header), 80):
        card = read_card(header[start : start + 80])
        value = card.comment.rstrip(" ") if card.type is CardType.COMMENT else card.value
        found.setdefault(card.keyword, []).append(value)
    return {name: values[0] if len(values) == 1 else tuple(values) for name, values in found.items()}


def assert_remembers(chan: FitsChan) -> None:
    """Ask for every name several times, so that the values are read one by one, then together."""
    expected = values_of(chan.to_bytes())
    for name in NAMES * 2:
        folded = name[:8].upper().rstrip()
        assert (name in chan) == (folded in expected), name
        if folded in expected:
            value = chan[name]
            assert (value, type(value)) == (expected[folded], type(expected[folded])), name
        else:
            with pytest.raises(KeywordNotFoundError):
                chan[name]
    assert chan.nkey == len(expected)


def take(step: Step, chan: FitsChan) -> None:
    action, name = step
    latin = name.encode("latin-1", "replace").decode("latin-1")[:8]
    match action:
        case "set" if name.isascii() and name.isalnum() and name not in ("COMMENT", "HISTORY"):
            chan[name] = 88
        case "delete":
            chan[name] = None
        case "append":
            chan.card = chan.ncard + 1
            chan.put_fits(f"{latin:8}= 77")
        case "insert" | "replace":
            chan.put_fits(f"{latin:8}= 77", overwrite=action == "replace")
        case "retain":
            chan.retain()
        case "find":
            chan.card = 1
            chan.find_fits("%1f%0f", advance=False)
        case "ask":
            with suppress(FitsChanError):
                chan.get(name)


@sizes(40, 3000)
def test_what_is_remembered_is_what_the_cards_say(n_examples: int) -> None:
    def same(cards: list[str], steps: list[Step]) -> None:
        chan = FitsChan.from_bytes(raw(cards), "Warnings=")
        assert_remembers(chan)
        for step in steps:
            take(step, chan)
            assert_remembers(chan)

    check(n_examples, same, st.lists(st.sampled_from(CARDS), max_size=45), st.lists(STEPS, max_size=6))


@pytest.mark.parametrize("card", CARDS)
def test_values_that_are_read_together_are_those_of_their_cards(card: str) -> None:
    header = raw(["A       = 1", card, "Z       = 2"])
    keyword = read_card(header[80:160]).keyword
    found = common_values(header, ["A", keyword, "Z"], ["COMMENT", "HISTORY", ""])
    expected = values_of(header)
    assert {name: (value, type(value)) for name, value in found.items()}.items() <= {
        name: (value, type(value)) for name, value in expected.items()
    }.items()
    assert "\n" in card or found["Z"] == 2


def test_headers_of_one_layout_have_values_of_their_own() -> None:
    names = [f"K{number}" for number in range(64)]
    for value in ("1", "2.5", "'x'", "T", "odd", "1"):
        header = raw([f"{name:8}= {value}" for name in names])
        chan = FitsChan.from_bytes(header)
        assert {name: chan[name] for name in names} == values_of(header)


def test_a_change_is_seen_after_all_values_were_read() -> None:
    names = [f"K{number}" for number in range(64)]
    header = raw([f"{name:8}= {number}" for number, name in enumerate(names)])
    chan, other = FitsChan.from_bytes(header), FitsChan.from_bytes(header)
    assert [chan[name] for name in names] == list(range(64))
    chan["K3"] = 77
    del chan["K4"]
    chan["NEW"] = 1
    chan.card = 1
    chan.put_fits("K5      = 78")
    assert (chan["K3"], "K4" in chan, chan["NEW"], chan["K5"]) == (77, False, 1, (78, 5))
    assert [other[name] for name in names] == list(range(64))
    assert ("K4" in other, "NEW" in other, other.to_bytes() == header) == (True, False, True)


def test_cards_are_those_that_were_loaded_even_if_the_buffer_they_came_in_is_used_again() -> None:
    for keyword in ("B       ", "b       "):
        given = bytearray(raw(["A       = 1", f"{keyword}= 2"]))
        chan = FitsChan.from_bytes(given)  # type: ignore[arg-type]
        before = bytes(given)
        given[:] = b"X" * len(given)
        assert (chan["A"], chan["B"], chan.to_bytes()) == (1, 2, before)


def test_a_copy_remembers_for_itself() -> None:
    chan = FitsChan.from_bytes(raw(["A       = 1", "B       = 2"]))
    other = chan.copy()
    chan["A"] = 5
    del other["B"]
    assert (chan["A"], chan["B"], other["A"], "B" in other) == (5, 2, 1, False)


def test_what_was_asked_for_moves_no_card() -> None:
    chan = FitsChan.from_bytes(raw(["A       = 1", "B       = 2"]))
    chan.card = 2
    assert (chan["A"], "B" in chan, chan["a "], chan.card, chan.keyword) == (1, True, 1, 2, "B")


def test_an_index_is_never_taken_for_a_name() -> None:
    chan = FitsChan.from_bytes(raw(["1       = 5", "B       = 2"]))
    assert (chan["1"], str(chan[1])[:1], chan["1"], str(chan[-2])[:1]) == (5, "B", 5, "1")
    assert (1 in chan, "1" in chan) == (False, True)


def test_cards_of_a_source_file_stand_in_front_of_those_loaded(tmp_path: Path) -> None:
    path = tmp_path / "in.head"
    path.write_text("A       = 1\n")
    chan = FitsChan.from_bytes(raw(["B       = 2"]), f"SourceFile={path}")
    assert (chan["A"], chan["B"], chan.ncard, chan.card) == (1, 2, 2, 2)
    assert list(chan)[1][:1] == "B"


def header_of(n_cards: int) -> bytes:
    return b"".join(f"K{number:<7}= {number}".ljust(80).encode() for number in range(n_cards))


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often cards were cut, read and their values read, one by one and together."""
    done: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Any]:
        function = getattr(buffer, name)

        def call(*arguments: Any) -> Any:
            done[name] += 1
            return function(*arguments)

        return call

    for name in ("split_cards", "read_card", "common_value", "common_values"):
        monkeypatch.setattr(buffer, name, counting(name))
    return done


@pytest.mark.parametrize(("n_cards", "n_questions"), [(95, 3), (96, 4), (64, 3), (31, 1)])
def test_values_are_read_together_after_one_question_for_32_cards(
    n_cards: int, n_questions: int, work: Counter[str]
) -> None:
    chan = FitsChan.from_bytes(header_of(n_cards))
    for number in range(n_questions):
        assert work["common_values"] == 0
        assert chan[f"K{number}"] == number
    assert work == {"common_value": n_questions, "common_values": 1}
    assert [chan[f"K{number}"] for number in range(n_cards)] == list(range(n_cards))
    assert work == {"common_value": n_questions, "common_values": 1}


def test_a_value_is_read_once(work: Counter[str]) -> None:
    chan = FitsChan.from_bytes(header_of(64))
    assert (chan["K1"], chan["K1"], chan["k1"], chan["k1"]) == (1, 1, 1, 1)
    assert work == {"common_value": 2}


def test_keywords_are_known_without_a_card(work: Counter[str]) -> None:
    chan = FitsChan.from_bytes(header_of(64))
    assert ("K63" in chan, "k63" in chan, "K64" in chan, chan.ncard, chan.nkey) == (True, True, False, 64, 64)
    assert chan.to_bytes().startswith(header_of(64))
    assert not work


def test_an_edit_reads_the_card_that_it_edits_and_no_other(work: Counter[str]) -> None:
    header = header_of(64)
    chan = FitsChan.from_bytes(header)
    chan["K63"], chan["K5"], chan["K0"] = 8, 7, 6
    assert [chan[name] for name in ("K0", "K5", "K63")] == [6, 7, 8]
    cards = [header[start : start + 80] for start in range(0, len(header), 80)]
    for number, value in ((0, 6), (5, 7), (63, 8)):
        cards[number] = f"K{number:<7}={value:21}".ljust(80).encode()
    assert (chan.to_bytes(), work) == (b"".join(cards), {"read_card": 3})
    assert chan.copy().to_bytes() == b"".join(cards)


def test_an_edit_is_seen_by_who_has_asked_before() -> None:
    chan = FitsChan.from_bytes(header_of(64))
    assert [chan[f"K{number}"] for number in range(64)] == list(range(64))
    chan["K5"] = "five"
    chan[6] = "K6      = 'six'"
    assert [chan["K5"], chan["K6"], chan["K7"]] == ["five", "six", 7]
    chan.card = 8
    chan.put_fits("K7      = 'seven'", overwrite=True)
    assert [chan["K5"], chan["K6"], chan["K7"]] == ["five", "six", "seven"]
