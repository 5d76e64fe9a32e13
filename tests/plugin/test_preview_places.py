"""No preview is written elsewhere than below the directory for previews, whatever accrefs and tables say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from preview_archive import add_images, describe, files_below, image_bytes, preview, size_and_format
from small_archive import Archive

from pytest_fitsproc.errors import FitsprocError

_MAKER = """
    from pytest_fitsproc import preview_maker

    @preview_maker
    def thumbnail(source): return source
"""


@pytest.fixture
def image(archive: Archive) -> Archive:
    add_images(archive, "a.fits")
    archive.add_processors(_MAKER)
    return archive


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("'potsdam/data/a.fits.png'", "leads out of */potsdam/previews"),
        ("'potsdam/previews/../x.png'", "leads out of */potsdam/previews"),
        ("'../outside.png'", "is refused"),
        ("'/tmp/outside.png'", "is refused"),
        ("'potsdam/previews'", "leads out of */potsdam/previews"),
        (
            "'AUTO'",
            "its preview is AUTO: DaCHS makes one when it is asked for; bind preview in //products#define",
        ),
        ("'https://example.org/a.png'", "its preview is elsewhere, at https://example.org/a.png"),
        ("None", "the products table names no preview for it"),
        (r"makeURL(\inputRelativePath{True})", "*is Python, which is never run*"),
    ],
)
def test_a_path_that_leads_elsewhere_is_a_failure(image: Archive, path: str, message: str) -> None:
    describe(image, "image/png", path)
    before = files_below(image.resdir)
    result = image.run("--fitsproc-write", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{message}*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert [file for file in files_below(image.resdir) if "__pycache__" not in file] == before
    assert not list(image.root.parent.glob("outside*"))


@pytest.mark.parametrize("link", ["previews", "previews/potsdam", "previews/potsdam/data/a.fits.png"])
def test_links_out_of_the_inputs_directory_are_not_followed(
    image: Archive, tmp_path_factory: pytest.TempPathFactory, link: str
) -> None:
    describe(image)
    outside = tmp_path_factory.mktemp("outside")
    place = image.resdir / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside / "target" if link.endswith(".png") else outside)
    result = image.run("--fitsproc-write")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*links lead from *"])
    assert not list(outside.iterdir())


def test_a_link_for_the_directory_is_followed_into_a_root_that_was_named(
    image: Archive, tmp_path_factory: pytest.TempPathFactory
) -> None:
    describe(image)
    outside = tmp_path_factory.mktemp("disk")
    (image.resdir / "previews").symlink_to(outside)
    image.write("pytest.ini", f"[pytest]\nfitsproc_roots = {outside}\n")
    image.run("--fitsproc-write").assert_outcomes(passed=1)
    assert files_below(outside) == ["potsdam/data/a.fits.png"]


def test_a_link_below_a_named_directory_is_not_followed_out_of_it(
    image: Archive, tmp_path_factory: pytest.TempPathFactory
) -> None:
    describe(image)
    outside = tmp_path_factory.mktemp("outside")
    (image.root / "out").mkdir()
    (image.root / "out" / "potsdam").symlink_to(outside)
    result = image.run("--fitsproc-write", "--fitsproc-previews-to=out")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*links lead from *, out of */out"])
    assert not list(outside.iterdir())


def test_what_is_no_picture_is_not_overwritten(image: Archive) -> None:
    describe(image)
    precious = preview(image, "a.fits")
    precious.parent.mkdir(parents=True)
    precious.write_text("precious")
    result = image.run("--fitsproc-force")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*is there and is no image: it is not overwritten"])
    assert precious.read_text() == "precious"


def test_an_accref_without_a_file_fails_alone(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    describe(archive)
    add_images(archive, "a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import identifiers, preview_maker

        @identifiers
        def published(): return ["potsdam/data/a.fits", "potsdam/data/gone.fits", "../../etc/passwd"]

        @preview_maker
        def thumbnail(source): return source
        """
    )
    result = archive.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "*potsdam/data/gone.fits is not in the products table*",
            "*../../etc/passwd is not in the products table*",
        ]
    )
    assert files_below(archive.resdir / "previews") == ["potsdam/data/a.fits.png"]


