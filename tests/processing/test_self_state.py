from __future__ import annotations

import re

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.self_state import Changes, SelfState


class Gathering(FileProcessor):
    mess: list[str] = []  # noqa: RUF012
    limit = 3

    def _createAuxiliaries(self, dd):  # noqa: N802
        self.found = {"V": ["a"]}
        self.rd = dd.rd
        self.handle = lambda: None

    @property
    def size(self) -> int:
        return 1


@pytest.fixture
def processor(tmp_path):
    dd = ad_hoc_descriptor(".", InputsDirectory(tmp_path), tmp_path)
    assert dd is not None
    return Gathering(None, dd)


def changes(state: SelfState) -> Changes:
    return state.changes(complete=True)


def test_data_of_the_class_and_of_the_instance_are_watched_methods_and_options_not(processor):
    assert set(SelfState(processor).attributes()) == {"mess", "limit", "found", "rd", "handle"}


def test_nothing_has_changed_at_first(processor):
    assert changes(SelfState(processor)) == Changes({}, {}, True)


def test_changes_in_place_and_new_attributes_are_seen(processor, monkeypatch):
    monkeypatch.setattr(Gathering, "mess", [])
    state = SelfState(processor)
    processor.mess.append("x")
    processor.found["V"].append("b")
    processor.new = 5
    values = changes(state).values
    assert {name: state.load(value) for name, value in values.items()} == {
        "mess": ["x"],
        "found": {"V": ["a", "b"]},
        "new": 5,
    }


def test_what_is_as_before_again_is_not_changed(processor):
    state = SelfState(processor)
    processor.limit = 4
    assert set(changes(state).values) == {"limit"}
    processor.limit = 3
    assert changes(state).values == {}


def test_lists_have_grown_for_the_source_at_which_they_were_marked(processor):
    state = SelfState(processor)
    processor.found["V"] += ["b", "c"]
    state.mark(7)
    state.mark(8)
    processor.found["V"].append("d")
    processor.found["B"] = ["e"]
    state.mark(9)
    assert changes(state).growth == {("found", "V"): [(7, 3), (9, 4)], ("found", "B"): [(9, 1)]}


def test_the_descriptor_stays_the_one_of_the_process(processor):
    state = SelfState(processor)
    processor.kept = [processor.rd, processor.dd, processor]
    pickled = changes(state).values["kept"]
    assert pickled is not None
    rd, dd, itself = state.load(pickled)  # type: ignore[misc]
    assert (rd, dd, itself) == (processor.rd, processor.dd, processor)


def test_what_only_copyreg_can_pickle_is_pickled(processor):
    state = SelfState(processor)
    processor.pattern = re.compile("a+")
    pickled = changes(state).values["pattern"]
    assert pickled is not None
    assert state.load(pickled) == processor.pattern


def test_what_cannot_be_pickled_is_changed_when_it_is_another(processor):
    state = SelfState(processor)
    processor.handle = lambda: 1
    assert changes(state).values == {"handle": None}


def test_large_attributes_are_looked_at_rarely_and_in_the_end(processor):
    processor.found = {str(number): "plate" for number in range(100_000)}
    state = SelfState(processor)
    processor.found["new"] = "plate"
    early = state.changes(complete=False)
    assert "found" not in early.values
    assert not early.is_complete
    assert "found" in changes(state).values
