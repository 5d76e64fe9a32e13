"""Header processors among the processors of a run: asleep they show what they would do, awake they do it."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_archive import DD, Archive, lines_between

_LINKS = """
    from pytest_fitsproc import header_processor
    @header_processor
    def add_link(header, source):
        header["LINK"] = (f"http://x/{source.stem}", "preview")
    @header_processor(is_processed=lambda header: "NUMBER" in header)
    def number(fitschan):
        fitschan["NUMBER"] = 7
    """


# Detached headers are no sources.
_ONLY_FITS = """<resource schema="potsdam">
    <data id="import"><sources pattern="data/*.fits"/></data>
    </resource>"""


@pytest.fixture
def links(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(_LINKS)
    return archive


def _state(archive: Archive) -> dict[Path, object]:
    """Everything below the resource directory, but for what Python leaves beside processors."""
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in [archive.resdir, *archive.resdir.rglob("*")]
        if not path.is_relative_to(archive.bin)
    }


def _cards(path: Path) -> list[str]:
    text = path.read_bytes()[:2880].decode()
    return [card for n in range(36) if (card := text[n * 80 : n * 80 + 80].rstrip()) and card != "END"]


@pytest.mark.parametrize("args", [(), ("-v",), ("--fitsproc-strict",), ("--no-compute",)])
def test_a_plain_run_writes_nothing(
    links: Archive, args: tuple[str, ...], plugin_args: tuple[str, ...]
) -> None:
    links.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor(detached=".hdr")
        def late(header): header["LATE"] = True
        @header_processor
        def slow(header, tmp_path): header["SLOW"] = True
        """,
        "test_more.py",
    )
    before = _state(links)
    links.run(*args, *plugin_args)
    assert _state(links) == before


def test_a_plain_run_tells_which_files_would_change(links: Archive, plugin_args: tuple[str, ...]) -> None:
    links.add_file("c.fits", NUMBER=7)
    result = links.run(*plugin_args)
    result.assert_outcomes(passed=6)
    assert lines_between(result, "= classes =", "=== 6 passed")[:6] == [
        "add_link: 3 files in 1 class",
        "  3  100.0%  would change  ████████████████████████████████████████",
        "",
        "number: 3 files in 2 classes",
        "  2  66.7%  would change  ████████████████████████████████████████",
        "  1  33.3%    up to date  ████████████████████",
    ]


def test_verbose_shows_the_cards(links: Archive, plugin_args: tuple[str, ...]) -> None:
    links.add_file("b.fits", LINK="old", NUMBER=7)
    result = links.run("-v", *plugin_args)
    assert lines_between(result, "= changes =", "= classes =") == [
        "potsdam/data/a.fits add_link: would change",
        "+LINK    = 'http://x/a'         / preview",
        "potsdam/data/a.fits number: would change",
        "+NUMBER  =                    7",
        "potsdam/data/b.fits add_link: would change",
        "-LINK    = 'old     '",
        "+LINK    = 'http://x/b'         / preview",
        "potsdam/data/c.fits add_link: would change",
        "+LINK    = 'http://x/c'         / preview",
        "potsdam/data/c.fits number: would change",
        "+NUMBER  =                    7",
    ]
    result.stdout.re_match_lines([rf"(.* PASSED )?{DD}::data/a.fits::add_link (PASSED.*)?$"])


def test_strict_makes_what_would_change_a_failure_with_the_cards(
    links: Archive, plugin_args: tuple[str, ...]
) -> None:
    for name in ("b.fits", "c.fits"):
        links.add_file(name, LINK="x", NUMBER=7)
    result = links.run("--fitsproc-strict", "-k", "number", "--junitxml=junit.xml", *plugin_args)
    result.assert_outcomes(passed=2, failed=1, deselected=0 if "-n2" in plugin_args else 3)
    result.stdout.fnmatch_lines(
        ["*_ number on data/a.fits _*", "the header would change:", "+NUMBER  =                    7"]
    )


def test_strict_is_content_with_awake_writers(links: Archive, plugin_args: tuple[str, ...]) -> None:
    links.run("--fitsproc-write", "--fitsproc-strict", *plugin_args).assert_outcomes(passed=6)
    links.run("--fitsproc-strict", *plugin_args).assert_outcomes(passed=6)


def test_write_wakes_all_and_the_next_run_finds_all_up_to_date(
    links: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = links.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["add_link: 3 files in 1 class", "*100.0%  changed*"])
    assert _cards(links.resdir / "data/b.fits")[-3:] == [
        "OBJECT  = 'b       '",
        "LINK    = 'http://x/b'         / preview",
        "NUMBER  =                    7",
    ]
    again = links.run("--fitsproc-write", *plugin_args)
    again.assert_outcomes(passed=6)
    assert again.stdout.str().count("100.0%  up to date") == 2


