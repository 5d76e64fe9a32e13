"""Ids name the data descriptor, the file and the processor, survive any report, and can be pasted back."""

from __future__ import annotations

import os

import pytest
from small_archive import DD, Archive

# Names of files, as bytes, and what they are called in ids.
_ODD_NAMES = {
    b"new\nline.fits": "new%0Aline.fits",
    b"quo\"te'.fits": "quo\"te'.fits",
    b"part[1].fits": "part%5B1%5D.fits",
    b"a::b.fits": "a%3A%3Ab.fits",
    b"100%.fits": "100%25.fits",
    b"caf\xe9.fits": "caf%E9.fits",
    b"caf\xc3\xa9 noir.fits": "café noir.fits",
    b"<script>alert(1)<script>.fits": "<script>alert(1)<script>.fits",
    b"esc\x1b]0;.fits": "esc%1B%5D0;.fits",
    b"-x.fits": "-x.fits",
}


@pytest.fixture
def odd_archive(archive: Archive) -> Archive:
    for name in _ODD_NAMES:
        archive.add_file(os.fsdecode(name))
    archive.add_processors("def test_it(source): assert source.size == 2880")
    return archive


def _ids(archive: Archive, *args: str, address: str = DD) -> list[str]:
    result = archive.run("--collect-only", "-q", *args, address=address)
    return [line for line in result.outlines if "::" in line]


def test_odd_names_have_ids_of_one_line(odd_archive: Archive) -> None:
    assert sorted(_ids(odd_archive)) == sorted(
        f"{DD}::data/{label}::test_it" for label in _ODD_NAMES.values()
    )


@pytest.mark.parametrize("label", _ODD_NAMES.values())
def test_an_odd_id_pasted_back_runs_that_item(odd_archive: Archive, label: str) -> None:
    node_id = f"{DD}::data/{label}::test_it"
    result = odd_archive.run("-v", address=node_id)
    result.assert_outcomes(passed=1)
    assert any(line.startswith(node_id) for line in result.outlines)


def test_odd_names_survive_all_reports(odd_archive: Archive, plugin_args: tuple[str, ...]) -> None:
    odd_archive.add_processors("def test_it(source): assert source.size == 1")
    result = odd_archive.run("--junitxml=junit.xml", "--html=report.html", "-rA", *plugin_args)
    result.assert_outcomes(failed=len(_ODD_NAMES))
    assert {case.get("name") for case in odd_archive.junit()} == {"test_it"}
    in_junit = {str(case.get("classname")) for case in odd_archive.junit()}
    assert len(in_junit) == len(_ODD_NAMES)
    assert set(odd_archive.html_data()["tests"]) == {
        f"{DD}::data/{label}::test_it" for label in _ODD_NAMES.values()
    }
    rows = [row for tests in odd_archive.html_data()["tests"].values() for row in tests]
    assert not any("<script>alert" in cell for row in rows for cell in row["resultsTableRow"])
    assert "\x1b]" not in result.stdout.str()
    again = odd_archive.run("--lf", "-q", *plugin_args)
    again.assert_outcomes(failed=len(_ODD_NAMES))


def test_an_id_without_processor_runs_all_of_that_file(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        def test_one(source): pass
        def test_two(source): pass
        """
    )
    assert _ids(archive, address=f"{DD}::data/b.fits") == [
        f"{DD}::data/b.fits::test_one",
        f"{DD}::data/b.fits::test_two",
    ]


def test_a_pasted_id_leaves_out_tests_that_run_once(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        def test_each(source): pass
        def test_once(): pass
        """
    )
    archive.run(address=f"{DD}::data/a.fits::test_each").assert_outcomes(passed=1)


