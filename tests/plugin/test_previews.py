"""Functions that make previews: what they return, where it is written, and when."""

from __future__ import annotations

import os

import numpy as np
import pytest
from preview_archive import add_images, describe, files_below, image_bytes, pixels, preview, size_and_format
from small_archive import DD, Archive

_MAKER = """
    import io
    import numpy as np
    from PIL import Image
    from pytest_fitsproc import preview_maker

    @preview_maker{arguments}
    def thumbnail(source{more}):
        return {value}
"""
_PNG = "b'\\x89PNG\\r\\n\\x1a\\nrest'"


def add_maker(archive: Archive, value: str, *, arguments: str = "", more: str = "") -> None:
    archive.add_processors(_MAKER.format(value=value, arguments=arguments, more=more))


@pytest.fixture
def images(archive: Archive) -> Archive:
    """Three images of 30×20 pixels, and a maker of previews that shows them."""
    describe(archive)
    add_images(archive, "a.fits", "b.fits", "sub/c.fits")
    add_maker(archive, "source")
    return archive


def names(*suffixes: str) -> list[str]:
    return [
        f"potsdam/data/{name}{suffix}" for name in ("a.fits", "b.fits", "sub/c.fits") for suffix in suffixes
    ]


def test_a_plain_run_makes_none_and_says_how(images: Archive, plugin_args: tuple[str, ...]) -> None:
    before = files_below(images.root)
    result = images.run("-p", "no:cacheprovider", *plugin_args)
    assert result.ret == 5
    result.stdout.fnmatch_lines(["fitsproc: 3 items were left out: --fitsproc-write wakes thumbnail"])
    assert [file for file in files_below(images.root) if "__pycache__" not in file] == before


@pytest.mark.parametrize("word", ["--fitsproc-write", "--fitsproc-write=thumbnail", "--force", "--stale"])
def test_words_wake_it(images: Archive, word: str, plugin_args: tuple[str, ...]) -> None:
    result = images.run(word, *plugin_args)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["thumbnail: 3 files in 1 class", "*3  100.0%  made*"])
    assert files_below(images.resdir / "previews") == names(".png")
    assert size_and_format(preview(images, "sub/c.fits")) == ((30, 20), "PNG")


def test_classes_say_what_is_there_and_what_is_older_than_its_file(
    images: Archive, plugin_args: tuple[str, ...]
) -> None:
    images.run("--fitsproc-write").assert_outcomes(passed=3)
    preview(images, "b.fits").unlink()
    os.utime(preview(images, "a.fits"), (1, 1))
    there = preview(images, "sub/c.fits").stat().st_mtime_ns
    result = images.run("--fitsproc-write", *plugin_args)
    result.stdout.fnmatch_lines_random(["*1 *made *", "*1 *there *", "*1 *older than its source *"])
    assert preview(images, "a.fits").stat().st_mtime == 1
    assert preview(images, "sub/c.fits").stat().st_mtime_ns == there


def test_stale_ones_are_made_anew_where_asked_for(images: Archive) -> None:
    images.run("--fitsproc-write")
    os.utime(preview(images, "a.fits"), (1, 1))
    images.run("--fitsproc-stale").stdout.fnmatch_lines_random(["*2 *there *", "*1 *made anew *"])
    images.run("--fitsproc-force").stdout.fnmatch_lines(["*3 *made anew *"])


def test_an_empty_file_is_no_preview(images: Archive) -> None:
    images.run("--fitsproc-write")
    preview(images, "a.fits").write_bytes(b"")
    images.run("--fitsproc-write").stdout.fnmatch_lines_random(["*2 *there *", "*1 *made *"])
    assert size_and_format(preview(images, "a.fits")) == ((30, 20), "PNG")


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("source", (30, 20)),
        ("np.arange(600.0).reshape(20, 30)", (30, 20)),
        ("np.ones((3, 20, 30))", (30, 20)),
        ("np.ma.masked_less(np.arange(600.0).reshape(20, 30), 5)", (30, 20)),
        ("Image.new('L', (7, 9))", (7, 9)),
        ("Image.new('RGBA', (7, 9))", (7, 9)),
        ("hdus[0].data", (30, 20)),
    ],
)
@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/gif"])
def test_sources_arrays_and_pillow_images_get_the_format_that_is_published(
    archive: Archive, value: str, size: tuple[int, int], mime: str
) -> None:
    describe(archive, mime)
    add_images(archive, "a.fits")
    add_maker(archive, value, more=", hdus" if "hdus" in value else "")
    archive.run("--fitsproc-write", "-W", "ignore").assert_outcomes(passed=1)
    assert size_and_format(preview(archive, "a.fits")) == (size, mime.partition("/")[2].upper())


