"""--html: rows of what needs a look, counts of everything."""

from __future__ import annotations

from typing import Any

import pytest
from small_archive import DD, Archive


@pytest.fixture
def mixed(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        import pytest
        def test_passes(source): pass
        def test_slow(source, tmp_path): pass
        def test_fails(source): assert source.stem != "b"
        def test_skips(source):
            if source.stem == "c": pytest.skip("not c")
        def test_xfails(source):
            if source.stem == "a": pytest.xfail("known")
        @pytest.fixture
        def broken(): raise ValueError("broken")
        def test_errs(source, broken): pass
        """
    )
    return archive


_COUNTS = {"failed": 1, "passed": 12, "skipped": 1, "xfailed": 1, "error": 3}


def _rows(data: dict[str, Any]) -> dict[str, list[str]]:
    return {node_id: [row["result"] for row in rows] for node_id, rows in data["tests"].items() if rows}


def test_rows_of_passed_items_are_left_out_and_counted(mixed: Archive, plugin_args: tuple[str, ...]) -> None:
    mixed.run("--html=report.html", *plugin_args)
    assert mixed.html_counts() == _COUNTS
    assert _rows(mixed.html_data()) == {
        f"{DD}::data/b.fits::test_fails": ["Failed"],
        f"{DD}::data/c.fits::test_skips": ["Skipped"],
        f"{DD}::data/a.fits::test_xfails": ["XFailed"],
        **{f"{DD}::data/{stem}.fits::test_errs": ["Error"] for stem in "abc"},
    }
    assert "The table leaves out 12 passed items" in mixed.html()


def test_all_rows_are_there_when_asked_for(mixed: Archive, plugin_args: tuple[str, ...]) -> None:
    mixed.run("--html=report.html", "--fitsproc-html-rows=all", *plugin_args)
    assert mixed.html_counts() == _COUNTS
    rows = _rows(mixed.html_data())
    assert sum(map(len, rows.values())) == 18
    assert rows[f"{DD}::data/a.fits::test_passes"] == ["Passed"]
    assert "The table leaves out" not in mixed.html()


def test_a_self_contained_report_is_one_file(mixed: Archive) -> None:
    mixed.run("--html=report.html", "--self-contained-html")
    assert mixed.html_counts() == _COUNTS
    assert not (mixed.root / "assets").exists()


def test_the_output_of_a_failure_is_in_its_row(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        "def test_it(source):\n    print('seen <' + source.stem)\n    assert source.size == 1"
    )
    archive.run("--html=report.html", *plugin_args)
    ((row,),) = archive.html_data()["tests"].values()
    assert "seen &lt;a" in row["log"]
    assert "assert 2880 == 1" in row["log"]


def test_ids_are_escaped(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("<img src=x onerror=alert(1)>.fits")
    archive.add_processors("def test_it(source): assert False")
    archive.run("--html=report.html", *plugin_args)
    ((row,),) = archive.html_data()["tests"].values()
    assert not any("<img" in cell for cell in row["resultsTableRow"])
    assert any("&lt;img src=x" in cell for cell in row["resultsTableRow"])


def test_classes_are_shown_with_escaped_labels(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_file("a.fits", FILTER="<script>")
    archive.add_file("b.fits", FILTER="B")
    archive.add_file("c.fits", FILTER="B")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def filter_used(header): return header["FILTER"]
        """
    )
    archive.run("--html=report.html", *plugin_args)
    assert "filter_used: 3 files in 2 classes" in archive.html()
    assert "&lt;script&gt;" in archive.html()
    assert "<summary><script>" not in archive.html()
    assert "potsdam/data/b.fits" in archive.html()


def test_without_classifiers_there_is_no_table_of_classes(mixed: Archive) -> None:
    mixed.run("--html=report.html")
    assert "fitsproc-classes" not in mixed.html()


def test_a_conftest_can_add_to_the_report_as_pytest_html_documents(mixed: Archive) -> None:
    mixed.write(
        "conftest.py",
        """
        import pytest
        def pytest_html_results_table_header(cells): cells.insert(2, "<th>Plate</th>")
        def pytest_html_results_table_row(report, cells):
            if cells: cells.insert(2, f"<td>{report.plate}</td>")
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_makereport(item, call):
            outcome = yield
            outcome.get_result().plate = item.source.stem
        """,
    )
    result = mixed.run("--html=report.html")
    result.stdout.fnmatch_lines(["*own protocol, for *conftest*"])
    assert mixed.html_counts() == _COUNTS
    rows = mixed.html_data()["tests"][f"{DD}::data/b.fits::test_fails"]
    assert "<td>b</td>" in rows[0]["resultsTableRow"]
