from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from pytest_fitsproc.archive.catalogue import Catalogue, read_catalogue
from pytest_fitsproc.errors import CatalogueError, FitsprocError

PLATES = "accref,size\nq/data/a.fits,2880\nq/data/b.fits,5760\n"

Read = Callable[..., Catalogue]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a catalogue and read it."""

    def written_and_read(content: str | bytes, name: str = "plates.csv", key: str = "") -> Catalogue:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_catalogue(f"{name}::{key}" if key else name, tmp_path)

    return written_and_read


def plain(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    return {key: dict(row) for key, row in catalogue.items()}


def test_rows_are_found_by_key_with_strings_as_values(read: Read) -> None:
    catalogue = read(PLATES)
    assert catalogue["q/data/b.fits"]["size"] == "5760"
    assert list(catalogue) == ["q/data/a.fits", "q/data/b.fits"]
    assert len(catalogue) == 2
    assert "q/data/a.fits" in catalogue
    assert catalogue.get("q/data/c.fits") is None
    assert catalogue["q/data/a.fits"] == {"accref": "q/data/a.fits", "size": "2880"}
    assert repr(catalogue["q/data/a.fits"]) == "{'accref': 'q/data/a.fits', 'size': '2880'}"


def test_the_path_is_relative_to_the_resource_directory(tmp_path: Path) -> None:
    (tmp_path / "logbook").mkdir()
    (tmp_path / "logbook" / "plates.csv").write_text(PLATES)
    assert len(read_catalogue("logbook/plates.csv", tmp_path)) == 2
    assert len(read_catalogue(f"{tmp_path}/logbook/plates.csv::accref", "/nowhere")) == 2


@pytest.mark.parametrize(
    ("headings", "key", "column"),
    [("plate,accref", "", "accref"), ("plate,size", "", "plate"), ("plate,accref", "plate", "plate")],
)
def test_the_key_column_is_the_named_one_else_accref_else_the_first(
    read: Read, headings: str, key: str, column: str
) -> None:
    assert read(f"{headings}\n1,2\n", key=key).key_column == column


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_and_byte_order_mark_are_found(
    read: Read, delimiter: str, start: str, newline: str
) -> None:
    lines = ["Пластинка фильтр", 'П1 "R; B, V|I"', ""]
    catalogue = read(start + newline.join(line.replace(" ", delimiter, 1) for line in lines))
    assert plain(catalogue) == {"П1": {"Пластинка": "П1", "фильтр": "R; B, V|I"}}


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("plate;RA\n7;12,5\n8;1,5\n", {"plate": "7", "RA": "12,5"}),
        ("plate;RA (deg, J2000)\n7;1\n", {"plate": "7", "RA (deg, J2000)": "1"}),
        ("plate\n7\n", {"plate": "7"}),
        ('plate,note\n7,"two\nlines, ""quoted"""\n', {"plate": "7", "note": 'two\nlines, "quoted"'}),
        (" plate , note\n 7 , x\n", {"plate": " 7 ", "note": " x"}),
        ("plate,note\n,\n7,x\n\n,\n", {"plate": "7", "note": "x"}),
        ('plate\t5" lens, f/15\n7\tx\n', {"plate": "7", '5" lens, f/15': "x"}),
    ],
)
def test_text_as_curators_write_it_is_read(read: Read, content: str, row: dict[str, str]) -> None:
    assert dict(read(content)["7"]) == row


def test_a_tsv_file_has_tabs_whatever_else_is_in_it(read: Read) -> None:
    assert dict(read("a,b,c\n1,2,3\n", "plates.tsv")["1,2,3"]) == {"a,b,c": "1,2,3"}


