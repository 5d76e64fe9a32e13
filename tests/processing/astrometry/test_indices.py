"""Index files by their names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import star_fields

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.processing.astrometry import (
    IndexNotFoundError,
    SourceExtraction,
    find_indices,
    index_directory,
    solve,
)

NAMES = ["index-10.littleendian.fits", "index-11.littleendian.fits", "index-4.fits", "other.fits"]


@pytest.fixture
def directory(tmp_path):
    for name in NAMES:
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], NAMES[:3]),
        (["index-4.fits"], ["index-4.fits"]),
        (["index-4"], ["index-4.fits"]),
        (["index-10"], NAMES[:1]),
        (["index-1"], NAMES[:2]),
        (["index-1[01]*"], NAMES[:2]),
        (["index-1?.*.fits", "index-10"], NAMES[:2]),
        (["other", "index-11"], ["other.fits", NAMES[1]]),
    ],
)
def test_names_and_patterns_are_found_with_and_without_fits(directory, names, expected):
    assert [path.name for path in find_indices(names, directory)] == expected


def test_an_absolute_path_is_an_index_from_elsewhere(directory, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    assert find_indices([str(directory / "index-4")], other) == (directory / "index-4.fits",)


def test_a_directory_with_a_pattern_in_its_name_is_found(tmp_path):
    odd = tmp_path / "indices [old] *"
    odd.mkdir()
    (odd / "index-4.fits").touch()
    assert find_indices(["index-*"], odd) == (odd / "index-4.fits",)


@pytest.mark.parametrize("name", ["index-5", "index-4.fit", "*.dat", "/nowhere/index"])
def test_a_name_without_a_file_is_told(directory, name):
    with pytest.raises(IndexNotFoundError) as caught:
        find_indices(["index-4", name], directory)
    assert str(caught.value).startswith(f"no index file matches {name!r} in {directory}: ")


def test_a_directory_that_can_not_be_read_is_told(directory):
    with pytest.raises(IndexNotFoundError, match=r"can't be read: .*nowhere: No such file"):
        find_indices([], directory / "nowhere")
    with pytest.raises(IndexNotFoundError, match=r"can't be read: .*: Not a directory"):
        find_indices([], directory / "other.fits")
    if os.geteuid():
        directory.chmod(0)
        with pytest.raises(IndexNotFoundError, match=r"can't be read: .*: Permission denied"):
            find_indices([], directory)
        directory.chmod(0o700)


def test_the_first_directory_that_is_named_is_taken(tmp_path):
    dachs = DachsConfiguration(values={("general", "rootdir"): str(tmp_path)})
    assert index_directory("/a", "/b", dachs) == Path("/a")
    assert index_directory(None, "/b", dachs) == Path("/b")
    assert index_directory(None, "", dachs) == Path("/usr/share/astrometry")
    (tmp_path / "astrometry-indexes").mkdir()
    assert index_directory(None, None, dachs) == tmp_path / "astrometry-indexes"
    assert index_directory() == Path("/usr/share/astrometry")
    assert index_directory("indices") == Path.cwd() / "indices"


def test_an_index_path_may_have_any_character_but_a_line_break(index_path, field, tmp_path):
    odd = tmp_path / 'it\'s an "odd" # directory, ümlaut'
    odd.symlink_to(index_path)
    solution = solve(field("easy"), star_fields.PARAMETERS, SourceExtraction(), index_path=odd)
    assert solution.is_solved
    no_text = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    no_text.symlink_to(index_path)
    assert solve(field("easy"), star_fields.PARAMETERS, SourceExtraction(), index_path=no_text).is_solved
    broken = tmp_path / "a\nb"
    broken.symlink_to(index_path)
    with pytest.raises(IndexNotFoundError, match="a line break in its path"):
        find_indices([], broken)
