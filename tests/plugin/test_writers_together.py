"""Several writers, checks and classifiers on one file in one run: their order, and what each of them sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_archive import DD, Archive

# Each processor tells what it sees of the file, by all the ways there are.
_SEEING = """
    import pytest
    from pytest_fitsproc import classifier, header_processor
    STEPS = "STEP1", "STEP2", "STEP3"
    def noted(name, source, gather, header, fitschan, hdus):
        with source.open() as file: raw = file.read(2880).decode()
        gather(by=name,
               header="".join(key for key in STEPS if key in header),
               fitschan="".join(key for key in STEPS if key in fitschan),
               hdus="".join(key for key in STEPS if key in hdus[0].header),
               path="".join(key for key in STEPS if key in raw))
    def test_it(source, gather, header, fitschan, hdus{slow}):
        noted("check", source, gather, header, fitschan, hdus)
    @classifier
    def label(source, gather, header, fitschan, hdus{slow}):
        noted("classifier", source, gather, header, fitschan, hdus)
        return "x"
    @header_processor
    def first(source, gather, header, hdus{slow}):
        noted("first", source, gather, header, header, hdus)
        header["STEP1"] = 1
    @header_processor
    def second(source, gather, fitschan, hdus{slow}):
        noted("second", source, gather, fitschan, fitschan, hdus)
        fitschan["STEP2"] = 2
    @header_processor
    def third(source, gather, header, hdus{slow}):
        noted("third", source, gather, header, header, hdus)
        header["STEP3"] = 3
    """

_ALL = "STEP1STEP2STEP3"


def _seen(archive: Archive, stem: str) -> list[tuple[str, str, str]]:
    """Who saw which steps by header and fitschan, and which by the file, in the order of the processors."""
    rows = json.loads((archive.root / "rows.json").read_text())
    mine = [row for row in rows if row["file"] == f"potsdam/data/{stem}.fits"]
    assert all(row["header"] == row["fitschan"] and row["hdus"] == row["path"] for row in mine)
    return [(row["by"], row["header"], row["path"]) for row in mine]


@pytest.fixture(params=["", ", tmp_path"], ids=["fast", "slow"])
def seeing(archive: Archive, request: pytest.FixtureRequest) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(_SEEING.format(slow=request.param))
    return archive


def test_asleep_other_writers_see_what_is_proposed_and_nobody_else(
    seeing: Archive, plugin_args: tuple[str, ...]
) -> None:
    seeing.run("--fitsproc-gather=rows.json", *plugin_args).assert_outcomes(passed=15)
    assert sorted(_seen(seeing, "b")) == [
        ("check", "", ""),
        ("classifier", "", ""),
        ("first", "", ""),
        ("second", "STEP1", ""),
        ("third", "STEP1STEP2", ""),
    ]


def test_awake_all_see_the_file_as_written(seeing: Archive, plugin_args: tuple[str, ...]) -> None:
    args = ("--fitsproc-write", "--fitsproc-gather=rows.json", *plugin_args)
    seeing.run(*args).assert_outcomes(passed=15)
    for stem in "abc":
        assert sorted(_seen(seeing, stem)) == [
            ("check", _ALL, _ALL),
            ("classifier", _ALL, _ALL),
            ("first", "", ""),
            ("second", "STEP1", "STEP1"),
            ("third", "STEP1STEP2", "STEP1STEP2"),
        ]


def test_where_some_are_awake_the_others_see_what_is_written_before_them(
    seeing: Archive, plugin_args: tuple[str, ...]
) -> None:
    args = ("--fitsproc-write=second", "--fitsproc-gather=rows.json", *plugin_args)
    seeing.run(*args).assert_outcomes(passed=15)
    for stem in "abc":
        assert sorted(_seen(seeing, stem)) == [
            ("check", "STEP2", "STEP2"),
            ("classifier", "STEP2", "STEP2"),
            ("first", "", ""),
            # What a sleeping writer proposes is not there, and must not be written by another.
            ("second", "", ""),
            ("third", "STEP2", "STEP2"),
        ]
        raw = (seeing.resdir / f"data/{stem}.fits").read_bytes()
        assert b"STEP2" in raw
        assert b"STEP1" not in raw


def test_writers_run_before_checks_and_classifiers(seeing: Archive) -> None:
    result = seeing.run("--fitsproc-write=second", "-v")
    order = [
        line.split()[0].rpartition("::")[2]
        for line in result.outlines
        if line.startswith(f"{DD}::data/b.fits")
    ]
    assert order == ["first", "second", "third", "test_it", "label"]


def test_writers_of_both_lanes_take_turns(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors("""
        from pytest_fitsproc import header_processor
        @header_processor
        def first(header): header["FIRST"] = 1
        @header_processor
        def second(header, tmp_path): header["SECOND"] = 2
        """)
    archive.run("--fitsproc-write", *plugin_args).assert_outcomes(passed=6)
    for stem in "abc":
        raw = (archive.resdir / f"data/{stem}.fits").read_bytes()
        assert b"FIRST   =" in raw
        assert b"SECOND  =" in raw


def test_a_file_of_two_data_descriptors_is_written_for_one_after_the_other(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    dds = "".join(f'<data id="{name}"><sources pattern="data/*.fits"/></data>' for name in ("one", "two"))
    archive.write("potsdam/q.rd", f'<resource schema="potsdam">{dds}</resource>')
    archive.add_processors("""
        from pytest_fitsproc import header_processor
        @header_processor
        def count(header):
            header["COUNT"] = header.get("COUNT", 0) + 1
        """)
    archive.run("--fitsproc-write", *plugin_args, address="potsdam/q").assert_outcomes(passed=6)
    for stem in "abc":
        assert b"COUNT   =                    2" in (archive.resdir / f"data/{stem}.fits").read_bytes()


@pytest.mark.slow
def test_many_files_are_written_in_blocks_and_seen_as_written(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files(*(f"{number:03}.fits" for number in range(230)))
    archive.add_processors(_SEEING.format(slow=""))
    args = ("--fitsproc-write", "--fitsproc-gather=rows.json", *plugin_args)
    archive.run(*args).assert_outcomes(passed=1150)
    for number in range(230):
        assert [path for _, _, path in sorted(_seen(archive, f"{number:03}"))[:2]] == [_ALL, _ALL]


def _log(archive: Archive) -> list[tuple[str, str]]:
    """The processor and the file of each entry in the log of edits."""
    from pytest_fitsproc.processing.headers.edit_log import EditLog

    log = EditLog(str(archive.resdir / ".fitsproc/edits.sqlite"))
    return [(edit.processor, Path(edit.path).stem) for run in log.runs() for edit in log.edits(run.name)]


def test_each_writer_has_one_entry_in_the_log_for_each_file_of_one_run(
    seeing: Archive, plugin_args: tuple[str, ...]
) -> None:
    seeing.run("--fitsproc-write", *plugin_args)
    assert sorted(_log(seeing)) == sorted(
        (name, stem) for name in ("first", "second", "third") for stem in "abc"
    )
    seeing.run("--fitsproc-write", *plugin_args)
    assert len(_log(seeing)) == 9


@pytest.mark.parametrize("fixtures", ["", ", monkeypatch"], ids=["fast", "slow"])
def test_a_writer_that_fails_leaves_the_edits_of_the_others(
    archive: Archive, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        f"""
        from pytest_fitsproc import header_processor
        @header_processor
        def first(header{fixtures}): header["ONE"] = 1
        @header_processor
        def second(header, source{fixtures}):
            header["TWO"] = 2
            assert source.stem != "b", "not b"
        @header_processor
        def third(header{fixtures}): header["THREE"] = "ONE" in header and "TWO" in header
        def test_it(header, source): assert header["THREE"] is (source.stem != "b")
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=8, failed=4)
    result = archive.run("--fitsproc-write", *plugin_args)
    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines([f"FAILED {DD}::data/b.fits::second - AssertionError: not b*"])
    text = (archive.resdir / "data/b.fits").read_bytes()
    assert (b"ONE     =" in text, b"TWO" in text, b"THREE" in text) == (True, False, True)


