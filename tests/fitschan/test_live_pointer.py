"""Scripts of operations: after every step cards and current card are those of the live library."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import strategies as st
from live_ast import check, dump, live_cards, sizes

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fitschan import AstObject, FitsChan

# Where both are meant to differ, and what scripts do about it.
EXPLAINED = {
    "after an error AST may move the current card; here nothing changes": "an error ends a script",
    "AST takes a keyword for free when one of two cards of it is deleted, and uses it again": (
        "cards that are put have no keyword that an object has"
    ),
    "AST gives a warning again when its ASTWARN cards are gone; here each is given once": (
        "a card that causes a warning is put once"
    ),
    "AST's purge passes over broken and retained objects in its own way": "no script purges",
    "AST passes over the beginning of an object within another, and takes its items for the other's": (
        "our error ends the script"
    ),
    "an Axis can't be read alone in starlink.Ast": "the current card is never put within a Frame",
}

WITHIN_ANOTHER = "begins where none is expected"

CARDS = [
    "A       = 1",
    "A       = 2.5 / c",
    "B       = 'x' / d",
    "COMMENT hi",
    "        ",
    "NAXIS   = 2",
    "END",
]
CARDS += [
    "LONG    = 'abc&'",
    "HISTORY AST --- AST",
    "BAD=    = 2",
    "U       =",
    "OBJ_B   = 'q'",
    "QQ_A    = 9.0",
]
TEMPLATES = ["%f", "A", "%1c", "B", "ZZZ", "%0c%d", "COMMENT", "X.Y", "long", "%f%x", "NIN%2f", "BEGAST%2f"]

Step = tuple[str, Any]
STEPS = st.one_of(
    st.tuples(st.just("put"), st.tuples(st.sampled_from(CARDS), st.booleans())),
    st.tuples(st.just("put"), st.tuples(st.sampled_from(CARDS), st.booleans())),
    st.tuples(st.just("find"), st.tuples(st.sampled_from(TEMPLATES), st.booleans())),
    st.tuples(st.just("find"), st.tuples(st.sampled_from(TEMPLATES), st.booleans())),
    st.tuples(st.just("del"), st.none()),
    st.tuples(
        st.just("set"),
        st.tuples(
            st.sampled_from(["A", "NEW", "B", "TOOLONGNAME", "x", "A=B"]),
            st.sampled_from([5, -7]),
            st.sampled_from(["", "com"]),
            st.booleans(),
        ),
    ),
    st.tuples(st.just("get"), st.sampled_from(["A", "B", "ZZZ", "NAXIS", "a"])),
    st.tuples(st.just("test"), st.sampled_from(["A", "U", "ZZ"])),
    st.tuples(st.just("card"), st.sampled_from([1, 2, 3, 5, 0, -3, 999])),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("write"), st.integers(0, 3)),
    st.tuples(st.just("write"), st.integers(0, 3)),
    st.tuples(st.just("read"), st.booleans()),
    st.tuples(st.just("read"), st.booleans()),
    st.tuples(st.just("cards"), st.lists(st.sampled_from(CARDS), min_size=1, max_size=3)),
    st.tuples(st.just("empty"), st.none()),
    st.tuples(
        st.just("attributes"),
        st.tuples(st.sampled_from([-1, 0]), st.booleans(), st.sampled_from([0, 1, 1])),
    ),
    st.tuples(st.just("copy"), st.none()),
    st.tuples(st.just("retain"), st.none()),
)
SCRIPTS = st.lists(STEPS, min_size=20, max_size=20)


class Objects:
    """Some objects, and their trees as they are at Full=-1 and 0."""

    def __init__(self, ast: ModuleType) -> None:
        keymap = ast.KeyMap()
        keymap["A"], keymap["B"], keymap["C"] = 1, 1.00000000000123, "x" * 90
        keymap["D"] = ast.UnitMap(2)
        series = ast.CmpMap(ast.ZoomMap(1, 2.0), ast.ShiftMap([1.25]), True)
        self.live = [ast.UnitMap(1), ast.ZoomMap(2, 3.5), series, keymap]
        self.trees = [
            {full: AstObject.from_text(dump(ast, one, full)) for full in (-1, 0)} for one in self.live
        ]


class Theirs:
    """The live FitsChan, with the steps of a script as methods."""

    def __init__(self, ast: ModuleType, objects: Objects) -> None:
        self.ast, self.objects = ast, objects
        self.chan = ast.FitsChan(None, None, "Encoding=NATIVE")

    def state(self) -> tuple[int, list[str]]:
        return self.chan.Card, live_cards(self.chan)

    def put(self, argument: tuple[str, bool]) -> None:
        self.chan.putfits(*argument)

    def find(self, argument: tuple[str, bool]) -> str | None:
        try:
            found, card = self.chan.findfits(*argument)
        except UnicodeDecodeError:
            return None
        return card if found else None

    def del_(self, _: None) -> None:
        self.chan.delfits()

    def set(self, argument: tuple[str, int, str, bool]) -> None:
        self.chan.setfitsI(*argument)

    def get(self, name: str) -> str | None:
        if not self.chan.testfits(name)[1]:
            # getfitsS of a keyword that is not there goes to the end and returns a wild pointer.
            self.chan.Card = self.chan.Ncard + 1
            return None
        return str(self.chan.getfitsS(name)[1])

    def test(self, name: str) -> bool:
        return bool(self.chan.testfits(name)[0])

    def card(self, number: int) -> None:
        self.chan.Card = number

    def clear(self, _: None) -> None:
        self.chan.clear("Card")

    def write(self, number: int) -> int:
        return int(self.chan.write(self.objects.live[number]))

    def read(self, rewind: bool) -> str | None:
        if rewind:
            self.chan.clear("Card")
        found = self.chan.read(False)
        return None if found is None else dump(self.ast, found)

    def cards(self, cards: list[str]) -> None:
        self.chan.putcards("".join(card.ljust(80) for card in cards))

    def empty(self, _: None) -> None:
        self.chan.emptyfits()

    def attributes(self, values: tuple[int, bool, int]) -> None:
        self.chan.set(_settings(values))

    def copy(self, _: None) -> None:
        self.chan = self.chan.copy()

    def retain(self, _: None) -> None:
        self.chan.retainfits()


class Ours:
    """Our FitsChan, with the same steps."""

    def __init__(self, ast: ModuleType, objects: Objects) -> None:
        self.ast, self.objects = ast, objects
        self.chan = FitsChan("Encoding=NATIVE")

    def state(self) -> tuple[int, list[str]]:
        return self.chan.card, list(self.chan)

    def put(self, argument: tuple[str, bool]) -> None:
        self.chan.put_fits(*argument)

    def find(self, argument: tuple[str, bool]) -> str | None:
        return self.chan.find_fits(*argument)

    def del_(self, _: None) -> None:
        self.chan.del_fits()

    def set(self, argument: tuple[str, int, str, bool]) -> None:
        self.chan.set(*argument)

    def get(self, name: str) -> str | None:
        return self.chan.get(name, str)

    def test(self, name: str) -> bool:
        return self.chan.test(name)

    def card(self, number: int) -> None:
        self.chan.card = number

    def clear(self, _: None) -> None:
        self.chan.clear("Card")

    def write(self, number: int) -> int:
        return self.chan.write(self.objects.trees[number][self.chan.full])

    def read(self, rewind: bool) -> str | None:
        if rewind:
            self.chan.clear("Card")
        found = self.chan.read()
        return None if found is None else dump(self.ast, found.to_ast())

    def cards(self, cards: list[str]) -> None:
        self.chan.put_cards("".join(card.ljust(80) for card in cards))

    def empty(self, _: None) -> None:
        self.chan.empty()

    def attributes(self, values: tuple[int, bool, int]) -> None:
        self.chan.set(_settings(values))

    def copy(self, _: None) -> None:
        self.chan = self.chan.copy()

    def retain(self, _: None) -> None:
        self.chan.retain()


def _settings(values: tuple[int, bool, int]) -> str:
    full, comment, skip = values
    return f"Full={full}, Comment={int(comment)}, Skip={skip}"


def _result(step: Callable[[Any], object], argument: object, errors: type[Exception]) -> tuple[object, str]:
    try:
        return step(argument), ""
    except errors as error:
        return None, str(error)


@sizes(60, 5000)
def test_every_step_of_a_script_leaves_what_it_leaves_in_ast(ast: ModuleType, n_examples: int) -> None:
    objects = Objects(ast)

    def same(script: list[Step]) -> None:
        theirs, ours = Theirs(ast, objects), Ours(ast, objects)
        for name, argument in script:
            method = "del_" if name == "del" else name
            if name == "read" and argument:
                theirs.clear(None)
                ours.clear(None)
            before = ours.state()
            expected, their_error = _result(getattr(theirs, method), argument, ast.AstError)
            found, our_error = _result(getattr(ours, method), argument, FitsprocError)
            if our_error:
                assert their_error or WITHIN_ANOTHER in our_error
                assert ours.state() == before
                return
            assert not their_error, name
            assert found == expected, name
            assert ours.state() == theirs.state(), name

    check(n_examples, same, SCRIPTS)


@pytest.mark.parametrize("position", range(1, 22))
def test_reading_from_within_an_object_skips_to_the_next(ast: ModuleType, position: int) -> None:
    objects = Objects(ast)
    theirs, ours = Theirs(ast, objects), Ours(ast, objects)
    for chan in (theirs, ours):
        chan.write(1)
        chan.write(0)
        chan.card(position)
    assert ours.read(False) == theirs.read(False)
    assert ours.state() == theirs.state()


LINES = ["AST", "AST +++ AST", "AST --- AST", "AST x AST", "AST-AST", "ASTx", "AST x ast", "mine", "", " "]
LINES_AROUND = st.lists(
    st.tuples(
        st.sampled_from(["COMMENT ", "HISTORY ", " " * 8]),
        st.sampled_from(LINES),
        st.sampled_from([0, 19, 80]),
    ),
    max_size=3,
).map(lambda lines: [f"{keyword}{text}".ljust(width) for keyword, text, width in lines])


@sizes(60, 5000)
def test_the_lines_around_an_object_that_go_with_it_are_those_of_ast(
    ast: ModuleType, n_examples: int
) -> None:
    objects = Objects(ast)

    def same(before: list[str], behind: list[str], together: bool, retained: set[int]) -> None:
        chans = Theirs(ast, objects), Ours(ast, objects)
        for chan in chans:
            if together:
                chan.cards([*before, *behind])
            else:
                for line in [*before, *behind]:
                    chan.put((line, False))
            chan.card(len(before) + 1)
            chan.attributes((0, False, 1))
            chan.write(0)
            for position in retained:
                chan.card(position)
                chan.retain(None)
            chan.read(True)
        assert chans[0].state() == chans[1].state()

    check(
        n_examples, same, LINES_AROUND, LINES_AROUND, st.booleans(), st.sets(st.integers(1, 10), max_size=3)
    )
