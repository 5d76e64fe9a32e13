"""Which files a descriptor's sources are, and in what order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fitsproc.errors import DescriptorError

if TYPE_CHECKING:
    from conftest import Archive


def test_directories_and_names_come_sorted_as_strings(archive: Archive) -> None:
    archive.add_files(
        "data/a10.fits", "data/a9.fits", "data/B.fits", "data/a-b/x.fits", "data/a/x.fits", "data/a.txt"
    )
    assert archive.listed('<sources pattern="data/*.fits"/>') == [
        "data/B.fits",
        "data/a10.fits",
        "data/a9.fits",
    ]
    assert archive.listed('<sources pattern="data/*/*.fits"/>') == ["data/a-b/x.fits", "data/a/x.fits"]


def test_a_recursive_search_sorts_directories_as_strings(archive: Archive) -> None:
    archive.add_files("data/z.fits", "data/a/s/x.fits", "data/a/x.fits", "data/a-b/x.fits")
    assert archive.listed('<sources recurse="True" pattern="data/*.fits"/>') == [
        "data/z.fits",
        "data/a/x.fits",
        "data/a-b/x.fits",
        "data/a/s/x.fits",
    ]


def test_items_come_first_then_patterns_in_order_then_the_text(archive: Archive) -> None:
    archive.add_files("z/a.fits", "a/b.fits", "m/c.fits", "t.fits")
    listed = archive.listed(
        "<sources><pattern>z/*</pattern>t.fits<item>m/c.fits</item><pattern>a/*</pattern></sources>"
    )
    assert listed == ["m/c.fits", "z/a.fits", "a/b.fits", "t.fits"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("data/[ab].fits", ["data/a.fits", "data/b.fits"]),
        ("data/{a,b}.fits", []),
        ("data/?.fits", ["data/a.fits", "data/b.fits"]),
        ("data/*.FITS", ["data/c.FITS"]),
        ("data/.*.fits", ["data/.h.fits"]),
        ("**/*.fits", ["data/a.fits", "data/b.fits"]),
        ("data/a.fits", ["data/a.fits"]),
        ("../potsdam/./data//a.*", ["data/a.fits"]),
        ("  data/a*  ", ["data/a.fits"]),
        (".hid/*.fits", [".hid/x.fits"]),
        ("*/*.fits", ["data/a.fits", "data/b.fits"]),
    ],
)
def test_what_a_pattern_matches(pattern: str, found: list[str], archive: Archive) -> None:
    archive.add_files(
        "data/a.fits", "data/b.fits", "data/c.FITS", "data/.h.fits", ".hid/x.fits", "data/s/d.fits"
    )
    assert archive.listed(f'<sources pattern="{pattern}"/>') == found


def test_a_pattern_may_be_absolute(archive: Archive) -> None:
    archive.add_files("data/a.fits")
    assert archive.listed(f'<sources pattern="{archive.root}/potsdam/data/*"/>') == ["data/a.fits"]


def test_wildcards_in_names_of_real_directories_are_just_characters(archive: Archive) -> None:
    archive.add_files("data/[x]/a.fits", "data/x/a.fits")
    assert archive.listed('<sources recurse="True" pattern="data/*.fits"/>') == [
        "data/[x]/a.fits",
        "data/x/a.fits",
    ]


@pytest.mark.parametrize(
    "outside",
    [
        '<sources pattern="/etc/*.conf"/>',
        '<sources recurse="True"><pattern>../../../etc/*.conf</pattern></sources>',
        '<sources pattern="/etc/passwd"/>',
        "<sources>/etc/passwd</sources>",
        "<sources><item>../../x</item></sources>",
    ],
)
def test_no_source_is_outside_the_inputs_directory(outside: str, archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=r"potsdam/q\.rd:2: .* out of the inputs directory"):
        archive.listed(outside)


@pytest.mark.parametrize(
    "empty", ["<sources/>", '<sources pattern=" "/>', '<sources recurse="True"> </sources>']
)
def test_sources_need_a_pattern(empty: str, archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=r"potsdam/q\.rd:2: <sources> needs a pattern"):
        archive.listed(empty)


@pytest.mark.parametrize(("pattern", "reason"), [("data/", "names a directory"), ("*/../x", "goes up")])
def test_a_pattern_that_names_no_files_is_refused(pattern: str, reason: str, archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=reason):
        archive.listed(f'<sources pattern="{pattern}"/>')


def test_data_without_sources_say_so(archive: Archive) -> None:
    with pytest.raises(DescriptorError, match=r"potsdam/q\.rd:2: data 'import' has no <sources>"):
        archive.listed("")


def test_a_file_that_two_patterns_find_comes_once(archive: Archive) -> None:
    archive.add_files("data/a.fits", "data/b.fits", "data/b.txt")
    patterns = "<pattern>data/*.fits</pattern><pattern>data/b*</pattern>"
    sources = f"<sources>data/b.txt<item>data/b.fits</item>{patterns}</sources>"
    assert archive.listed(sources) == ["data/b.fits", "data/a.fits", "data/b.txt"]
    assert archive.notices(sources) == [
        "potsdam/q.rd:2: a file that is found twice is taken once: potsdam/data/b.fits (and 2 more)"
    ]


def test_directories_and_dangling_links_are_no_sources(archive: Archive) -> None:
    archive.add_files("data/a.fits", "data/dir.fits/x.txt")
    data = archive.root / "potsdam/data"
    (data / "gone.fits").symlink_to("/nowhere")
    (data / "self.fits").symlink_to("self.fits")
    (data / "link.fits").symlink_to("a.fits")
    os.mkfifo(data / "pipe.fits")
    assert archive.listed('<sources pattern="data/*.fits"/>') == ["data/a.fits", "data/link.fits"]
    notices = archive.notices('<sources pattern="data/*.fits"/>')
    assert len(notices) == 3
    assert all(notice.startswith("potsdam/q.rd:2: ") for notice in notices)
    assert any("dangling link" in notice and "(and 1 more)" in notice for notice in notices)
    assert any(notice.endswith("no source and left out: potsdam/data/dir.fits") for notice in notices)
    assert any(notice.endswith("no regular file is left out: potsdam/data/pipe.fits") for notice in notices)


def test_a_directory_named_like_a_file_is_searched_all_the_same(archive: Archive) -> None:
    archive.add_files("data/dir.fits/x.fits")
    assert archive.listed('<sources recurse="1" pattern="*.fits"/>') == ["data/dir.fits/x.fits"]


def test_hidden_directories_are_left_out_with_all_below_them(archive: Archive) -> None:
    archive.add_files("data/.hid/sub/x/x.fits", "data/a/x.fits")
    assert archive.listed('<sources recurse="yes" pattern="data/*.fits"/>') == ["data/a/x.fits"]


def test_a_linked_directory_is_searched_to_its_bottom(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "disk/deep").mkdir(parents=True)
    (tmp_path / "disk/t.fits").touch()
    (tmp_path / "disk/deep/d.fits").touch()
    archive.add_files("data/a.fits")
    (archive.root / "potsdam/data/lnk").symlink_to(tmp_path / "disk")
    assert archive.listed('<sources recurse="True" pattern="data/*.fits"/>') == [
        "data/a.fits",
        "data/lnk/t.fits",
        "data/lnk/deep/d.fits",
    ]


def test_a_search_ends_where_links_form_a_loop(archive: Archive, tmp_path: Path) -> None:
    archive.add_files("data/a/x.fits")
    data = archive.root / "potsdam/data"
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/back").symlink_to(data)
    (tmp_path / "disk/self").symlink_to(".")
    (tmp_path / "disk/y.fits").touch()
    (data / "a/up").symlink_to("..")
    (data / "root").symlink_to("/")
    (data / "same").symlink_to("a")
    (data / "out").symlink_to(tmp_path / "disk")
    (data / "again").symlink_to(tmp_path / "disk")
    sources = '<sources recurse="True" pattern="data/*.fits"/>'
    assert archive.listed(sources) == ["data/a/x.fits", "data/again/y.fits"]
    (notice,) = archive.notices(sources)
    assert "a link to a directory that is searched anyway is not followed" in notice
    assert notice.endswith("(and 5 more)")


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every directory")
def test_an_unreadable_directory_is_named(archive: Archive) -> None:
    archive.add_files("data/a/x.fits", "data/b/y.fits")
    locked = archive.root / "potsdam/data/a"
    locked.chmod(0)
    try:
        assert archive.listed('<sources recurse="True" pattern="data/*.fits"/>') == ["data/b/y.fits"]
        (notice,) = archive.notices('<sources recurse="True" pattern="data/*.fits"/>')
    finally:
        locked.chmod(0o755)
    assert notice == "potsdam/q.rd:2: a directory can't be listed (Permission denied): potsdam/data/a"


def test_a_directory_that_can_not_be_reached_is_named(archive: Archive) -> None:
    (archive.root / "potsdam/data").symlink_to("data")
    first, _ = archive.notices('<sources pattern="data/*.fits"/>')
    assert first == (
        "potsdam/q.rd:2: a directory can't be listed (Too many levels of symbolic links): potsdam/data"
    )


def test_what_finds_nothing_says_so(archive: Archive) -> None:
    archive.add_files("data/a.fits")
    assert archive.notices(
        "<sources>\n<pattern>data/*.fit</pattern><pattern>dta/*</pattern>data/a.fits</sources>"
    ) == [
        "potsdam/q.rd:3: pattern 'data/*.fit' matches nothing",
        f"potsdam/q.rd:3: pattern 'dta/*' matches nothing: there is no directory {archive.root}/potsdam/dta",
    ]


def test_notices_are_those_of_the_last_iteration(archive: Archive) -> None:
    sources = archive.load('<data id="import"><sources pattern="data/*"/></data>').dd("import").sources
    assert list(sources) == []
    assert len(sources.notices) == 1
    archive.add_files("data/a.fits")
    assert len(list(sources)) == 1
    assert sources.notices == []


def test_a_missing_file_is_a_source_where_it_is_named(archive: Archive) -> None:
    assert archive.listed("<sources>data/gone.fits<item>data/lost.fits</item></sources>") == [
        "data/lost.fits",
        "data/gone.fits",
    ]


def test_a_url_is_no_file(archive: Archive) -> None:
    archive.add_files("a.fits")
    sources = "<sources><item>http://example.org/x</item><item>a.fits</item></sources>"
    assert archive.listed(sources) == ["a.fits"]
    assert archive.notices(sources) == [
        "potsdam/q.rd:2: an item that is a URL is no file and left out: http://example.org/x"
    ]


def test_names_need_not_be_text(archive: Archive) -> None:
    name = os.fsdecode(b"data/\xfc\n[1]::.fits")
    archive.add_files(name)
    assert archive.listed('<sources pattern="data/*.fits"/>') == [name]


@pytest.mark.parametrize("tag", ["ignoredSources", "ignoreSources"])
@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ('pattern="data/*"', ["data/a.fits", "data/b.fits"]),
        ('pattern="potsdam/data/a*"', ["data/b.fits"]),
        ('pattern="*/b.fits"', ["data/a.fits"]),
        ('pattern="*"', []),
        ('fromfile="res/ignored.txt"', ["data/a.fits"]),
    ],
)
def test_ignored_files_are_named_by_their_accref(
    tag: str, ignored: str, left: list[str], archive: Archive
) -> None:
    archive.add_files("data/a.fits", "data/b.fits", "res/x")
    (archive.root / "potsdam/res/ignored.txt").write_text("\n# potsdam/data/a.fits\n potsdam/data/b.fits \n")
    sources = f'<sources pattern="data/*.fits"><{tag} {ignored}/></sources>'
    assert archive.listed(sources) == left
    all_gone = ["potsdam/q.rd:2: all that pattern 'data/*.fits' finds is ignored"]
    assert archive.notices(sources) == ([] if left else all_gone)


def test_an_ignore_list_that_can_not_be_read_is_an_error(archive: Archive) -> None:
    with pytest.raises(
        DescriptorError, match=r"q\.rd:2: the ignore list .*/none can't be read: No such file"
    ):
        archive.listed('<sources pattern="*"><ignoredSources fromfile="none"/></sources>')
    with pytest.raises(DescriptorError, match="is no regular file"):
        archive.listed('<sources pattern="*"><ignoredSources fromfile="/dev/zero"/></sources>')


def test_an_ignore_list_out_of_a_database_is_never_passed_over(archive: Archive) -> None:
    archive.add_files("data/a.fits")
    with pytest.raises(DescriptorError, match=r"q\.rd:3: the ignore list fromdb needs a database"):
        archive.listed('<sources pattern="data/*">\n<ignoreSources fromdb="select a from b"/></sources>')


def test_an_ignore_list_comes_out_of_the_database_given(archive: Archive) -> None:
    archive.add_files("data/a.fits", "data/b.fits", "data/c.fits")
    asked = []

    def database(query: str) -> list[object]:
        asked.append(query)
        return ["potsdam/data/a.fits", ("potsdam/data/c.fits",)]

    ignored = r'<ignoreSources fromdb="select accref from \schema.main"/>'
    content = f'<data id="i"><sources pattern="data/*">{ignored}</sources></data>'
    dd = archive.load(content, database=database).dd("i")
    assert [os.path.basename(path) for path in dd.sources] == ["b.fits"]
    assert asked == ["select accref from potsdam.main"]


def test_files_changed_since_the_last_ingest_are_not_ignored(archive: Archive) -> None:
    from datetime import datetime

    archive.add_files("data/old.fits", "data/new.fits")
    os.utime(archive.root / "potsdam/data/old.fits", (10**9, 10**9))
    ingested = datetime(2010, 1, 1)
    rows = [("potsdam/data/old.fits", ingested), ("potsdam/data/new.fits", ingested)]
    content = (
        '<data id="i"><sources pattern="data/*"><ignoreSources fromdbUpdating="select"/></sources></data>'
    )
    dd = archive.load(content, database=lambda _query: rows).dd("i")
    assert [os.path.basename(path) for path in dd.sources] == ["new.fits"]


def test_a_query_that_fails_is_named(archive: Archive) -> None:
    def database(query: str) -> list[object]:
        raise RuntimeError("no such table")

    content = '<data id="i"><sources pattern="*"><ignoreSources fromdb="select"/></sources></data>'
    dd = archive.load(content, database=database).dd("i")
    with pytest.raises(
        DescriptorError, match=r"q\.rd:2: the ignore list fromdb fails: 'select': no such table"
    ):
        iter(dd.sources)