@pytest.mark.parametrize("arg", ["-v", "--junitxml=junit.xml", "--durations=3", "--html=report.html"])
def test_listeners_get_one_report_of_each_item(
    archive: Archive, arg: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(20)))
    archive.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor
        def mixed(header, source):
            number = int(source.stem)
            assert number % 5, "a fifth fails"
            if number % 2: header["ODD"] = number
        def test_it(header, source): assert header.get("ODD", 0) in (0, int(source.stem))
        """
    )
    result = archive.run("--fitsproc-write", arg, *plugin_args)
    result.assert_outcomes(passed=36, failed=4)
    result.stdout.fnmatch_lines(["mixed: 16 files in 2 classes"])
    if arg.startswith("--junitxml"):
        cases = archive.junit()
        assert len(cases) == len({(case.get("classname"), case.get("name")) for case in cases}) == 40
    if arg.startswith("--html"):
        assert archive.html_counts() == {"passed": 36, "failed": 4}


def test_results_of_one_writer_come_in_the_order_of_the_files(archive: Archive) -> None:
    archive.add_files(*(f"{number:02}.fits" for number in range(16)))
    archive.add_processors(
        """
        from pytest_fitsproc import header_processor
        @header_processor
        def mixed(header, source):
            number = int(source.stem)
            assert number != 5
            if number % 2: header["ODD"] = number
        """
    )
    result = archive.run("--fitsproc-write", "-v")
    stems = [line[len(DD) + 7 :][:2] for line in result.outlines if line.startswith(f"{DD}::data")]
    assert stems == [f"{number:02}" for number in range(16)]