def test_a_file_that_vanishes_fails_alone(archive: Archive) -> None:
    describe(archive)
    add_images(archive, "a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import preview_maker

        @preview_maker
        def thumbnail(source):
            if source.stem == "a": (source.path.parent / "b.fits").unlink()
            return source
        """
    )
    result = archive.run("--fitsproc-write")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*/data/b.fits: there is no such file (any more)"])
    assert not preview(archive, "b.fits").exists()


def test_names_beyond_what_a_file_system_takes_are_shortened(archive: Archive) -> None:
    name = "a" * 240 + ".fits"
    describe(archive, path=r"\standardPreviewPath")
    add_images(archive, name)
    archive.add_processors(_MAKER)
    archive.run("--fitsproc-write").assert_outcomes(passed=1)
    archive.run("--fitsproc-write", "--fitsproc-previews-to=out").assert_outcomes(passed=1)
    for directory in ("potsdam/previews", "out"):
        (made,) = files_below(archive.root / directory)
        assert len(os.path.basename(made)) < 256
        assert size_and_format(archive.root / directory / made)[1] == "PNG"


@pytest.mark.parametrize(
    "name", ["new\nline.fits", "esc\x1b[31m.fits", "quote'\"<b>.fits", "-o a.fits", "a%2.fits"]
)
@pytest.mark.parametrize("path", [r"\splitPreviewPath{.png}", r"\standardPreviewPath"])
def test_names_of_any_kind_have_their_preview(archive: Archive, name: str, path: str) -> None:
    describe(archive, path=path)
    add_images(archive, name)
    archive.add_processors(_MAKER)
    result = archive.run("--fitsproc-write", "--html=report.html")
    result.assert_outcomes(passed=1)
    assert len(files_below(archive.resdir / "previews")) == 1
    assert "\x1b[31m.fits" not in result.stdout.str()
    assert "<b>.fits" not in archive.html()


def _relative_texts() -> st.SearchStrategy[str]:
    parts = st.sampled_from(
        ["..", ".", "", "a", "previews", "potsdam", "/", "etc", "~", "\\", "%2e%2e", "\0"]
    )
    return st.lists(parts | st.text(max_size=3), max_size=8).map("/".join)


@given(accref=_relative_texts(), is_absolute=st.booleans())
@example(accref="../../../etc/passwd", is_absolute=False)
@example(accref="etc/passwd", is_absolute=True)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_accref_leads_outside(tmp_path: Path, accref: str, is_absolute: bool) -> None:
    from pytest_fitsproc.archive.descriptor import load_descriptor
    from pytest_fitsproc.archive.inputs import find_inputs_directory
    from pytest_fitsproc.archive.preview_path import split_preview_path
    from pytest_fitsproc.archive.preview_target import find_preview

    (tmp_path / "potsdam").mkdir(exist_ok=True)
    (tmp_path / "potsdam" / "q.rd").write_text(
        '<resource schema="potsdam"><data id="import"><property key="previewDir">previews</property>'
        '<sources pattern="data/*"/></data></resource>'
    )
    dd = load_descriptor("potsdam/q", find_inputs_directory(str(tmp_path), None, {}, tmp_path)).dd("import")
    given_path = "/" + accref if is_absolute else accref
    for preview_text in (given_path, split_preview_path("potsdam/previews", given_path, ".png")):
        try:
            path, _ = find_preview(dd, accref, preview_text, None)
        except FitsprocError:
            continue
        assert Path(os.path.realpath(path)).is_relative_to(tmp_path / "potsdam" / "previews")


@pytest.mark.slow
def test_hostile_files_have_a_preview_or_an_error_and_nothing_else(shared: Path, archive: Archive) -> None:
    attacks = archive.root / "attacks"
    subprocess.run(
        [sys.executable, shared / "tools" / "make_attacks.py", attacks], check=True, capture_output=True
    )
    (attacks / "fine.fits").write_bytes(image_bytes())
    before = files_below(attacks)
    result = archive.run(
        "--fitsproc-previews",
        "-p",
        "no:cacheprovider",
        "--fitsproc-previews-to=out",
        address="attacks",
        own=True,
    )
    outcomes = result.parseoutcomes()
    assert "errors" not in outcomes
    assert outcomes["passed"] >= 1
    assert files_below(attacks) == before
    assert "attacks/fine.fits.jpg" in files_below(archive.root / "out")
    assert not list(archive.root.rglob("PWNED*"))