@pytest.mark.parametrize(
    ("mime", "path", "found"),
    [
        ("image/png", r"\splitPreviewPath{.jpg}", "PNG"),
        (None, r"\splitPreviewPath{.png}", "PNG"),
        (None, r"\splitPreviewPath{.jpeg}", "JPEG"),
        (None, r"\splitPreviewPath{}", "JPEG"),
        (None, r"\splitPreviewPath{.preview}", "JPEG"),
        (None, r"\standardPreviewPath", "JPEG"),
    ],
)
def test_the_format_is_as_published_else_as_the_name_says_else_jpeg(
    archive: Archive, mime: str | None, path: str, found: str
) -> None:
    describe(archive, mime, path)
    add_images(archive, "a.fits")
    add_maker(archive, "source")
    archive.run("--fitsproc-write").assert_outcomes(passed=1)
    (made,) = files_below(archive.resdir / "previews")
    assert size_and_format(archive.resdir / "previews" / made)[1] == found


@pytest.mark.parametrize("suffix", ["webp", "TIFF", "svg", "bmp", "pdf"])
def test_a_name_of_a_format_that_is_not_written_is_a_failure_of_one_line(
    archive: Archive, suffix: str
) -> None:
    describe(archive, None, rf"\splitPreviewPath{{.{suffix}}}")
    add_images(archive, "a.fits")
    result = archive.run("--fitsproc-previews", "-rf")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"FAILED *previews are not written as '*/{suffix.lower()}*'; use one of *"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not (archive.resdir / "previews").exists()


def test_bytes_of_a_format_that_is_not_written_go_where_the_name_says_so(archive: Archive) -> None:
    describe(archive, None, r"\splitPreviewPath{.webp}")
    add_images(archive, "a.fits")
    add_maker(archive, "b'RIFF....WEBP'")
    archive.run("--fitsproc-write").assert_outcomes(passed=1)
    assert preview(archive, "a.fits", ".webp").read_bytes() == b"RIFF....WEBP"


