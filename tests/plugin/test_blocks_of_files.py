"""Blocks of items for workers: whole files, and files that take turns together."""

from __future__ import annotations

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.plugin.scheduling import blocks_of_files


def _ids(files: int, size: int, turns: list[int]) -> list[str]:
    """Ids as items come: blocks of `size` files, in each of which all files have one turn after the other."""
    stems = [f"{number:03}.fits" for number in range(files)]
    return [
        f"dd::{stem}::turn{turn}-{processor}"
        for start in range(0, files, size)
        for turn, processors in enumerate(turns)
        for stem in stems[start : start + size]
        for processor in range(processors)
    ]


def _files(ids: list[str], block: range) -> set[str]:
    return {ids[number].split("::")[1] for number in block}


def test_files_are_whole_and_blocks_are_several() -> None:
    ids = _ids(100, 1, [3])
    blocks = blocks_of_files(ids, 2)
    assert len(blocks) >= 16
    assert all(len(block) % 3 == 0 for block in blocks)


def test_files_that_take_turns_are_in_one_block() -> None:
    ids = _ids(230, 100, [1, 1, 2])
    assert [len(_files(ids, block)) for block in blocks_of_files(ids, 2)] == [100, 100, 30]


def test_a_file_of_two_data_descriptors_is_in_one_block() -> None:
    ids = [item.replace("dd::", f"r/q/{dd}::") for dd in ("one", "two") for item in _ids(40, 1, [1])]
    assert blocks_of_files(ids, 2) == [range(80)]
    others = [item.replace("q/two", "p/two") for item in ids]
    assert len(blocks_of_files(others, 2)) >= 16


def test_classes_of_the_same_name_in_two_modules_are_two() -> None:
    ids = [f"tests/test_{name}.py::TestIt::test_{number}" for name in "ab" for number in range(3)]
    assert blocks_of_files(ids, 2) == [range(3), range(3, 6)]


@settings(max_examples=150, deadline=None)
@given(
    files=st.integers(1, 230),
    size=st.integers(1, 100),
    turns=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    workers=st.integers(1, 9),
)
def test_no_file_is_in_two_blocks_and_no_item_is_lost(
    files: int, size: int, turns: list[int], workers: int
) -> None:
    ids = _ids(files, size, turns)
    blocks = blocks_of_files(ids, workers)
    assert list(chain.from_iterable(blocks)) == list(range(len(ids)))
    assert all(blocks)
    assert sum(len(_files(ids, block)) for block in blocks) == files