def test_an_id_as_shown_in_a_directory_below_can_be_pasted_there(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("def test_it(source): assert 'a.fits' not in source.accref")
    monkeypatch.chdir(archive.resdir)
    result = archive.run("-rf")
    shown = next(line for line in result.outlines if line.startswith("FAILED")).split()[1]
    archive.run(address=shown).assert_outcomes(failed=1)


def test_a_pasted_id_that_names_no_file_finds_nothing(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_it(source): pass")
    result = archive.run(address=f"{DD}::data/gone.fits::test_it")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines([f"*nothing is called {DD}::data/gone.fits::test_it (*"])


def test_a_name_that_occurs_in_two_modules_is_qualified_in_both(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_size(source): pass\ndef test_other(source): pass", "test_a.py")
    archive.add_processors("def test_size(source): pass", "test_b.py")
    assert _ids(archive) == [
        f"{DD}::data/a.fits::test_a.test_size",
        f"{DD}::data/a.fits::test_other",
        f"{DD}::data/a.fits::test_b.test_size",
    ]


def test_a_qualified_name_can_be_pasted_back(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_size(source): assert False", "test_a.py")
    archive.add_processors("def test_size(source): pass", "test_b.py")
    archive.run(address=f"{DD}::data/a.fits::test_b.test_size").assert_outcomes(passed=1)


def test_a_method_is_named_with_its_class(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        class TestSize:
            def test_small(self, source): self.seen = 1
            def test_fresh(self, source): assert not hasattr(self, "seen")
        """
    )
    assert _ids(archive) == [
        f"{DD}::data/a.fits::TestSize.test_small",
        f"{DD}::data/a.fits::TestSize.test_fresh",
    ]
    archive.run().assert_outcomes(passed=2)


def test_processors_of_a_file_run_in_order_of_kind_then_of_definition(archive: Archive) -> None:
    archive.add_files("b.fits", "a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def band(source): return "V"
        def test_late(source): pass
        def test_early(source): pass
        """
    )
    assert [node_id.partition("::")[2] for node_id in _ids(archive, "--fitsproc-checks=readable")] == [
        f"data/{name}::{processor}"
        for name in ("a.fits", "b.fits")
        for processor in ("readable", "test_late", "test_early", "band")
    ]


def test_a_test_that_asks_for_no_file_runs_once_behind_all_files(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        def test_once(rd, dd): assert rd.rd_id == "potsdam/q" and dd.id == "import"
        def test_each(source): pass
        """
    )
    ids = _ids(archive)
    assert len(ids) == 3
    assert ids[-1].endswith("bin/test_it.py::test_once")
    archive.run().assert_outcomes(passed=3)


def test_a_fixture_of_the_users_that_asks_for_the_file_makes_items(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture
        def stem(source): return source.stem
        def test_it(stem): assert stem in "ab"
        """
    )
    archive.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("address", "label"),
    [("potsdam/data", "a.fits"), ("potsdam/data/*.fits", "a.fits"), ("potsdam/data/a.fits", "a.fits")],
)
def test_without_a_descriptor_ids_begin_with_what_was_typed(
    archive: Archive, address: str, label: str
) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_it(source): pass")
    ids = _ids(archive, "potsdam/bin", address=address)
    assert ids == [f"{address}::{label}::test_it"]
    archive.run("potsdam/bin", address=ids[0]).assert_outcomes(passed=1)


def test_names_that_are_not_utf8_get_into_all_reports(
    archive: Archive, plugin_args: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    archive.add_file(os.fsdecode(b"caf\xe9.fits"))
    archive.add_processors(
        """
        import logging, pytest
        from pytest_fitsproc import classifier
        def test_message(source):
            logging.warning("log " + source.stem)
            pytest.fail("message " + source.stem)
        def test_trace(source, gather):
            name = str(source)
            gather(stem=source.stem)
            assert name == source.stem + "x"
        def test_slow(source, tmp_path): raise ValueError("value " + source.stem)
        @classifier
        def stem(source): return source.stem
        """
    )
    result = archive.run(
        "--junitxml=junit.xml",
        "--html=report.html",
        "--showlocals",
        "--fitsproc-gather=rows.csv",
        "--fitsproc-classes=classes.csv",
        *plugin_args,
        own=True,
    )
    # A worker of pytest-xdist can't hand on such names in what a test printed or logged.
    capsys.readouterr()
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines_random(
        ["*message caf\\udce9", "*log caf\\udce9", "*value caf\\udce9", "*1 class*"]
    )
    assert len(archive.junit()) == 4
    assert "message caf\\\\udce9" in str(archive.html_data()["tests"])
    assert "caf" in (archive.root / "rows.csv").read_text()
    assert "stem,caf\\udce9,potsdam/data/caf" in (archive.root / "classes.csv").read_text()


@pytest.mark.parametrize("fixtures", ["source", "source, tmp_path"], ids=["fast", "slow"])
def test_warnings_that_name_files_whose_names_are_not_utf8_are_shown(
    archive: Archive, plugin_args: tuple[str, ...], fixtures: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.add_file(os.fsdecode(b"caf\xe9.fits"))
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        f"""
        import warnings
        class Odd(DeprecationWarning):
            def __str__(self): return "odd " + self.args[0]
        def test_it({fixtures}):
            warnings.warn("plain " + source.stem)
            warnings.warn(Odd(source.stem))
        """
    )
    result = archive.run(*plugin_args, own=True)
    capsys.readouterr()
    result.assert_outcomes(passed=3, warnings=6)
    result.stdout.fnmatch_lines_random(["*UserWarning: plain caf\\udce9", "*Odd: odd caf\\udce9"])


def test_sys_exit_in_a_processor_is_a_failure_of_that_file(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import sys
        def test_it(source):
            if source.stem == "a": sys.exit("no such plate")
        """
    )
    result = archive.run(*plugin_args)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*SystemExit: no such plate"])


def test_a_pasted_id_that_names_no_processor_finds_nothing(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_it(source): pass")
    result = archive.run(address=f"{DD}::data/a.fits::test_gone")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines([f"*nothing is called {DD}::data/a.fits::test_gone (*"])
