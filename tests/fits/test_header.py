"""A lazy header does what astropy's ``Header`` does, whatever is asked of it and in whatever order."""

from __future__ import annotations

import copy
import csv
import operator
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from astropy.io.fits import Card, Header, PrimaryHDU
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.header import lazy_header

USUAL_CARDS = [
    "OBJECT  = 'M 31    '           / what was looked at",
    "OBJECT  = 'M 33    '",
    "EXPTIME =                 12.5",
    "COUNT   =                    3 / a number",
    "UNDEF   =",
    "IS-GOOD =                    F",
    "Z       = (1.5, 2.0)",
    "BIG     =                1D300",
    "EMPTY   = ''",
    "QUOTED  = 'it''s'",
    "COMMENT a comment",
    "HISTORY made yesterday END",
    "",
]
ODD_CARDS = [
    "LONG    = 'one&'",
    "CONTINUE  'two&'",
    "CONTINUE  'three' / end",
    "HIERARCH ESO INS MODE = 'x'",
    "HIERARCH COUNT = 7",
    "HIERARCH  EXPTIME = 7",
    "HIERARCH empty = 7",
    "HIERARCH HIERARCH Z = 7",
    "HIERARCH no value",
    "DP1     = 'AXIS.1: 2.0'",
    "DP1     = 'NAXIS: 3'",
    "object  = 'lower'",
    " COUNT  = 5",
    "NOVALUE",
    "COUNT     text",
    "COUNT   =4",
    "Z= 5",
    "BIG     = NaN",
    "EMPTY   = 'no end",
    "QUOTED  = 'M\xfcller'",
    "BAD\xe9    = 5",
    "TABBED\t = 5",
    "END     = 5",
]
KEYS = [
    *(
        "OBJECT",
        "exptime",
        "COUNT",
        "UNDEF",
        "IS-GOOD",
        "Z",
        "BIG",
        "EMPTY",
        "QUOTED",
        "NOPE",
        "nope",
        "LONG",
    ),
    *(
        "DP1",
        "DP1.AXIS.1",
        "DP1.NAXIS",
        "ESO INS MODE",
        "HIERARCH ESO INS MODE",
        "NOVALUE",
        "SIMPLE",
        " Z",
        "Z ",
    ),
    *(
        "COMMENT",
        "HISTORY",
        "",
        "CONTINUE",
        "HIERARCH",
        "END",
        "COUN*",
        "E...",
        "TOOLONGKEY",
        "BAD\xe9",
        "Z\n",
    ),
    *(0, -1, 3, 99, ("OBJECT", 1), ("OBJECT", 5), ("OBJECT",), slice(1, 3), None, 1.5),
]
VALUES = [1, "text", None, True, 2.5, ("value", "comment"), "x" * 100]

Operation = Callable[[Header], Any]


