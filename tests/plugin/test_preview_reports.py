"""What makers would make, by --report; and whose previews are published where there are several makers."""

from __future__ import annotations

import pytest
from preview_archive import add_images, describe, files_below, preview
from small_archive import DD, Archive

_FUNCTION = """
    import pytest
    from pytest_fitsproc import api, preview_maker

    @preview_maker
    def own(source{more}): return b"\\x89PNG\\r\\n\\x1a\\nown"
"""
_METHOD = """
    from pytest_fitsproc import preview_maker

    class TestPlates:
        @preview_maker
        def own(self, source): return b"\\x89PNG\\r\\n\\x1a\\nown"
"""
_CLASS = """
    from pytest_fitsproc import api

    class Own(api.PreviewMaker):
        def getPreviewData(self, accref): return b"\\x89PNG\\r\\n\\x1a\\nown"
"""
_OWN_BYTES = b"\x89PNG\r\n\x1a\nown"


@pytest.fixture
def images(archive: Archive) -> Archive:
    """Three images; that of b.fits has a preview."""
    describe(archive)
    add_images(archive, "a.fits", "b.fits", "c.fits")
    there = preview(archive, "b.fits")
    there.parent.mkdir(parents=True)
    there.write_bytes(b"\x89PNG\r\n\x1a\nold")
    return archive


@pytest.mark.parametrize(
    ("processors", "word", "name"),
    [
        (_FUNCTION.format(more=""), "--fitsproc-write", "own"),
        (_FUNCTION.format(more=", tmp_path, products"), "--fitsproc-write=own", "own"),
        (_METHOD, "-v", "TestPlates.own"),
        (None, "--fitsproc-previews", "preview"),
        (_CLASS, "-v", "Own"),
    ],
)
def test_a_report_says_which_files_have_their_preview_and_makes_none(
    images: Archive, processors: str | None, word: str, name: str, plugin_args: tuple[str, ...]
) -> None:
    if processors is not None:
        images.add_processors(processors)
    result = images.run("--report", word, "-rA", *plugin_args)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines_random(
        [
            f"{name}.classify: 3 files in 2 classes",
            "*2 * without *",
            "*1 * with *",
            f"PASSED {DD}::data/a.fits::{name}.classify",
        ]
    )
    assert files_below(images.resdir / "previews") == ["potsdam/data/b.fits.png"]


def test_words_count_in_a_report(images: Archive) -> None:
    images.add_processors(_FUNCTION.format(more=""))
    images.run("--report", "--force").stdout.fnmatch_lines(["*3 * without *"])
    images.run("--report", "--stale").stdout.fnmatch_lines(["*2 * without *", "*1 * with *"])
    images.run("--report", "--fitsproc-previews-to=out").stdout.fnmatch_lines(["*3 * without *"])


def test_a_report_of_several_data_descriptors_has_the_files_of_all(images: Archive) -> None:
    text = (images.resdir / "q.rd").read_text()
    images.write("potsdam/r.rd", text.replace("data/*", "other/*"))
    add_images(images, "../other/d.fits")
    images.add_processors(_FUNCTION.format(more=", products"))
    result = images.run("--report", "--fitsproc=potsdam/r/import")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["own.classify: 4 files in 2 classes", "*3 * without *", "*1 * with *"])


def test_the_id_of_a_reported_item_can_be_pasted_back(images: Archive, plugin_args: tuple[str, ...]) -> None:
    images.add_processors(_FUNCTION.format(more=""))
    result = images.run("--report", *plugin_args, address=f"{DD}::data/a.fits::own.classify")
    result.assert_outcomes(passed=1)


def test_a_preview_without_a_place_fails_in_a_report_too(archive: Archive) -> None:
    describe(archive, path="'AUTO'")
    add_images(archive, "a.fits")
    archive.add_processors(_FUNCTION.format(more=""))
    result = archive.run("--report")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*its preview is AUTO*"])


def test_files_that_a_mark_leaves_out_are_left_out_of_a_report(images: Archive) -> None:
    images.add_processors(_FUNCTION.format(more="").replace("@preview", "@pytest.mark.skip\n    @preview"))
    images.run("--report").assert_outcomes(skipped=3)


@pytest.mark.parametrize("words", [["--fitsproc-write"], ["--fitsproc-force"], ["--fitsproc-stale"]])
@pytest.mark.parametrize("maker", [_FUNCTION.format(more=""), _FUNCTION.format(more=", tmp_path"), _CLASS])
def test_the_curators_previews_are_published_where_both_are_asked_for(
    images: Archive, maker: str, words: list[str], plugin_args: tuple[str, ...]
) -> None:
    images.add_processors(maker)
    result = images.run("--fitsproc-previews", "-k", "not classify", *words, *plugin_args)
    assert result.parseoutcomes()["passed"] == 3
    result.stdout.fnmatch_lines([f"fitsproc: {DD}: --fitsproc-previews leaves the previews to [oO]wn"])
    for name in ("a.fits", "c.fits"):
        assert preview(images, name).read_bytes() == _OWN_BYTES


def test_data_that_a_maker_is_not_for_get_the_previews_of_ours(images: Archive) -> None:
    images.add_processors(_FUNCTION.format(more=""))
    images.write("berlin/q.rd", (images.resdir / "q.rd").read_text().replace("potsdam", "berlin"))
    add_images(images, "../../berlin/data/d.fits")
    (images.root / "berlin" / "bin").mkdir()
    result = images.run("--fitsproc-previews", "--fitsproc-write", "--fitsproc=berlin/q/import")
    result.assert_outcomes(passed=4)
    assert preview(images, "a.fits").read_bytes() == _OWN_BYTES
    assert files_below(images.root / "berlin" / "previews") == ["berlin/data/d.fits.png"]
