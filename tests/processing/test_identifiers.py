from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.processing.identifiers import NoIdentifiersError, identified, searched_text


@pytest.fixture
def dd(tmp_path):
    (tmp_path / "potsdam").mkdir()
    found = ad_hoc_descriptor("potsdam", InputsDirectory(tmp_path), tmp_path)
    assert found is not None
    return found


def labels(identifiers, dd):
    return [source.label for source in identified(identifiers, dd)]


def test_a_file_below_the_resource_directory_is_named_relative_to_it(dd, tmp_path):
    assert labels(["potsdam/data/a.fits", f"{tmp_path}/potsdam/b.fits"], dd) == ["data/a.fits", "b.fits"]


def test_other_strings_are_their_own_labels_escaped(dd):
    assert labels(["other/a.fits", "dcc://q/mk?a[1]", "a::b"], dd) == [
        "other/a.fits",
        "dcc://q/mk?a%5B1%5D",
        "a%3A%3Ab",
    ]


def test_objects_are_labelled_by_their_representation_or_their_place(dd):
    assert labels([3, (1, "a"), object(), {"b", "a"}], dd) == ["3", "(1, 'a')", "object-2", "set-3"]


def test_labels_are_unique_even_against_those_that_look_like_numbered_ones(dd):
    found = labels(["x", "x", "x#2", "x", "x#2"], dd)
    assert found[0] == "x"
    assert len(set(found)) == 5


def test_the_identifier_itself_is_passed_on(dd):
    thing = object()
    assert [source.identifier for source in identified([thing, "a"], dd)] == [thing, "a"]


@pytest.mark.parametrize("returned", [None, "potsdam/a.fits", b"a.fits", 3])
def test_what_yields_no_identifiers_is_an_error_that_shows_it(dd, returned):
    with pytest.raises(NoIdentifiersError, match=f"one by one, not returned as {returned!r}$"):
        identified(returned, dd)


def test_those_of_a_set_are_in_order(dd):
    assert labels({"c", "a", "b"}, dd) == ["a", "b", "c"]


PROGRAM = """
import sys
from pathlib import Path
from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.processing.identifiers import identified

class Plate:
    pass

root = Path(sys.argv[1])
dd = ad_hoc_descriptor("potsdam", InputsDirectory(root), root)
things = [frozenset("abcdef"), Plate(), (1, 2), "a", {"k": 1}]
print([source.label for source in identified(things, dd)])
"""


def test_labels_are_the_same_in_every_process(dd, tmp_path: Path):
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_filter_looks_at_accrefs_of_paths_and_at_other_identifiers_as_they_are(dd, tmp_path):
    found = identified([f"{tmp_path}/potsdam/a.fits", "dcc://q", (1, "a")], dd)
    assert [searched_text(source) for source in found] == ["potsdam/a.fits", "dcc://q", "(1, 'a')"]
