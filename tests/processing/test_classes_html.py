from __future__ import annotations

from html.parser import HTMLParser

import pytest

from pytest_fitsproc.processing.classes import MOST_CLASSES, ClassTable
from pytest_fitsproc.processing.classes_html import html_fragment

HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m"

HARMLESS = {"div", "style", "h3", "p", "code", "details", "summary", "ul", "li", "svg", "rect"} | {
    *("table", "thead", "tbody", "tr", "th", "td")
}


class Page(HTMLParser):
    """What a browser would see: tags, attributes, texts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(*labels: str, max_files: int = 100) -> Page:
    table = ClassTable()
    for number, label in enumerate(labels):
        table.add("band", label, f"{number}.fits", number)
    return Page(html_fragment(table, max_files))


def widths(page: Page) -> list[float]:
    """The lengths of the bars; each is drawn over a background of full length."""
    return [float(value or "") for name, value in page.attributes if name == "width"][2::3]


def test_every_tag_is_closed_and_only_harmless_ones_are_used() -> None:
    page = page_of("R", "B", HOSTILE)
    assert page.open == []
    assert set(page.tags) <= HARMLESS


def test_counts_shares_and_labels_are_shown_by_count() -> None:
    texts = page_of("B", "R", "R", "R").texts
    assert "band: 4 files in 2 classes" in texts
    assert (
        texts.index("3") < texts.index("75.0%") < texts.index("R") < texts.index("25.0%") < texts.index("B")
    )


def test_bars_are_proportional_to_the_largest_class() -> None:
    assert widths(page_of("R", "R", "R", "R", "B")) == [240, 60]


@pytest.mark.parametrize("where", ["classifier", "label", "file"])
def test_texts_of_the_archive_are_escaped(where: str) -> None:
    table = ClassTable()
    texts = {"classifier": "c", "label": "l", "file": "f"} | {where: HOSTILE}
    table.add(texts["classifier"], texts["label"], texts["file"], 0)
    source = html_fragment(table)
    assert "<script" not in source
    assert "\x1b" not in source
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;\\x1b[31m" in source
    assert "script" not in Page(source).tags


def test_the_first_files_of_a_class_are_folded_under_its_label() -> None:
    texts = page_of(*["R"] * 5, max_files=3).texts
    assert [text for text in texts if text.endswith(".fits")] == ["0.fits", "1.fits", "2.fits"]
    assert "3 of 5 files shown; all of them: --fitsproc-classes=FILE.csv" in "".join(texts)


def test_no_line_says_what_is_missing_where_nothing_is() -> None:
    assert "shown" not in "".join(page_of("R", "R", max_files=2).texts)


def test_many_classes_are_cut_with_the_way_to_all_of_them() -> None:
    texts = "".join(page_of(*(f"{number} s" for number in range(MOST_CLASSES + 1))).texts)
    assert f"{MOST_CLASSES} of {MOST_CLASSES + 1} classes shown" in texts


def test_nothing_classified_gives_nothing() -> None:
    assert html_fragment(ClassTable(["band"])) == ""
