from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.result_file import replaced_file, require_replaceable


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "r.csv"
    target.write_text("old")
    with replaced_file(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert [target.read_text()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_the_old_file_stays_where_writing_breaks_off(tmp_path: Path) -> None:
    target = tmp_path / "r.csv"
    target.write_text("old")

    def write_half() -> None:
        with replaced_file(target) as temporary:
            temporary.write_text("half")
            raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_symbolic_link_keeps_pointing_to_the_result(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("real.csv")
    with replaced_file(tmp_path / "link.csv") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


@pytest.mark.parametrize("folder", ["nowhere", "file"])
def test_a_folder_that_is_none_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OptionError, match=rf"{folder}/r\.csv can't be written: No"),
        replaced_file(tmp_path / folder / "r.csv") as temporary,
    ):
        temporary.write_text("new")


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/null", "/proc/self/fd/1"])
def test_what_is_connected_to_something_else_is_no_file_for_results(path: str) -> None:
    with pytest.raises(OptionError, match="is no regular file: name a file"):
        require_replaceable(path, [])


def test_a_file_that_is_read_is_known_by_any_name(tmp_path: Path) -> None:
    read, other = tmp_path / "a.fits", tmp_path / "b.csv"
    read.touch()
    other.touch()
    (tmp_path / "hard.csv").hardlink_to(read)
    for name in ("hard.csv", "a.fits", "./a.fits"):
        with pytest.raises(OptionError, match="is read in this run"):
            require_replaceable(tmp_path / name, [str(tmp_path / "gone.fits"), str(read)])
    require_replaceable(other, [str(read)])
    require_replaceable(tmp_path / "new.csv", [str(read)])