def raw_header(cards: list[str]) -> bytes:
    head = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
    ]
    raw = b"".join(card.encode("latin-1").ljust(80) for card in [*head, *cards, "END"])
    return raw.ljust(-(-len(raw) // 2880) * 2880)


RAW = raw_header(USUAL_CARDS)

look_ups = st.sampled_from(KEYS).flatmap(
    lambda key: st.sampled_from(
        [
            lambda header: header[key],
            lambda header: header.get(key, "default"),
            lambda header: key in header,
        ]
    )
)
changes = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(
    lambda both: lambda header: header.__setitem__(*both)
)
other_operations = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).flatmap(
    lambda both: st.sampled_from(
        [
            lambda header: header.set(both[0], both[1]),
            lambda header: header.setdefault(both[0], both[1]),
            lambda header: header.update({both[0]: both[1]}),
            lambda header: header.append((both[0], both[1])),
            lambda header: header.insert(both[0], ("NEW", 5)),
            lambda header: header.__delitem__(both[0]),
            lambda header: header.pop(both[0]),
            lambda header: header.remove(both[0]),
            lambda header: header.count(both[0]),
            lambda header: header.index(both[0]),
            lambda header: header.comments[both[0]],
            lambda header: header.cards[both[0]].image,
            lambda header: header.rename_keyword(both[0], "RENAMED"),
            lambda header: setattr(header, "_modified", False),
            lambda header: header._modified,
            lambda header: header.clear(),
            lambda header: header.strip(),
            lambda header: header.add_history("more"),
            lambda header: header.data_size,
            lambda header: bool(header),
            lambda header: str(header["COMMENT"]),
            len,
            list,
            repr,
            str,
            Header,
            copy.copy,
            copy.deepcopy,
            lambda header: header.copy(strip=True),
            lambda header: operator.add(header, [("ADDED", 1)]),
            lambda header: pickle.loads(pickle.dumps(header)),
            lambda header: list(header.items()),
            lambda header: header == lazy_header(RAW),
            lambda header: hash(header),
            lambda header: header.no_such_attribute,
        ]
    )
)


def outcome(operation: Operation, header: Header) -> object:
    """Return what an operation gives or raises, so that it can be compared."""
    try:
        result = operation(header)
        return without_addresses(str(result)) if isinstance(result, Header) else (type(result), repr(result))
    except Exception as exc:
        return type(exc), str(exc).replace("LazyHeader", "Header")


def without_addresses(text: str) -> str:
    """Leave out where in memory is what astropy writes into a COMMENT that is set to None."""
    return re.sub("0x[0-9a-f]+", "0x", text)


def history(header_of: Callable[[bytes], Header], raw: bytes, operations: list[Operation]) -> object:
    """Return everything that can be seen of a header while it is worked with: outcomes, warnings, its end."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        header = header_of(raw)
        outcomes = [outcome(operation, header) for operation in operations]
        end = without_addresses(str(outcome(str, header))), outcome(operator.attrgetter("_modified"), header)
    return outcomes, end, {str(warning.message) for warning in caught}


histories = st.tuples(
    st.lists(st.sampled_from(USUAL_CARDS), max_size=12)
    | st.lists(st.sampled_from(USUAL_CARDS + ODD_CARDS), max_size=12),
    st.lists(look_ups | changes, max_size=6),
    st.lists(look_ups | changes | other_operations, max_size=4),
)


@settings(max_examples=300, deadline=None)
@given(histories)
def test_any_history_is_that_of_astropy(drawn):
    same_history(*drawn)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None)
@given(histories)
def test_many_histories_are_those_of_astropy(drawn):
    same_history(*drawn)


def same_history(cards: list[str], first: list[Operation], then: list[Operation]) -> None:
    raw, operations = raw_header(cards), first + then
    assert history(lazy_header, raw, operations) == history(Header.fromstring, raw, operations)


@pytest.mark.parametrize("card", USUAL_CARDS + ODD_CARDS)
def test_every_key_of_every_kind_of_card(card):
    for raw in raw_header([card, *USUAL_CARDS]), raw_header([*USUAL_CARDS, card, "CONTINUE  'more'"]):
        for key in KEYS:
            look_up = [operator.itemgetter(key)]
            assert history(lazy_header, raw, look_up) == history(Header.fromstring, raw, look_up)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW[:-1],
        RAW[:200],
        RAW[: RAW.index(b"END   ")],
        RAW.replace(b"END   ", b"END  x"),
        RAW[:2800] + b"OBJECT  = 'after'".ljust(80),
        RAW * 200,
        raw_header(["HISTORY x"] * 5000),
    ],
    ids=["empty", "cut padding", "cut card", "no END", "END not blank", "after END", "twice", "long"],
)
def test_bytes_that_are_no_whole_header(raw):
    operations = [operator.itemgetter("OBJECT"), operator.itemgetter("NOPE"), len]
    assert history(lazy_header, raw, operations) == history(Header.fromstring, raw, operations)


def test_a_look_up_parses_one_card(monkeypatch):
    parsed = []
    parse = Card._parse_value
    monkeypatch.setattr(Card, "_parse_value", lambda card: parsed.append(card.keyword) or parse(card))
    header = lazy_header(RAW)
    assert (header["COUNT"], header.get("NOPE", 5), "OBJECT" in header) == (3, 5, True)
    assert parsed == ["COUNT"]
    assert "_cards" not in vars(header)


def test_a_value_is_set_without_looking_at_the_other_cards():
    header = lazy_header(RAW)
    header["COUNT"], header["Exptime"] = 4, None
    assert (header["COUNT"], header["EXPTIME"]) == (4, None)
    assert "_cards" not in vars(header)
    assert (header.index("COUNT"), header["COUNT"], str(header.cards["COUNT"]).split()[2]) == (6, 4, "4")


def test_a_change_of_one_header_is_not_seen_by_another():
    first, second = lazy_header(RAW), lazy_header(RAW)
    first["COUNT"] = 4
    assert (first["COUNT"], second["COUNT"], lazy_header(RAW)["COUNT"]) == (4, 3, 3)


def test_it_is_a_header_to_astropy():
    header = lazy_header(RAW)
    assert isinstance(header, Header)
    assert PrimaryHDU(header=lazy_header(RAW)).header["OBJECT"] == "M 31"
    assert header == Header.fromstring(RAW)
    assert header.tostring().encode("ascii") == RAW


def test_it_is_pickled_as_astropys_own_class():
    assert type(pickle.loads(pickle.dumps(lazy_header(RAW)))) is Header


def test_a_header_that_astropy_refuses_can_be_asked_again():
    header = lazy_header(raw_header(["NOVALUE"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            with pytest.raises(Warning, match="The following header keyword is invalid"):
                header["SIMPLE"]
    with pytest.warns(match="The following header keyword is invalid"):
        assert header["SIMPLE"] is True


def test_every_header_of_the_corpora(shared):
    count = 0
    with open(shared / "corpus" / "manifest.csv", newline="") as manifest:
        paths = [row["path"] for row in csv.DictReader(manifest)]
    for path in paths:
        for raw in _headers(str(shared / "corpus" / path)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                keys = [*dict.fromkeys(Header.fromstring(raw)), "NOPE"]
            look_ups = [operator.itemgetter(key) for key in keys]
            assert history(lazy_header, raw, look_ups) == history(Header.fromstring, raw, look_ups)
            count += 1
    assert count > 400


def _headers(path: str) -> list[bytes]:
    headers = []
    with FitsFile(path) as file:
        try:
            headers += [hdu.header for hdu in file.hdus()]
        except FitsprocError:
            return headers
    return headers
