from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from pytest_fitsproc.processing.merging import ABSENT, UnmergeableError, Version, merged


def together(base, *values, growth=None):
    return merged(base, [Version(value, growth or {}) for value in values], ("it",))


def test_items_of_lists_come_in_the_order_of_their_sources():
    first = Version(["base", 1, 2, 5], {("it",): [(0, 3), (4, 4)]})
    second = Version(["base", 3, 4], {("it",): [(2, 2), (3, 3)]})
    assert merged(["base"], [first, second], ("it",)) == ["base", 1, 2, 3, 4, 5]


def test_items_of_lists_in_dictionaries_come_in_that_order_too():
    first = Version({"V": [1, 4]}, {("it", "V"): [(0, 1), (3, 2)]})
    second = Version({"V": [2, 3], "B": [9]}, {("it", "V"): [(1, 1), (2, 2)], ("it", "B"): [(2, 1)]})
    assert merged({}, [first, second], ("it",)) == {"V": [1, 2, 3, 4], "B": [9]}


def test_items_whose_source_is_not_known_come_last():
    first = Version([1], {})
    second = Version([2, 3], {("it",): [(7, 1)]})
    assert merged([], [first, second], ("it",)) == [2, 1, 3]


def test_the_container_keeps_its_identity_and_type():
    base = defaultdict(list)
    assert together(base, {"a": [1]}, {"b": [2]}) is base
    assert base == {"a": [1], "b": [2]}
    counts = Counter("a")
    assert together(counts, Counter("aab"), Counter("aac")) is counts
    assert counts == {"a": 3, "b": 1, "c": 1}


@pytest.mark.parametrize(
    ("base", "values", "result"),
    [
        (0, (2, 3), 5),
        (10, (12, 13), 15),
        (0.5, (1.0, 2.5), 3.0),
        (np.int64(1), (np.int64(2), np.int64(3)), 4),
        ({1}, ({1, 2}, {1, 3}), {1, 2, 3}),
        (frozenset(), (frozenset({1}), frozenset({2})), {1, 2}),
        ({}, ({"a": 1}, {"a": 1, "b": 2}), {"a": 2, "b": 2}),
        ({"a": {"x": 1}}, ({"a": {"x": 2}}, {"a": {"x": 1, "y": 1}}), {"a": {"x": 2, "y": 1}}),
        (ABSENT, ({1}, {2}), {1, 2}),
        (None, ({"a": 1}, {"b": 1}), {"a": 1, "b": 1}),
        (None, ("same", "same"), "same"),
        (False, (True, True), True),
    ],
)
def test_values_are_put_together_by_their_kind(base, values, result):
    assert together(base, *values) == result


@pytest.mark.parametrize("value", [[3], "text", object, 3, None, True])
def test_what_one_process_alone_has_changed_is_what_it_is(value):
    assert together("before", value) == value


@pytest.mark.parametrize(
    ("base", "values", "reason"),
    [
        ("", ("a", "b"), "set to several things, one of them a str"),
        ("", ("a", "a"), "set to several things"),
        (None, (1, 1), "set to several things, one of them a int"),
        (ABSENT, (1, 2), "set to several things"),
        (False, (True, "yes"), "set to several things"),
        (0, (1, "two"), "set to several things"),
        ([1, 2], ([2, 1], [1, 2, 3]), "was not only appended to"),
        ({1, 2}, ({1}, {1, 2, 3}), "was not only added to"),
        ({"a": 1}, ({}, {"a": 1, "b": 2}), "has lost some of its keys"),
        ({"a": "x"}, ({"a": "y"}, {"a": "z"}), "set to several things"),
        (np.zeros(2), (np.ones(2), np.ones(2)), "set to several things, one of them a ndarray"),
    ],
)
def test_what_cannot_be_put_together_is_refused(base, values, reason):
    with pytest.raises(UnmergeableError, match=reason):
        together(base, *values)


def test_values_that_do_not_say_whether_they_are_equal_do_not_disturb_their_neighbours():
    def catalogue(**more):
        return {"nan": (float("nan"),), "array": np.arange(3), **more}

    result = together(catalogue(), catalogue(a=1), catalogue(b=2))
    assert (result["a"], result["b"]) == (1, 2)
