from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.gathering import Gathering, Row, check_suffix, gathered_row, write
from pytest_fitsproc.processing.plain_value import GatherError, Plain

SUFFIXES = [".csv", ".ecsv", ".json", ".fits"]


def row(file: str = "a.fits", **fields: object) -> Row:
    return gathered_row(file, "test_size", fields)


def read_table(path: Path) -> list[dict[str, Any]]:
    """The rows of an ECSV or FITS file; what is masked is None."""
    if path.suffix == ".fits":
        table = Table.read(path, mask_invalid=False)
        table.convert_bytestring_to_unicode()
    else:
        table = Table.read(path, format="ascii.ecsv")
    columns = [table[name].tolist() for name in table.colnames]
    return [dict(zip(table.colnames, values, strict=True)) for values in zip(*columns, strict=True)]


def test_a_row_says_which_file_and_processor_it_is_from() -> None:
    assert row(found=3) == {"file": "a.fits", "processor": "test_size", "found": 3}


@pytest.mark.parametrize("name", ["file", "processor"])
def test_columns_that_the_run_fills_in_cannot_be_gathered(name: str) -> None:
    with pytest.raises(GatherError, match=rf"gather\({name}=…\): the run fills in this column"):
        gathered_row("a.fits", "test_size", {name: "x"})


def test_rows_come_by_source_then_processor_then_call() -> None:
    first, second = Gathering(), Gathering()
    first.add(row(call=0), (1, 0))
    first.add(row(call=1), (1, 0))
    second.add(row(other=0), (0, 1))
    second.add(row(other=1), (0, 0))
    for gathering, other in ((first, second), (second, first)):
        merged = Gathering()
        merged.update(gathering)
        merged.update(other)
        assert merged.rows() == [row(other=1), row(other=0), row(call=0), row(call=1)]


@pytest.mark.parametrize("name", ["rows", "rows.txt", "rows.xlsx", ".csv"])
def test_an_unknown_suffix_is_told_the_known_ones(name: str) -> None:
    with pytest.raises(OptionError, match=r"rows are written as \.csv, \.ecsv, \.json, \.fits"):
        check_suffix(name)


@pytest.mark.parametrize("name", [*(f"rows{suffix}" for suffix in SUFFIXES), "ROWS.CSV"])
def test_known_suffixes_pass(name: str) -> None:
    check_suffix(name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_but_the_file_is_left_behind(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"rows{suffix}"
    target.write_text("old")
    write([row(found=3)], target)
    assert list(tmp_path.iterdir()) == [target]
    assert not target.read_bytes().startswith(b"old")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_rows_make_a_file_that_can_be_read(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"rows{suffix}"
    write([], target)
    if suffix == ".json":
        assert json.loads(target.read_text()) == []
    elif suffix == ".csv":
        assert target.read_text() == "file,processor\n"
    else:
        assert read_table(target) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_is_missing_is_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OptionError, match="can't be written: No such file"):
        write([row()], tmp_path / "missing" / f"rows{suffix}")


def test_csv_has_the_union_of_columns_in_order_of_appearance(tmp_path: Path) -> None:
    write([row(b=1), row(a="x, y", b=None, ok=True)], tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == (
        'file,processor,b,a,ok\na.fits,test_size,1,,\na.fits,test_size,,"x, y",True\n'
    )


def test_json_is_json_with_a_row_on_each_line(tmp_path: Path) -> None:
    write([row(a=math.nan), row(a=-math.inf, b=None)], tmp_path / "rows.json")
    text = (tmp_path / "rows.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == [row(a="NaN"), row(a="-Infinity", b=None)]
    assert len(text.splitlines()) == 4


@pytest.mark.parametrize("suffix", [".ecsv", ".fits"])
@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1, None, 999999], [1, None, 999999]),
        ([-(2**63), None, 2**63 - 1], [-(2**63), None, 2**63 - 1]),
        ([True, False, True], [True, False, True]),
        ([1, 2.5], [1.0, 2.5]),
        ([2**53 + 1, 2.5], ["9007199254740993", "2.5"]),
        ([1, "x"], ["1", "x"]),
        ([True, 1], ["True", "1"]),
        ([2**64, 1], ["18446744073709551616", "1"]),
        (["a\nb\0", "c"], [r"a\x0ab\x00", "c"]),
        ([math.inf, 0.1], [math.inf, 0.1]),
    ],
    ids=repr,
)
def test_a_column_has_the_one_type_that_holds_its_values(
    tmp_path: Path, suffix: str, values: list[object], written: list[Plain]
) -> None:
    write([row(x=value) for value in values], tmp_path / f"rows{suffix}")
    found = [line["x"] for line in read_table(tmp_path / f"rows{suffix}")]
    assert found == written
    assert [type(value) for value in found] == [type(value) for value in written]


