"""What the option --fitsproc may be given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.archive.address import Address, parse_address, resolve_address
from pytest_fitsproc.archive.fileid import file_label, path_of_label
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.errors import DescriptorError, FitsprocError, NotFoundError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Archive

CONTENT = """<data id="import"><sources pattern="data/*.fits"/></data>
<data id="more"><sources pattern="data/a*"/></data><data id="virtual"/>"""


@pytest.fixture
def plates(archive: Archive) -> Archive:
    archive.add_files("data/a.fits", "data/b.fits")
    archive.add_rd(CONTENT)
    return archive


def _ids(text: str, archive: Archive, cwd: Path | None = None) -> list[str]:
    return [dd.full_id for dd in resolve_address(text, archive.inputs, cwd or archive.root.parent).dds]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("potsdam/q/import", Address("potsdam/q/import")),
        ("potsdam/q::", Address("potsdam/q")),
        ("q::data/a.fits", Address("q", "data/a.fits")),
        ("q::data/a%3A%3A.fits::test_x[a::b]", Address("q", "data/a%3A%3A.fits", "test_x[a::b]")),
    ],
)
def test_an_address_has_three_parts(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["potsdam/q/import", "potsdam/q#import", "potsdam/q.rd#import", "potsdam/q.rd/import"]
)
def test_a_data_descriptor_is_named_after_its_descriptor(text: str, plates: Archive) -> None:
    assert _ids(text, plates) == ["potsdam/q/import"]


@pytest.mark.parametrize("text", ["potsdam/q", "potsdam/q.rd", "{root}/potsdam/q.rd", "inputs/potsdam/q.rd"])
def test_a_resource_descriptor_means_all_data_with_sources(text: str, plates: Archive) -> None:
    assert _ids(text.format(root=plates.root), plates) == ["potsdam/q/import", "potsdam/q/more"]


def test_an_id_out_of_a_report_can_be_pasted_back(plates: Archive) -> None:
    resolution = resolve_address("potsdam/q/import::data/a.fits::test_size", plates.inputs, plates.root)
    assert [dd.full_id for dd in resolution.dds] == ["potsdam/q/import"]
    assert (resolution.address.file, resolution.address.processor) == ("data/a.fits", "test_size")
    (dd,) = resolution.dds
    assert path_of_label("data/a.fits", dd.rd.resdir) in list(dd.sources)


@pytest.mark.parametrize("name", ["odd [1] 50%.d", "a::b", "new\nline", "dir%20x"])
def test_an_ad_hoc_id_can_be_pasted_back(name: str, archive: Archive) -> None:
    archive.add_files(f"{name}/x[1].fits")
    cwd = archive.root / "potsdam"
    (dd,) = resolve_address(name, archive.inputs, cwd).dds
    (path,) = dd.sources
    pasted = f"{dd.full_id}::{file_label(path, dd.rd.resdir)}::test_x"
    assert "\n" not in pasted
    again = resolve_address(pasted, archive.inputs, cwd)
    assert list(again.dds[0].sources) == [path]
    assert path_of_label(again.address.file or "", again.dds[0].rd.resdir) == path
    assert again.address.processor == "test_x"


def test_a_descriptor_wins_over_a_directory_and_says_so(plates: Archive) -> None:
    plates.add_files("q/x.fits", "q/import/y.fits")
    resolution = resolve_address("potsdam/q", plates.inputs, plates.root)
    assert [dd.id for dd in resolution.dds] == ["import", "more"]
    (notice,) = resolution.notices
    assert notice.startswith(
        "potsdam/q is a resource descriptor and a directory; taken as resource descriptor"
    )
    assert "(--fitsproc=potsdam/q/ is the directory)" in notice
    (notice,) = resolve_address("potsdam/q/import", plates.inputs, plates.root).notices
    assert notice.startswith("potsdam/q/import is a data descriptor and a directory")
    assert resolve_address("potsdam/q", plates.inputs, plates.root / "potsdam").notices == ()


@pytest.mark.parametrize("text", ["potsdam/q/", "./potsdam/q", "../inputs/potsdam/q"])
def test_a_path_can_be_written_so_that_it_is_no_descriptor(text: str, plates: Archive) -> None:
    plates.add_files("q/x.fits")
    (dd,) = resolve_address(text, plates.inputs, plates.root).dds
    assert [os.path.basename(path) for path in dd.sources] == ["x.fits"]


def test_a_directory_beside_a_descriptor_is_found(plates: Archive) -> None:
    plates.add_files("q/raw/x.fits")
    assert _ids("potsdam/q/raw", plates, plates.root) == ["potsdam/q/raw"]


def test_the_longer_descriptor_wins(plates: Archive) -> None:
    plates.add_rd('<data id="q"><sources pattern="x"/></data>', "potsdam")
    assert _ids("potsdam/q", plates) == ["potsdam/q/import", "potsdam/q/more"]
    assert _ids("potsdam#q", plates) == ["potsdam/q"]


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        (
            "potsdam/q/nope",
            NotFoundError,
            "potsdam/q.rd has no data descriptor 'nope'; it has: import, more, virtual",
        ),
        ("potsdam/q#nope", NotFoundError, "has no data descriptor 'nope'"),
        ("potsdam/nope", NotFoundError, r"no resource descriptor, directory or file .* there are: potsdam/q"),
        ("", NotFoundError, "there are: none/data, potsdam/q"),
        ("data/\x1bc", NotFoundError, r"data/\\x1bc"),
        ("x.rd", OptionError, "is not below the inputs directory"),
        ("none/data", OptionError, "no data descriptor with sources"),
        ("../*/../x", OptionError, "goes up"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    text: str, error: type[FitsprocError], reason: str, plates: Archive
) -> None:
    (plates.root.parent / "x.rd").touch()
    plates.add_rd("", "none/data")
    with pytest.raises(error, match=reason):
        resolve_address(text, plates.inputs, plates.root.parent)


def test_only_near_descriptors_are_named(archive: Archive) -> None:
    for number in range(20):
        archive.add_rd("", f"r{number:02}/q")
    archive.add_rd("")
    with pytest.raises(NotFoundError, match=r"there are: potsdam/q, …$"):
        resolve_address("postdam/q", archive.inputs, archive.root)
    with pytest.raises(NotFoundError, match=r"there are: potsdam/q, r00/q, .*r06/q, …$"):
        resolve_address("zzzzzzzzzzzz", archive.inputs, archive.root)


def test_a_missing_inputs_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"the inputs directory .*gone \(from x\) does not exist"):
        resolve_address("potsdam/q", InputsDirectory(tmp_path / "gone", "x"), tmp_path)


def test_a_descriptor_that_can_not_be_used_is_an_error_even_if_a_path_would_do(plates: Archive) -> None:
    plates.add_rd("<data>")
    with pytest.raises(DescriptorError, match=r"potsdam/q\.rd:3: not well-formed"):
        resolve_address("potsdam/q", plates.inputs, plates.root)


FITS_NAMES = ["a.fits", "b.FIT", "c.fts", "d.fits.gz", "e.Fits.FZ", "s/f.fit.fz"]


def test_all_fits_files_below_a_directory_are_found(archive: Archive) -> None:
    others = ["x.txt", "fits", "y.fits.hdr", "z.fits.gz.tmp", ".h.fits", ".hid/a.fits", "fitsx", "w.gz"]
    archive.add_files(*(f"data/{name}" for name in FITS_NAMES + others))
    (dd,) = resolve_address("potsdam/data", archive.inputs, archive.root).dds
    prefix = f"{archive.root}/potsdam/data/"
    assert [path.removeprefix(prefix) for path in dd.sources] == FITS_NAMES
    assert (dd.full_id, dd.rd.resdir, dd.rd.inputs) == ("potsdam/data", prefix[:-1], archive.inputs)
    assert dd.sources.notices == []
    assert dd.getProperty("x", None) is None


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("potsdam/data/*", ["data/a.fits"]),
        ("potsdam/*/*.fits", ["data/a.fits", "more/b.fits"]),
        ("potsdam/**/*.fits", ["c.fits", "data/a.fits", "data/s/d.fits", "more/b.fits"]),
        ("potsdam/**/s/*", ["data/s/d.fits"]),
        ("potsdam/data/a.fits", ["data/a.fits"]),
        ("potsdam/x.txt", ["x.txt"]),
        ("{root}/potsdam/[cd]*", ["c.fits"]),
    ],
)
def test_a_shell_pattern_finds_fits_files(glob: str, found: list[str], archive: Archive) -> None:
    archive.add_files("c.fits", "x.txt", "data/a.fits", "data/a.txt", "more/b.fits", "data/s/d.fits")
    (dd,) = resolve_address(glob.format(root=archive.root), archive.inputs, archive.root).dds
    assert [path.removeprefix(f"{archive.root}/potsdam/") for path in dd.sources] == found


def test_elsewhere_the_directory_is_its_own_inputs_directory(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.fits").touch()
    (dd,) = resolve_address(str(tmp_path / "elsewhere"), archive.inputs, archive.root).dds
    assert dd.rd.inputs.path == tmp_path / "elsewhere"
    assert dd.rd.inputs.accref(next(iter(dd.sources))) == "a.fits"


def test_an_empty_directory_says_so(archive: Archive) -> None:
    (dd,) = resolve_address("potsdam", archive.inputs, archive.root).dds
    assert list(dd.sources) == []
    assert dd.sources.notices == ["potsdam: no FITS files (.fits .fit .fts, with .gz or .fz) are there"]


def test_a_missing_resource_directory_is_told(make_archive: Callable[[str], Archive]) -> None:
    archive = make_archive("other")
    archive.add_rd(CONTENT, head='schema="gone"')
    (notice,) = resolve_address("potsdam/q", archive.inputs, archive.root).notices
    assert "there is no resource directory" in notice