def test_bytes_are_written_as_they_are(archive: Archive) -> None:
    describe(archive)
    add_images(archive, "a.fits")
    add_maker(archive, _PNG)
    archive.run("--fitsproc-write").assert_outcomes(passed=1)
    assert preview(archive, "a.fits").read_bytes() == b"\x89PNG\r\n\x1a\nrest"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (_PNG, "what was returned is image/png, and the preview is published as image/jpeg"),
        ("b'<html>'", "what was returned is no picture that is known, it begins with b'<html>', and *"),
        ("b''", "what was returned is no picture that is known*"),
        ("None", "a preview is bytes, a Pillow image or an array, and NoneType was returned"),
        ("'a.jpg'", "a preview is bytes, a Pillow image or an array, and str was returned"),
        ("np.zeros((2, 2), complex)", "real numbers are needed*complex128"),
        ("np.zeros((0, 7))", "an array of shape (0, 7) is no picture*"),
        ("np.zeros(7)", "an array of shape (7,) is no picture*"),
        ("np.zeros((2, 7, 9))", "an array of shape (2, 7, 9) is no picture*"),
    ],
)
def test_what_is_no_preview_of_the_file_is_a_failure_of_one_line(
    archive: Archive, value: str, message: str
) -> None:
    describe(archive, "image/jpeg")
    add_images(archive, "a.fits")
    add_maker(archive, value)
    result = archive.run("--fitsproc-write", "-rf")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{message}".replace("[", "[[]")])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not (archive.resdir / "previews").exists()


def test_an_error_of_the_curators_code_is_a_failure_with_its_traceback(images: Archive) -> None:
    add_maker(images, "1 / 0")
    result = images.run("--fitsproc-write")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines([">*return 1 / 0", "E*ZeroDivisionError*"])
    assert not (images.resdir / "previews").exists()


def test_a_maker_may_skip_a_file(images: Archive) -> None:
    images.add_processors(
        """
        import pytest
        from pytest_fitsproc import preview_maker
        from pytest_fitsproc.api import SkipThis

        @preview_maker
        def thumbnail(source):
            if source.stem == "a":
                raise SkipThis("no lamp")
            if source.stem == "b":
                pytest.skip("no plate")
            return source
        """
    )
    result = images.run("--fitsproc-write", "-rs")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines_random(["*no lamp*", "*no plate*"])


def test_stretch_and_size_are_declared(archive: Archive) -> None:
    describe(archive)
    archive.add_file("a.fits", image_bytes(pixels((200, 300))))
    add_maker(archive, "source", arguments="(stretch='dachs')")
    archive.run("--fitsproc-write").assert_outcomes(passed=1)
    assert size_and_format(preview(archive, "a.fits"))[0] == (150, 100)
    add_maker(archive, "source", arguments="(size=30)")
    archive.run("--force").assert_outcomes(passed=1)
    assert size_and_format(preview(archive, "a.fits"))[0] == (30, 20)


def test_the_first_row_is_the_lowest(archive: Archive) -> None:
    from PIL import Image

    describe(archive)
    add_images(archive, "a.fits")
    add_maker(archive, "source")
    archive.run("--fitsproc-write")
    shown = np.asarray(Image.open(preview(archive, "a.fits")))
    assert shown[0].mean() > 200 > 50 > shown[-1].mean()


def test_pytests_options_choose(images: Archive) -> None:
    images.run("--fitsproc-write", "-k", "b.fits").assert_outcomes(passed=1, deselected=2)
    assert files_below(images.resdir / "previews") == names(".png")[1:2]
    images.run(address=f"{DD}::data/a.fits::thumbnail").assert_outcomes()
    images.run("--fitsproc-write", address=f"{DD}::data/a.fits::thumbnail").assert_outcomes(passed=1)
    assert files_below(images.resdir / "previews") == names(".png")[:2]


def test_failures_are_run_again_and_may_end_the_run(images: Archive) -> None:
    add_maker(images, "source if source.stem != 'b' else b''")
    images.run("--fitsproc-write", "-x").assert_outcomes(passed=1, failed=1)
    assert files_below(images.resdir / "previews") == names(".png")[:1]
    add_maker(images, "source")
    images.run("--fitsproc-write", "--lf").assert_outcomes(passed=1)
    assert files_below(images.resdir / "previews") == names(".png")[:2]


def test_modes_let_the_server_read_and_the_group_write(images: Archive) -> None:
    before = os.umask(0o077)
    try:
        images.run("--fitsproc-write")
    finally:
        os.umask(before)
    made = preview(images, "a.fits")
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o664, 0o775)


def test_default_previews_need_no_processors(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    describe(archive)
    add_images(archive, "a.fits", "b.fits")
    result = archive.run("--fitsproc-previews", "-rA", *plugin_args)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random([f"PASSED {DD}::data/{name}.fits::preview" for name in "ab"])
    archive.run("--fitsproc-previews").stdout.fnmatch_lines(["*2 *there *"])
    archive.run("--fitsproc-previews", "--fitsproc-force").stdout.fnmatch_lines(["*2 *made anew *"])


def test_default_previews_wake_no_other_maker(images: Archive) -> None:
    result = images.run("--fitsproc-previews")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        ["*3 items were left out: --fitsproc-write wakes thumbnail", "preview: 3 files*"]
    )


def test_previews_of_a_directory_are_below_the_current_one(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    add_images(archive, "a.fits", "sub/b.fits")
    archive.run("--fitsproc-previews", *plugin_args, address="potsdam/data").assert_outcomes(passed=2)
    assert files_below(archive.root / "fitsproc-previews") == [
        "potsdam/data/a.fits.jpg",
        "potsdam/data/sub/b.fits.jpg",
    ]
    assert files_below(archive.resdir / "data") == ["a.fits", "sub/b.fits"]


def test_previews_may_go_to_another_directory(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.run("--fitsproc-write", "--fitsproc-previews-to=out/here", *plugin_args).assert_outcomes(passed=3)
    assert files_below(images.root / "out" / "here") == names(".png")
    assert not (images.resdir / "previews").exists()


@pytest.mark.parametrize("address", [DD, "potsdam/data"])
def test_previews_never_go_among_the_data(images: Archive, address: str) -> None:
    result = images.run("--fitsproc-previews", "--fitsproc-previews-to=potsdam/data/sub/new", address=address)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*is among the data; name another directory by --fitsproc-previews-to=DIR"])
    assert files_below(images.resdir / "data") == ["a.fits", "b.fits", "sub/c.fits"]


def test_a_directory_within_itself_has_no_place_for_previews(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_images(archive, "a.fits")
    monkeypatch.chdir(archive.resdir / "data")
    result = archive.run("--fitsproc-previews", "-p", "no:cacheprovider", address=".")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fitsproc-previews is among the data; name another directory by*"])
    assert files_below(archive.resdir / "data") == ["a.fits"]