def test_what_is_missing_is_masked_in_ecsv(tmp_path: Path) -> None:
    write([row(i=1, f=0.5, t="x", b=True, n=None), row()], tmp_path / "rows.ecsv")
    assert read_table(tmp_path / "rows.ecsv") == [
        row(i=1, f=0.5, t="x", b=True, n=None),
        row(i=None, f=None, t=None, b=None, n=None),
    ]


def test_what_is_missing_in_fits_is_what_fits_has_for_it(tmp_path: Path) -> None:
    write([row(i=1, f=0.5, t="x", b=True, n=None), row()], tmp_path / "rows.fits")
    first, second = read_table(tmp_path / "rows.fits")
    assert first == row(i=1, f=0.5, t="x", b=1, n="")
    assert math.isnan(second.pop("f"))
    assert second == row(i=None, t="", b=None, n="")


def test_fits_gets_ascii_text_and_plain_names(tmp_path: Path) -> None:
    spelt = {"размер": "Hα", "a": 1, "A": 2, "a b": 3}
    write([row("a.fits", **spelt)], tmp_path / "rows.fits")
    assert read_table(tmp_path / "rows.fits") == [row(______=r"H\u03b1", a=1, A_2=2, a_b=3)]
    with fits.open(tmp_path / "rows.fits") as hdus:
        hdus.verify("exception")


def test_more_columns_than_fits_has_are_refused(tmp_path: Path) -> None:
    many = {f"c{number}": 1 for number in range(1000)}
    with pytest.raises(OptionError, match=r"1002 columns were gathered, and a FITS table has at most 999"):
        write([row("a.fits", **many)], tmp_path / "rows.fits")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_utf8_does_not_cost_the_rows(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        write([row("\udcff.fits")], tmp_path / f"rows{suffix}")
        assert rb"\udcff.fits" in (tmp_path / f"rows{suffix}").read_bytes().replace(rb"\\", b"\\")


def test_csv_and_json_need_no_astropy(tmp_path: Path) -> None:
    code = f"""
import sys
from pytest_fitsproc.processing.gathering import gathered_row, write
for suffix in ("csv", "json"):
    write([gathered_row("a.fits", "p", {{"x": 1}})], {str(tmp_path / "rows.")!r} + suffix)
assert not {{"astropy", "numpy"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def with_infinity(line: Row) -> Row:
    return line | {"expected": float(line["expected"])} if isinstance(line.get("expected"), str) else line  # type: ignore[arg-type]


kinds: dict[str, st.SearchStrategy[Any]] = {
    "found": st.integers(),
    "expected": st.floats(allow_nan=False),
    "note": st.text(),
    "ok": st.booleans(),
}
rows = st.lists(st.fixed_dictionaries({}, optional=kinds).map(lambda fields: row(**fields)), max_size=5)
tabular = {
    **kinds,
    "found": st.integers(-(2**63), 2**63 - 1),
    "note": st.from_regex(r"[!-~]([ -~]*[!-~])?", fullmatch=True),
}


@given(rows)
def test_json_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("json") / "rows.json"
    write(rows, path)
    found = json.loads(path.read_bytes(), object_hook=with_infinity)
    assert found == rows


@given(rows)
def test_csv_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("csv") / "rows.csv"
    write(rows, path)
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found == [{name: str(line.get(name, "")) for name in found[0]} for line in rows]


@pytest.mark.parametrize("suffix", [".ecsv", ".fits"])
@settings(max_examples=25, deadline=None)
@given(st.lists(st.fixed_dictionaries(tabular).map(lambda fields: row(**fields)), min_size=1, max_size=5))
def test_tables_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, rows: list[Row]
) -> None:
    path = tmp_path_factory.mktemp("table") / f"rows{suffix}"
    write(rows, path)
    assert read_table(path) == rows