def test_a_heading_alone_is_a_catalogue_without_rows(read: Read) -> None:
    assert len(read("accref,size\n")) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty"),
        ("\n\n", ": the file is empty"),
        ("a,b\n1,2\n2,2\n1,3\n", ":4: a '1' stands in line 2 already"),
        ('a,b\n1,"x\ny"\n1,3\n', ":4: a '1' stands in line 2 already"),
        ("a,b\n1,2\n1,2,3\n", ":3: 3 fields where the headings are 2"),
        ("a,b\n1\n", ":2: 1 fields where the headings are 2"),
        ("a,b,a\n1,2,3\n", ":1: 2 columns are called 'a'"),
        ("a,b\n,2\n", ":2: no value in the key column 'a'"),
        ('a,b\n1,2\n2,"open\n3,4\n', ":3: unexpected end of data: is a quote open"),
        ("a,b\n1,\0\n", ":2: a NUL character"),
        (f"a,b\n1,2\n2,{'x' * 200_000}\n", ":3: field larger than field limit"),
        ("Пластинка\nЖ\n".encode("cp1251"), ":1: byte 0xcf is not UTF-8: save the catalogue as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), ":1: byte 0xff is not UTF-8"),
        (b"a,b\n1,2\n2,\xe9\n", ":3: byte 0xe9 is not UTF-8"),
    ],
)
def test_bad_text_is_an_error_with_its_line(read: Read, content: str | bytes, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read(content)
    assert str(caught.value).startswith("plates.csv" + message)


def test_a_missing_key_column_is_told_those_that_there_are(read: Read) -> None:
    with pytest.raises(CatalogueError, match=r"plates\.csv: no column 'plate'; there are 'accref', 'size'"):
        read(PLATES, key="plate")


def test_a_file_that_cannot_be_opened_is_told_where_it_was_looked_for(tmp_path: Path) -> None:
    for name in ("missing.csv", "missing.fits", "missing.vot"):
        with pytest.raises(CatalogueError, match=rf"^{name}: No such file.*looked for below {tmp_path}"):
            read_catalogue(name, tmp_path)
    (tmp_path / "dir.ecsv").mkdir()
    with pytest.raises(CatalogueError, match=r"^dir\.ecsv: Is a directory"):
        read_catalogue("dir.ecsv", tmp_path)


@pytest.mark.parametrize("name", ["plates", "plates.xlsx", "plates.csv.gz"])
def test_an_unknown_suffix_is_told_the_known_ones(read: Read, name: str) -> None:
    with pytest.raises(CatalogueError, match=r"by suffix, .* none of \.csv \.ecsv \.fit \.fits"):
        read(PLATES, name)


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("a.fits", "'q/data/a.fits'"),
        ("A", "'q/data/a.fits'"),
        ("q/data/b.fit", "'q/data/b.fits'"),
        ("q/data/aa.fits", "'q/data/a.fits', 'q/data/b.fits'"),
    ],
)
def test_a_missing_key_is_told_those_that_look_like_it(read: Read, key: str, near: str) -> None:
    with pytest.raises(KeyError) as caught:
        read(PLATES)[key]
    assert str(caught.value) == f"plates.csv: no row with accref {key!r}; there is {near}"
    assert isinstance(caught.value, FitsprocError)


def test_a_key_like_no_other_is_told_how_many_there_are(read: Read) -> None:
    with pytest.raises(LookupError, match=r"no row with accref 17; its 2 rows have other keys"):
        read(PLATES)[17]  # type: ignore[index]


def test_a_missing_column_is_told_those_that_there_are(read: Read) -> None:
    row = read(PLATES)["q/data/a.fits"]
    with pytest.raises(KeyError, match=r"plates\.csv: no column 'siez'; there are 'accref', 'size'"):
        row["siez"]
    assert row.get("siez", "none") == "none"


def test_rows_are_read_only(read: Read) -> None:
    catalogue: Any = read(PLATES)
    with pytest.raises(TypeError):
        catalogue["q/data/a.fits"]["size"] = "0"
    with pytest.raises(TypeError):
        catalogue["q/data/c.fits"] = {}


SUFFIXES = {
    ".ecsv": "ascii.ecsv",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".fits": "fits",
}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tables_give_native_values(tmp_path: Path, suffix: str) -> None:
    table = Table({"accref": ["a", "b"], "size": MaskedColumn([2880, 1], mask=[False, True])})
    table["box"] = np.array([[1.5, 2.5], [3.5, 4.5]])
    table.write(tmp_path / f"plates{suffix}", format=SUFFIXES[suffix])
    assert plain(read_catalogue(f"plates{suffix}", tmp_path)) == {
        "a": {"accref": "a", "size": 2880, "box": [1.5, 2.5]},
        "b": {"accref": "b", "size": None, "box": [3.5, 4.5]},
    }


def test_keys_are_text_in_tables_of_numbers_too(tmp_path: Path) -> None:
    Table({"plate": [17, 18]}).write(tmp_path / "plates.fits")
    assert plain(read_catalogue("plates.fits", tmp_path)) == {"17": {"plate": 17}, "18": {"plate": 18}}