@pytest.mark.parametrize("name", ["number", "test_it.number", "number,add_link"])
def test_names_restrict_who_is_awake(archive: Archive, name: str, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors(_LINKS)
    if "." in name:
        archive.add_processors(_LINKS, "test_other.py")
    result = archive.run(f"--fitsproc-write={name}", "--reprocess", *plugin_args)
    assert result.ret == 0
    cards = _cards(archive.resdir / "data/a.fits")
    assert any(card.startswith("NUMBER") for card in cards)
    assert any(card.startswith("LINK") for card in cards) == ("add_link" in name)


def test_an_unknown_name_is_a_usage_error_that_lists_the_writers(
    links: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = links.run("--fitsproc-write=nubmer", *plugin_args)
    said = "--fitsproc-write: there is no writer 'nubmer'; there are: add_link, number"
    if "-n2" in plugin_args:
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([said])
    else:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: {said}"])
    assert not (links.resdir / ".fitsproc").exists()


_SWITCHED = """
    from pytest_fitsproc import header_processor
    @header_processor(is_processed=lambda header: "NOW" in header)
    def at_once(header): header["NOW"] = True
    @header_processor(detached=".hdr", is_processed=lambda header: "LATE" in header)
    def later(header): header["LATE"] = True
    """


@pytest.mark.parametrize(
    ("words", "awake", "label"),
    [
        (["--reprocess"], {"at_once", "later"}, "computed"),
        (["--apply"], {"later"}, "computed and applied"),
        (["--reheader"], {"later"}, "computed"),
        (["--apply", "--no-compute"], {"later"}, "no detached header"),
        (["--apply", "--fitsproc-write=at_once"], {"at_once"}, None),
        (["--no-compute"], set(), None),
    ],
    ids=lambda value: "".join(value) if isinstance(value, list) else None,
)
def test_dachs_words_wake_whom_they_concern(
    archive: Archive, words: list[str], awake: set[str], label: str | None, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(_SWITCHED)
    result = archive.run(*words, "-rA", *plugin_args)
    output = result.stdout.str()
    assert ("changed" in output) == ("at_once" in awake)
    assert ("would change" in output) == ("at_once" not in awake)
    assert (f"PASSED {DD}::data/a.fits::later" in output) == ("later" in awake)
    assert ("1 item was left out: --fitsproc-write wakes later" in output) == ("later" not in awake)
    if label is not None:
        result.stdout.fnmatch_lines([f"*100.0%  {label} *"])


def test_detached_processors_asleep_are_counted_on_one_line(
    links: Archive, plugin_args: tuple[str, ...]
) -> None:
    links.add_processors(
        """
        from pytest_fitsproc import api, header_processor
        @header_processor(detached=".hdr")
        def later(header): header["LATE"] = True
        class Latest(api.HeaderProcessor):
            headerExt = ".new"
        """,
        "test_more.py",
    )
    result = links.run(*plugin_args)
    result.assert_outcomes(passed=6)
    notices = [line for line in result.outlines if line.startswith("fitsproc: ") and "left out" in line]
    assert notices == ["fitsproc: 6 items were left out: --fitsproc-write wakes later, Latest"]


def test_the_id_of_a_sleeping_processor_is_left_out_and_not_unknown(
    links: Archive, plugin_args: tuple[str, ...]
) -> None:
    links.add_processors(_SWITCHED)
    address = f"{DD}::data/a.fits::later"
    result = links.run(*plugin_args, address=address)
    result.stdout.fnmatch_lines(["fitsproc: 1 item was left out: --fitsproc-write wakes later"])
    result.stdout.no_fnmatch_line("*nothing is called*")
    links.run("--apply", *plugin_args, address=address).assert_outcomes(passed=1)
    assert "LATE    =                    T" in _cards(links.resdir / "data/a.fits")
    assert not (links.resdir / "data/b.fits.hdr").exists()


@pytest.mark.parametrize("same", [True, False])
def test_two_processors_cannot_share_detached_headers(
    archive: Archive, same: bool, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        f"""
        from pytest_fitsproc import api, header_processor
        @header_processor(detached="{".hdr" if same else ".new"}")
        def later(header): header["LATE"] = True
        class Latest(api.HeaderProcessor): pass
        """
    )
    archive.write("potsdam/q.rd", _ONLY_FITS)
    assert archive.run(*plugin_args).ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result = archive.run("--apply", *plugin_args)
    output = result.stdout.str() + result.stderr.str()
    said = "would share detached headers '.hdr': give one another extension, or wake one alone by"
    assert (said in output) == same
    assert (archive.resdir / "data/a.fits.hdr").exists() != same
    archive.run("--apply", "--fitsproc-write=later", *plugin_args).assert_outcomes(passed=1)


def test_an_applied_header_is_what_the_next_detached_processor_computes_from(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor(detached=".one")
        def first(header): header["ONE"] = 1
        @header_processor(detached=".two")
        def second(header): header["TWO"] = header["ONE"] + 1
        """
    )
    archive.run("--apply", *plugin_args).assert_outcomes(passed=4)
    for name in "ab":
        assert _cards(archive.resdir / f"data/{name}.fits")[-2:] == [
            "ONE     =                    1",
            "TWO     =                    2",
        ]


def test_the_count_of_headers_that_cannot_be_computed_is_a_class(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import header_processor
        from pytest_fitsproc.api import CannotComputeHeader
        @header_processor(detached=".hdr")
        def later(header, source):
            if source.stem != "b": raise CannotComputeHeader(f"no plate {source.stem}")
        """
    )
    result = archive.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["no plate a", "*  2  66.7%  no header: it can't be computed*"])
    assert [path.name for path in archive.resdir.rglob("*.hdr")] == ["b.fits.hdr"]


def test_collect_only_writes_nothing(links: Archive) -> None:
    before = _state(links)
    result = links.run("--fitsproc-write", "--collect-only", "-q")
    assert len([line for line in result.outlines if "::" in line]) == 6
    assert _state(links) == before


def test_reports_leave_writers_asleep(links: Archive, plugin_args: tuple[str, ...]) -> None:
    before = _state(links)
    links.run("--report", "--fitsproc-write", *plugin_args)
    assert _state(links) == before
