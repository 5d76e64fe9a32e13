"""The gallery of previews as HTML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_fitsproc.processing.gallery import Beside, Picture, gallery_html, inside

_JPEG, _PNG = b"\xff\xd8\xff\xe0picture", b"\x89PNG\r\n\x1a\npicture"


def _pictures(directory: Path, count: int, label: str = "made", content: bytes = _JPEG) -> list[Picture]:
    found = []
    for number in range(count):
        path = directory / f"{label}-{number:03}.preview"
        path.write_bytes(content)
        found.append(Picture("thumbnail", label, f"data/{number:03}.fits", str(path)))
    return found


def _sources(html: str) -> list[str]:
    return re.findall(r'<img loading="lazy" src="([^"]*)"', html)


def test_pictures_are_copied_beside_the_page_with_the_suffix_of_their_format(tmp_path: Path) -> None:
    pictures = _pictures(tmp_path, 1) + _pictures(tmp_path, 1, "anew", _PNG)
    html = gallery_html(pictures, Beside(tmp_path / "report.html"))
    assert _sources(html) == ["report_pictures/fitsproc-00001.png", "report_pictures/fitsproc-00002.jpeg"]
    assert (tmp_path / "report_pictures" / "fitsproc-00001.png").read_bytes() == _PNG


def test_the_directory_has_the_pictures_of_the_last_page_only(tmp_path: Path) -> None:
    gallery_html(_pictures(tmp_path, 3), Beside(tmp_path / "report.html"))
    gallery_html(_pictures(tmp_path, 1), Beside(tmp_path / "report.html"))
    assert [path.name for path in (tmp_path / "report_pictures").iterdir()] == ["fitsproc-00001.jpeg"]


def test_what_else_is_in_the_directory_stays(tmp_path: Path) -> None:
    directory = tmp_path / "report_pictures"
    (directory / "raw").mkdir(parents=True)
    (directory / "fitsproc-00007.jpeg").mkdir()
    (directory / "fitsproc-00009.jpeg").symlink_to(tmp_path)
    precious = [directory / name for name in ("raw/plate1.tif", "00001.jpeg", "fitsproc-1.jpeg", "notes")]
    for path in precious:
        path.write_text("precious")
    gallery_html(_pictures(tmp_path, 3), Beside(tmp_path / "report.html"))
    html = gallery_html(_pictures(tmp_path, 1), Beside(tmp_path / "report.html"))
    assert _sources(html) == ["report_pictures/fitsproc-00001.jpeg"]
    assert all(path.read_text() == "precious" for path in precious)
    assert sorted(path.name for path in directory.iterdir()) == [
        "00001.jpeg", "fitsproc-00001.jpeg", "fitsproc-00007.jpeg", "fitsproc-00009.jpeg",
        "fitsproc-1.jpeg", "notes", "raw",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("link", "report_pictures: a link, which is not followed"),
        ("dangling", "report_pictures: a link, which is not followed"),
        ("file", "report_pictures: no directory"),
        ("taken name", "report_pictures: File exists"),
    ],
)
def test_where_the_directory_cannot_be_used_the_pictures_are_in_the_page(
    tmp_path: Path, kind: str, reason: str
) -> None:
    directory, elsewhere = tmp_path / "report_pictures", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "file":
        directory.write_text("precious")
    elif kind == "taken name":
        (directory / "fitsproc-00001.png").mkdir(parents=True)
    else:
        directory.symlink_to(elsewhere if kind == "link" else tmp_path / "gone")
    address = Beside(tmp_path / "report.html")
    html = gallery_html(_pictures(tmp_path, 2, content=_PNG), address)
    assert _sources(html) == ["data:image/png;base64,iVBORw0KGgpwaWN0dXJl"] * 2
    assert address.problem == f"pictures are in report.html itself: {tmp_path}/{reason}"
    assert not list(elsewhere.iterdir())
    assert kind != "file" or directory.read_text() == "precious"


def test_of_each_class_the_first_are_shown_and_a_line_says_so(tmp_path: Path) -> None:
    pictures = _pictures(tmp_path, 5) + _pictures(tmp_path, 2, "there")
    html = gallery_html(pictures, Beside(tmp_path / "report.html"), most=3)
    assert len(_sources(html)) == 5
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["thumbnail: made", "thumbnail: there"]
    assert re.findall(r"<p>(.*?)</p>", html) == ["3 of 5 pictures shown"]
    assert "data/002.fits" in html
    assert "data/003.fits" not in html


def test_a_picture_that_is_gone_is_left_out(tmp_path: Path) -> None:
    pictures = _pictures(tmp_path, 2)
    Path(pictures[0].path).unlink()
    html = gallery_html(pictures, Beside(tmp_path / "report.html"))
    assert re.findall(r"<figcaption>(.*?)</figcaption>", html) == ["data/001.fits"]


def test_without_pictures_there_is_no_gallery(tmp_path: Path) -> None:
    assert gallery_html([], inside) == ""


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\x1b[31m"]
)
def test_texts_of_the_archive_are_escaped(tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(_JPEG)
    html = gallery_html([Picture(hostile, hostile, hostile, str(path))], inside)
    assert hostile not in html
    assert len(re.findall(r"<img\b", html)) == 1


def test_a_page_of_one_file_has_the_pictures_in_it(tmp_path: Path) -> None:
    html = gallery_html(_pictures(tmp_path, 1, content=_PNG), inside)
    assert _sources(html) == ["data:image/png;base64,iVBORw0KGgpwaWN0dXJl"]
