"""What is in a sandbox, and where a copy of it may go."""

from __future__ import annotations

import os

import pytest
import star_fields

from pytest_fitsproc.processing.astrometry import (
    SandboxCopyError,
    SourceExtraction,
    copy_sandbox,
    on_the_table,
    solve,
    sub_directory,
    temporary_sandbox,
)

OURS = SourceExtraction()


def tree(directory):
    return {
        path.relative_to(directory): path.is_file() and path.read_bytes() for path in directory.rglob("*")
    }


def test_a_copy_has_all_that_is_needed_to_look_into_a_failure(field, index_path, tmp_path):
    copy, path = tmp_path / "deep" / "copy", field("plate")
    solve(path, star_fields.PARAMETERS, OURS, index_path=index_path, copy_to=copy)
    of_the_image = {"img.fits", "img.axy", "backend.cfg", "lastCommand.log", ".fitsproc-sandbox"}
    of_the_extraction = {"anet.control", "anet.param", "anet.filter"}
    assert {each.name for each in copy.iterdir()} == of_the_image | of_the_extraction
    assert not (copy / "img.fits").is_symlink()
    assert (copy / "img.fits").read_bytes() == path.read_bytes()
    assert (
        (copy / "anet.control")
        .read_text()
        .startswith("CATALOG_TYPE     FITS_1.0\nCATALOG_NAME     img.axy\n")
    )
    indices = [f"index {index}" for index in sorted(index_path.iterdir())]
    assert (copy / "backend.cfg").read_text() == "\n".join([*indices, "inparallel", ""])
    assert os.listdir(copy.parent) == ["copy"]


def test_a_copy_is_made_whatever_happens(field, index_path, tmp_path):
    def interrupted(name):
        raise KeyboardInterrupt

    for number, object_filter in enumerate((interrupted, lambda name: 1 / 0)):
        copy = tmp_path / str(number)
        try:
            solve(
                field("easy"),
                star_fields.PARAMETERS,
                OURS,
                object_filter,
                index_path=index_path,
                copy_to=copy,
            )
        except KeyboardInterrupt:
            assert number == 0
        assert (copy / "img.detected").is_file()


def test_an_earlier_sandbox_is_replaced(field, index_path, tmp_path):
    copy = tmp_path / "copy"
    keep = on_the_table(star_fields.keep_round_ones)
    solve(field("easy"), star_fields.PARAMETERS, OURS, keep, index_path=index_path, copy_to=copy)
    assert (copy / "img.solved").exists()
    solve(field("noise"), star_fields.PARAMETERS, OURS, index_path=index_path, copy_to=copy)
    assert not (copy / "img.solved").exists()
    assert os.listdir(tmp_path) == ["copy"]


def test_an_empty_directory_becomes_a_sandbox(field, index_path, tmp_path):
    solve(field("noise"), star_fields.PARAMETERS, OURS, index_path=index_path, copy_to=tmp_path)
    assert (tmp_path / "lastCommand.log").exists()


def a_directory_with_files(path):
    path.mkdir()
    (path / "thesis.tex").write_text("all of it")


def a_file(path):
    path.write_text("all of it")


def a_link_to_nothing(path):
    path.symlink_to("nowhere")


def a_link_to_a_directory(path):
    (path.parent / "real").mkdir()
    path.symlink_to("real")


@pytest.mark.parametrize("make", [a_directory_with_files, a_file, a_link_to_nothing, a_link_to_a_directory])
def test_anything_else_is_refused_before_anything_runs(field, index_path, tmp_path, monkeypatch, make):
    target = tmp_path / "target"
    make(target)
    before = tree(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxCopyError, match="name another"):
        solve(field("easy"), star_fields.PARAMETERS, OURS, index_path=index_path, copy_to=target)
    assert tree(tmp_path) == before


def test_a_place_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with temporary_sandbox(10) as sandbox, pytest.raises(SandboxCopyError, match="can't be copied to"):
        copy_sandbox(sandbox.directory, tmp_path / "file" / "copy")


def test_a_sandbox_is_removed_on_leaving():
    with temporary_sandbox(10) as sandbox:
        assert sandbox.directory.is_dir()
    assert not sandbox.directory.exists()


def test_several_files_have_directories_of_their_own(tmp_path):
    accrefs = ["potsdam/data/a.fits", "potsdam/data", "potsdam%2Fdata", "..", ".", "a"]
    places = [sub_directory(tmp_path, accref) for accref in accrefs]
    assert len(set(places)) == len(accrefs)
    assert {place.resolve().parent for place in places} == {tmp_path}
    assert places[0].name == "potsdam%2Fdata%2Fa.fits"
