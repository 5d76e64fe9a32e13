"""The previews of a run as a gallery in the HTML report."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from preview_archive import add_images, describe, files_below
from small_archive import Archive

_MAKER = """
    from pytest_fitsproc import preview_maker

    @preview_maker
    def thumbnail(source): return source
"""


@pytest.fixture
def images(archive: Archive) -> Archive:
    describe(archive, "image/jpeg", r"\standardPreviewPath")
    add_images(archive, "a.fits", "b <&> ü.fits", "c.fits")
    archive.add_processors(_MAKER)
    return archive


def _sources(archive: Archive) -> list[str]:
    return re.findall(r'<img loading="lazy" src="([^"]*)"', archive.html())


def test_thumbnails_are_files_beside_the_page(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.run("--fitsproc-write", "--html=report.html", *plugin_args).assert_outcomes(passed=3)
    assert _sources(images) == [f"report_pictures/fitsproc-0000{number}.jpeg" for number in (1, 2, 3)]
    assert files_below(images.root / "report_pictures") == [
        f"fitsproc-0000{number}.jpeg" for number in (1, 2, 3)
    ]
    assert re.findall(r"<h3>(thumbnail: [a-z ]+)</h3>", images.html()) == ["thumbnail: made"]
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", images.html())
    assert captions == ["potsdam/data/a.fits", "potsdam/data/b &lt;&amp;&gt; ü.fits", "potsdam/data/c.fits"]


def test_those_that_were_there_are_shown_as_such(images: Archive) -> None:
    images.run("--fitsproc-write", "-k", "a.fits")
    images.run("--fitsproc-write", "--html=report.html")
    assert re.findall(r"<h3>(thumbnail: [a-z ]+)</h3>", images.html()) == [
        "thumbnail: made",
        "thumbnail: there",
    ]


def test_many_of_a_class_are_capped_with_a_line(images: Archive, plugin_args: tuple[str, ...]) -> None:
    add_images(images, *(f"more{number:02}.fits" for number in range(58)))
    images.run("--fitsproc-write", "--html=report.html", *plugin_args).assert_outcomes(passed=61)
    assert len(_sources(images)) == 60
    assert "<p>60 of 61 pictures shown</p>" in images.html()
    assert len(files_below(images.root / "report_pictures")) == 60


def test_a_self_contained_report_has_them_in_it(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.run("--fitsproc-write", "--html=report.html", "--self-contained-html", *plugin_args)
    assert [source[:23] for source in _sources(images)] == ["data:image/jpeg;base64,"] * 3
    assert not (images.root / "report_pictures").exists()


def test_a_page_in_another_directory_finds_them(images: Archive) -> None:
    images.run("--fitsproc-write", "--html=out dir/the report.html")
    page = images.root / "out dir" / "the report.html"
    sources = re.findall(r'<img loading="lazy" src="([^"]*)"', page.read_text())
    assert sources[0] == "the%20report_pictures/fitsproc-00001.jpeg"
    assert all((page.parent / unquote(source)).is_file() for source in sources)


def test_what_else_is_beside_the_page_stays(images: Archive, plugin_args: tuple[str, ...]) -> None:
    precious = images.write("report_pictures/raw/plate1.tif", "precious")
    for _ in range(2):
        images.run("--fitsproc-write", "--html=report.html", *plugin_args).assert_outcomes(passed=3)
    assert precious.read_text() == "precious"
    assert len(files_below(images.root / "report_pictures")) == 4


@pytest.mark.parametrize("kind", ["link", "file"])
def test_where_the_name_is_taken_the_page_is_written_and_a_line_says_so(
    images: Archive, kind: str, plugin_args: tuple[str, ...]
) -> None:
    taken = images.root / "report_pictures"
    if kind == "link":
        taken.symlink_to(images.bin)
    else:
        taken.write_text("precious")
    before = files_below(images.bin)
    result = images.run("--fitsproc-write", "--html=report.html", *plugin_args)
    result.assert_outcomes(passed=3)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"fitsproc: pictures are in report.html itself: {taken}: *"])
    assert [source[:23] for source in _sources(images)] == ["data:image/jpeg;base64,"] * 3
    assert [file for file in files_below(images.bin) if "__pycache__" not in file] == before
    assert kind == "link" or taken.read_text() == "precious"


def test_without_previews_there_is_no_gallery(images: Archive) -> None:
    images.run("--html=report.html")
    assert "fitsproc-gallery" not in images.html()
    assert not (images.root / "report_pictures").exists()


# naturalWidth is 0 where a picture was not loaded. The browser's virtual time stands still while it loads.
_PROBE = """<script>
const pictures = [...document.querySelectorAll(".fitsproc-gallery img")];
for (const picture of pictures) picture.loading = "eager";
setInterval(() => {
  if (pictures.every(picture => picture.complete))
    document.title = "widths " + pictures.map(picture => picture.naturalWidth).join(" ");
}, 100);
</script>"""


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--self-contained-html",)], ids=["beside", "inside"])
def test_a_browser_loads_the_thumbnails(
    images: Archive, require_program: Callable[[str], str], options: tuple[str, ...]
) -> None:
    chromium = require_program("chromium")
    images.run("--fitsproc-write", "--html=report.html", "-n2", *options)
    page = images.root / "report.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{_PROBE}</body>"), encoding="utf-8")
    dump = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000",
            f"--user-data-dir={images.root / 'profile'}", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert ">widths 30 30 30</title>" in dump.stdout
