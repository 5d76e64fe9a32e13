"""An archive to measure with: many FITS files of five header blocks and 64×64 16-bit pixels, and an RD."""

from __future__ import annotations

import argparse
from pathlib import Path

FILES_IN_A_DIRECTORY = 1000
FILTERS = ("B", "V", "R", "none")

_RD = """<resource schema="potsdam" resdir="potsdam">
  <table id="main"><column name="accref" type="text"/></table>
  <data id="import">
    <sources recurse="True" pattern="data/*.fits"/>
    <make table="main"/>
  </data>
</resource>
"""


def header(number: int) -> bytes:
    """Return a header of 174 cards and END in five blocks; the filter depends on the number."""
    fixed = [
        _card("SIMPLE", "T", "conforms to FITS standard"),
        _card("BITPIX", 16, "array data type"),
        _card("NAXIS", 2, "number of array dimensions"),
        _card("NAXIS1", 64),
        _card("NAXIS2", 64),
        _card("EXTEND", "T"),
        _text_card("OBJECT", f"plate {number}", "name of the field"),
        _text_card("FILTER", FILTERS[number % len(FILTERS)], "filter name"),
        _card("EXPTIME", f"{30 + number % 7}.5", "[s] exposure time"),
    ]
    more = [_card(f"KEY{n}", n, f"extra {n}") for n in range(174 - len(fixed))]
    return "".join([*fixed, *more, "END".ljust(80)]).ljust(5 * 2880).encode("ascii")


def make_archive(inputs: Path, files: int) -> Path:
    """Write `files` FITS files and the RD potsdam/q below `inputs`; return `inputs`."""
    data = bytes(range(256)) * 32
    padding = bytes(-len(data) % 2880)
    for number in range(files):
        directory = inputs / "potsdam" / "data" / f"{number // FILES_IN_A_DIRECTORY:04}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"plate{number:06}.fits").write_bytes(header(number) + data + padding)
    (inputs / "potsdam" / "q.rd").write_text(_RD)
    return inputs


def _card(keyword: str, value: object, comment: str = "") -> str:
    return f"{keyword:<8}= {value!s:>20}{' / ' + comment if comment else ''}".ljust(80)


def _text_card(keyword: str, value: str, comment: str) -> str:
    quoted = f"'{value:<8}'"
    return f"{keyword:<8}= {quoted:<20} / {comment}".ljust(80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inputs", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    arguments = parser.parse_args()
    make_archive(arguments.inputs, arguments.files)