def test_compressed_fits_is_read(tmp_path: Path) -> None:
    Table({"plate": [17]}).write(tmp_path / "plates.fits.gz", format="fits")
    assert gzip.decompress((tmp_path / "plates.fits.gz").read_bytes()).startswith(b"SIMPLE")
    assert list(read_catalogue("plates.fits.gz", tmp_path)) == ["17"]


def test_times_of_an_ecsv_file_stay_times(tmp_path: Path) -> None:
    Table({"plate": [17], "date": Time(["1998-03-01"])}).write(tmp_path / "plates.ecsv")
    assert read_catalogue("plates.ecsv", tmp_path)["17"]["date"] == Time("1998-03-01")


def test_the_first_of_several_tables_is_read(tmp_path: Path) -> None:
    tables = [fits.table_to_hdu(Table({"plate": [number]})) for number in (17, 18)]
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(tmp_path / "plates.fits")
    assert list(read_catalogue("plates.fits", tmp_path)) == ["17"]


def test_a_votable_is_known_by_the_names_of_its_fields(read: Read) -> None:
    votable = """<VOTABLE version="1.3"><RESOURCE><TABLE>
        <FIELD ID="col_1" name="accref" datatype="char" arraysize="*"/>
        <DATA><TABLEDATA><TR><TD>a</TD></TR></TABLEDATA></DATA>
        </TABLE></RESOURCE></VOTABLE>"""
    assert plain(read(votable, "plates.vot")) == {"a": {"accref": "a"}}


def test_empty_text_and_nan_of_a_fits_table_are_values(tmp_path: Path) -> None:
    Table({"plate": [17], "note": [""], "ra": [np.nan]}).write(tmp_path / "plates.fits")
    row = read_catalogue("plates.fits", tmp_path)["17"]
    assert row["note"] == ""
    assert np.isnan(row["ra"])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table({"plate": [17, 18, 17]}), "row 3: plate '17' stands in row 1 already"),
        (Table({"plate": MaskedColumn([17, 18], mask=[0, 1])}), "row 2: no value in the key column 'plate'"),
        (Table(), "the table has no columns"),
    ],
)
def test_bad_rows_of_a_table_are_named_by_number(tmp_path: Path, table: Table, message: str) -> None:
    table.write(tmp_path / "plates.ecsv")
    with pytest.raises(CatalogueError, match=rf"^plates\.ecsv: {message}"):
        read_catalogue("plates.ecsv", tmp_path)


BILLION_LAUGHS = (
    '<!DOCTYPE VOTABLE [<!ENTITY a0 "aaaaaaaaaaaaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(8))
    + ']><VOTABLE version="1.3"><DESCRIPTION>&a8;</DESCRIPTION></VOTABLE>'
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", ["", "hello", "\0" * 2880, BILLION_LAUGHS])
def test_what_is_no_table_is_named(read: Read, suffix: str, content: str) -> None:
    with pytest.raises(CatalogueError, match=rf"^plates\{suffix}: astropy can't read this as \w+"):
        read(content, f"plates{suffix}")


def test_a_csv_catalogue_needs_no_astropy(tmp_path: Path) -> None:
    (tmp_path / "plates.csv").write_text(PLATES)
    code = f"""
import sys
from pytest_fitsproc.archive.catalogue import read_catalogue
assert len(read_catalogue("plates.csv", {str(tmp_path)!r})) == 2
assert not {{"astropy", "numpy"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(texts, min_size=n, max_size=n), max_size=5)),
    st.sampled_from(",;\t|"),
)
def test_what_csv_writes_is_read_as_dictreader_reads_it(
    tmp_path_factory: pytest.TempPathFactory, records: list[list[str]], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "plates.csv"
    width = len(records[0]) if records else 2
    headings = [f"column{number}" for number in range(width)]
    numbered = [[f"key{number}", *record[1:]] for number, record in enumerate(records)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([headings, *numbered])
    with path.open(encoding="utf-8", newline="") as file:
        expected = {row["column0"]: row for row in csv.DictReader(file, delimiter=delimiter)}
    assert plain(read_catalogue("plates.csv", path.parent)) == expected


@given(st.binary(max_size=60) | st.text('a1,;\t|"\r\n\0', max_size=30).map(str.encode))
def test_any_bytes_are_a_catalogue_or_a_catalogue_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("csv") / "plates.csv"
    path.write_bytes(content)
    with suppress(CatalogueError):
        catalogue = read_catalogue("plates.csv", path.parent)
        assert all(len(row) == len(catalogue.places) for row in catalogue.values())
