from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.classes import (
    ALL_FILES_HINT,
    MOST_CLASSES,
    ClassRow,
    ClassTable,
    LabelError,
    checked_label,
    terminal_lines,
    write_csv,
)
from pytest_fitsproc.processing.visible_text import columns

LABELS = ["R", "no filter", "", "x" * 100, "星雲" * 30, "\x1b[31m"]


def table_of(*labels: str, classifier: str = "band") -> ClassTable:
    table = ClassTable()
    for number, label in enumerate(labels):
        table.add(classifier, label, f"{number}.fits", number)
    return table


def plain(table: ClassTable) -> list[tuple[str, ClassRow, list[str]]]:
    return [
        (classifier, row, table.files(classifier, row.label))
        for classifier in table.classifiers
        for row in table.rows(classifier)
    ]


def test_classes_are_sorted_by_count_then_label() -> None:
    assert table_of("B", "R", "A", "R").rows("band") == [
        ClassRow("R", 2, 0.5),
        ClassRow("A", 1, 0.25),
        ClassRow("B", 1, 0.25),
    ]


def test_classifiers_come_in_order_of_definition_then_by_name() -> None:
    table = ClassTable(["zeta", "unused", "alpha"])
    for name in ("d", "alpha", "c", "zeta"):
        table.add(name, "label", "a.fits", 0)
    assert table.classifiers == ["zeta", "alpha", "c", "d"]


def test_a_classifier_that_labelled_nothing_has_no_rows() -> None:
    assert ClassTable(["band"]).rows("band") == []


def test_files_of_a_class_come_in_source_order() -> None:
    table = ClassTable()
    for order in [(1, 0), (0, 10), (0, 9)]:
        table.add("band", "R", f"{order}", order)
    assert table.files("band", "R") == ["(0, 9)", "(0, 10)", "(1, 0)"]
    assert table.files("band", "R", limit=2) == ["(0, 9)", "(0, 10)"]


def test_orders_of_different_length_cannot_be_compared() -> None:
    table = table_of("R")
    with pytest.raises(ValueError, match=r"order \(0, 1\) of 'a.fits' is not as long"):
        table.add("band", "R", "a.fits", (0, 1))


def test_the_empty_label_is_shown_as_two_quotes() -> None:
    assert '""' in terminal_lines(table_of(""), 30, verbose=False)[1]


results = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(LABELS), st.integers(0, 99)), unique_by=lambda r: r[::2]
)


@given(results, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_table_does_not_depend_on_workers_or_arrival(
    results: list[tuple[str, str, int]], random: object, workers: int
) -> None:
    def collected(results: list[tuple[str, str, int]]) -> ClassTable:
        table = ClassTable(["b"])
        for classifier, label, order in results:
            table.add(classifier, label, f"{order}.fits", order)
        return table

    shuffled = list(results)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    merged = ClassTable(["b"])
    for worker in range(workers):
        merged.update(collected(shuffled[worker::workers]))
    assert plain(merged) == plain(collected(results))


def test_a_label_costs_little_beyond_the_id_of_the_file() -> None:
    ids = [f"potsdam/q/import::data/{number:06d}.fits" for number in range(20_000)]
    table = ClassTable()
    tracemalloc.start()
    for order, file_id in enumerate(ids):
        table.add("band", "R", file_id, (0, order))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(ids) < 40


@pytest.mark.parametrize("label", ["R", ""])
def test_a_string_is_a_label(label: str) -> None:
    assert checked_label(label) == label


def test_a_label_is_a_plain_string_whatever_its_subclass() -> None:
    assert type(checked_label(type("Text", (str,), {})("R"))) is str


def test_a_classifier_without_return_is_told_so() -> None:
    with pytest.raises(LabelError, match="returned None: each of its paths must return"):
        checked_label(None)


@pytest.mark.parametrize(("value", "words"), [(3, r"3 \(int\)"), (b"R", r"b'R' \(bytes\)"), (["R"], "list")])
def test_what_is_not_a_string_is_named_with_its_type(value: object, words: str) -> None:
    with pytest.raises(LabelError, match=f"returned .*{words}.*return the class as a string"):
        checked_label(value)


def test_terminal_lines_align_counts_shares_and_labels() -> None:
    assert terminal_lines(table_of(*["R"] * 9, *["星雲"] * 3), 40, verbose=False) == [
        "band: 12 files in 2 classes",
        "  9  75.0%     R  ██████████████████████",
        "  3  25.0%  星雲  ███████▍",
    ]


def test_ascii_terminals_get_ascii() -> None:
    lines = terminal_lines(table_of("Hα", "Hα", "R"), 40, verbose=False, ascii=True)
    assert lines[1:] == [r"  2  66.7%  H\u03b1  ###################", r"  1  33.3%        R  ##########"]


def test_verbose_lists_the_files_of_each_class() -> None:
    lines = terminal_lines(table_of("R", "B", "R"), 30, verbose=True)
    assert [line.split("  ")[-1].strip() for line in lines if ".fits" in line] == [
        "0.fits",
        "2.fits",
        "1.fits",
    ]


def test_control_characters_never_reach_the_terminal() -> None:
    lines = terminal_lines(table_of("\x1b[31mred\n", classifier="b\x07"), 60, verbose=False)
    assert "".join(lines).isprintable()
    assert r"\x1b[31mred\x0a" in lines[1]


def test_rare_classes_never_read_as_none_and_frequent_ones_never_as_all() -> None:
    lines = terminal_lines(table_of(*["R"] * 9_999, "B"), 60, verbose=False)
    assert ">99.9%" in lines[1]
    assert "<0.1%" in lines[2]


def test_many_classes_are_cut_with_the_way_to_all_of_them() -> None:
    table = table_of(*(f"{number} s" for number in range(MOST_CLASSES + 5)))
    lines = terminal_lines(table, 80, verbose=False)
    assert len(lines) == 1 + MOST_CLASSES + 1
    assert lines[-1] == f"  5 more classes with 5 files: --verbose, {ALL_FILES_HINT}"


def test_classifiers_are_parted_by_an_empty_line() -> None:
    table = table_of("R")
    table.update(table_of("new", classifier="epoch"))
    assert [line.split(":")[0] for line in terminal_lines(table, 30, verbose=False)][2:4] == ["", "epoch"]


@given(st.lists(st.sampled_from(LABELS) | st.text(max_size=8)), st.integers(24, 120), st.booleans())
def test_lines_fit_the_width(labels: list[str], width: int, ascii: bool) -> None:
    lines = terminal_lines(table_of(*labels), width, verbose=False, ascii=ascii)
    assert all(columns(line) <= width for line in lines)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.text('\r\n",;')))
def test_the_csv_file_holds_every_label(tmp_path_factory: pytest.TempPathFactory, labels: list[str]) -> None:
    path = tmp_path_factory.mktemp("csv") / "classes.csv"
    write_csv(table_of(*labels), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted((row["file"], row["label"]) for row in rows) == sorted(
        (f"{number}.fits", label) for number, label in enumerate(labels)
    )


def test_lone_surrogates_do_not_break_the_csv_file(tmp_path: Path) -> None:
    write_csv(table_of("\udcff"), tmp_path / "classes.csv")
    assert (tmp_path / "classes.csv").read_text() == "classifier,label,file\nband,\\udcff,0.fits\n"


def test_a_csv_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"classes\.csv can't be written"):
        write_csv(table_of("R"), tmp_path / "missing" / "classes.csv")
