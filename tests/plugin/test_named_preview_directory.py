"""Previews below a directory that the user names: never beside the data, never one for several files."""

from __future__ import annotations

from pathlib import Path

import pytest
from preview_archive import add_images, describe, files_below, image_bytes, pixels
from small_archive import DD, Archive


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two directories that are not below the inputs directory, with files of the same name."""
    directory = tmp_path_factory.mktemp("elsewhere")
    for number in (1, 2):
        (directory / f"n{number}" / "sub").mkdir(parents=True)
        for name in ("a.fits", "sub/b.fits"):
            (directory / f"n{number}" / name).write_bytes(image_bytes(pixels((20 * number, 30))))
    return directory


def _made(archive: Archive, *words: str, to: str = "fitsproc-previews") -> list[str]:
    archive.run("--fitsproc-previews", *words, address=None)
    return files_below(archive.root / to)


def test_files_of_one_name_in_directories_elsewhere_have_previews_of_their_own(
    archive: Archive, elsewhere: Path, plugin_args: tuple[str, ...]
) -> None:
    made = _made(archive, *(f"--fitsproc={elsewhere}/n{number}" for number in (1, 2)), *plugin_args)
    assert len(made) == 4
    assert [path[:3] for path in made] == ["n1-", "n1-", "n2-", "n2-"]
    assert [path.partition("/")[2] for path in made] == ["a.fits.jpg", "sub/b.fits.jpg"] * 2


def test_runs_on_directories_elsewhere_do_not_share_previews(archive: Archive, elsewhere: Path) -> None:
    for directory in ("n1", "n2"):
        (elsewhere / directory / "plates").mkdir()
        (elsewhere / directory / "plates" / "c.fits").write_bytes(image_bytes())
        for _ in range(2):
            made = _made(
                archive, f"--fitsproc={elsewhere}/{directory}/plates", "--fitsproc-previews-to=to", to="to"
            )
    assert len(made) == 2
    assert {path[:7] for path in made} == {"plates-"}


def test_a_directory_of_the_inputs_directory_keeps_its_accrefs(
    archive: Archive, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    archive.run("--fitsproc-previews", "--fitsproc-inputs=.", "--fitsproc-previews-to=to", address="n1/")
    archive.run("--fitsproc-previews", "--fitsproc-inputs=n2", "--fitsproc-previews-to=to", address="n2/")
    assert files_below(elsewhere / "to") == [
        "a.fits.jpg",
        "n1/a.fits.jpg",
        "n1/sub/b.fits.jpg",
        "sub/b.fits.jpg",
    ]


@pytest.mark.parametrize(
    ("address", "current", "to"),
    [
        (DD, ".", "."),
        ("potsdam/data", ".", "."),
        ("data", "potsdam", ".."),
        (DD, ".", "link"),
        (DD, ".", "potsdam/data"),
    ],
)
def test_previews_never_go_beside_their_files(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, address: str, current: str, to: str,
    plugin_args: tuple[str, ...],
) -> None:  # fmt: skip
    describe(archive)
    add_images(archive, "a.fits", "sub/c.fits")
    (archive.root / "link").symlink_to(archive.root)
    monkeypatch.chdir(archive.root / current)
    result = archive.run("--fitsproc-previews", f"--fitsproc-previews-to={to}", *plugin_args, address=address)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*is among the data; name another directory by --fitsproc-previews-to=DIR"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert files_below(archive.resdir / "data") == ["a.fits", "sub/c.fits"]


def test_previews_never_go_beside_a_file_that_is_named_singly(archive: Archive) -> None:
    archive.write(
        "potsdam/q.rd",
        '<resource schema="potsdam"><data id="import"><sources item="data/a.fits"/></data></resource>',
    )
    add_images(archive, "a.fits")
    result = archive.run("--fitsproc-previews", "--fitsproc-previews-to=.")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*/potsdam/data is among the data; name another directory by *"])
    assert files_below(archive.resdir / "data") == ["a.fits"]


@pytest.mark.parametrize("address", [DD, "potsdam/data"])
def test_what_is_no_picture_is_not_overwritten(archive: Archive, address: str) -> None:
    describe(archive, "image/jpeg")
    add_images(archive, "a.fits", "b.fits")
    precious = archive.write("out/potsdam/data/a.fits.jpg", "precious")
    for words in ((), ("--fitsproc-force",)):
        result = archive.run("--fitsproc-previews", "--fitsproc-previews-to=out", *words, address=address)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["*a.fits: */a.fits.jpg is there and is no image: it is not overwritten"])
        assert precious.read_text() == "precious"


@pytest.mark.parametrize("kind", ["hard link", "link", "directory", "file above"])
def test_the_product_and_what_is_no_file_are_not_overwritten(archive: Archive, kind: str) -> None:
    describe(archive, "image/jpeg")
    add_images(archive, "a.fits")
    product, target = (
        archive.resdir / "data" / "a.fits",
        archive.root / "out" / "potsdam" / "data" / "a.fits.jpg",
    )
    if kind == "file above":
        archive.write("out/potsdam", "precious")
    else:
        target.parent.mkdir(parents=True)
    if kind == "hard link":
        target.hardlink_to(product)
    elif kind == "link":
        target.symlink_to(product)
    elif kind == "directory":
        target.mkdir()
    result = archive.run("--fitsproc-previews", "--fitsproc-previews-to=out", "--force")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"data/a.fits: {_REASONS[kind]}"])
    assert product.read_bytes() == image_bytes()


_REASONS = {
    "hard link": "*a.fits.jpg is the product itself",
    "link": "links lead from *a.fits.jpg to */data/a.fits, out of */out",
    "directory": "*a.fits.jpg is no regular file",
    "file above": "its preview has no place: *Not a directory*",
}
