"""`readable`: every file gets a verdict, good files pass, and what is wrong is named with its place."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
import tracemalloc
from functools import partial

import pytest

from pytest_fitsproc.checks import BUILTIN_CHECKS, Finding, Level, readable
from pytest_fitsproc.checks.readable import CODES
from pytest_fitsproc.fits.file import FitsFile


def header(*cards: str, end: bytes = b"END".ljust(80), fill: bytes = b" ") -> bytes:
    raw = b"".join(card.encode("latin-1").ljust(80) for card in cards) + end
    return raw.ljust(-(-len(raw) // 2880) * 2880, fill)


def integer(keyword: str, value: object) -> str:
    return f"{keyword:8}= {value:>20}"


HEAD = ["SIMPLE  =                    T", integer("BITPIX", 8), integer("NAXIS", 0)]
IMAGE = [*HEAD[:1], integer("BITPIX", 16), integer("NAXIS", 1), integer("NAXIS1", 1000)]
EXTENSION = ["XTENSION= 'IMAGE   '", *HEAD[1:], integer("PCOUNT", 0), integer("GCOUNT", 1)]
TABLE = [
    "XTENSION= 'BINTABLE'",
    integer("BITPIX", 8),
    integer("NAXIS", 2),
    integer("NAXIS1", 4),
    integer("NAXIS2", 3),
    integer("PCOUNT", 0),
    integer("GCOUNT", 1),
    integer("TFIELDS", 1),
    "TFORM1  = 'J       '",
]
DATA = b"d" * 2000 + bytes(880)
GOOD = header(*IMAGE) + DATA

# Without a time, which would be in the names of tests: workers of pytest-xdist compare them.
packed = partial(gzip.compress, mtime=0)


@pytest.fixture
def findings(tmp_path):
    def findings(content: bytes, name: str = "a.fits") -> list[str]:
        path = tmp_path / name
        path.write_bytes(content)
        with FitsFile(str(path)) as file:
            return [str(finding) for finding in readable(file)]

    return findings


def test_a_finding_prints_its_place():
    assert str(Finding("FP120", Level.ERROR, "wrong", 0, 26)) == "FP120 error: HDU 0, card 26: wrong"
    assert str(Finding("FP104", Level.WARNING, "short", 1)) == "FP104 warning: HDU 1: short"
    assert str(Finding("FP101", Level.ERROR, "is text")) == "FP101 error: is text"


def test_the_table_of_checks_names_readable():
    assert BUILTIN_CHECKS["readable"] is readable
    assert all(level in Level and meaning for level, meaning in CODES.values())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (header(*HEAD), "a.fits"),
        (GOOD, "a.fits"),
        (GOOD + header(*EXTENSION) + header(*TABLE) + b"r" * 12 + bytes(2868), "a.fits"),
        (header(*HEAD, "HISTORY RECIPE END", "", "OBJECT  = 'M 31'"), "a.fits"),
        (header("SIMPLE  = T", *HEAD[1:]), "a.fits"),
        (header(*HEAD, "LONG    = 'one&'", "CONTINUE  'two'"), "a.fits"),
        (packed(GOOD), "a.fits.gz"),
        (
            GOOD + header(*TABLE[:8], "TFORM1  = 'J       '", "ZIMAGE  =                    T") + bytes(2880),
            "a.fits.fz",
        ),
    ],
)
def test_a_good_file_has_no_findings(findings, content, name):
    assert findings(content, name) == []


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", "FP101 error: is an empty file, not FITS"),
        (b"<html>404", "FP101 error: is an HTML page, not FITS"),
        (header(*HEAD, end=b"END", fill=b"\0"), "FP102 error: HDU 0: the header has no END card: card 4"),
        (b"SIMPLE  = T\nBITPIX  = 8\n", "FP101 error: is the text of a header in lines"),
        (header(*HEAD)[:2000], "FP102 error: HDU 0: the last block of the header lacks 880 bytes"),
        (header(*HEAD, end=b""), "FP102 error: HDU 0: the header has no END card; the file ends after 36"),
        (GOOD[:4000], "FP103 error: HDU 0: 880 of 2000 bytes of data are missing"),
        (GOOD[:5000], "FP104 warning: HDU 0: the padding after the data lacks 760 bytes"),
        (GOOD + b"junk", "FP105 error: 4 bytes follow the last HDU: text"),
        (GOOD + bytes(2880), "FP106 warning: 2880 bytes follow the last HDU: nothing but NUL bytes"),
        (header(HEAD[0], integer("BITPIX", 7), HEAD[2]), "FP110 error: HDU 0, card 2: BITPIX is 7"),
        (header(*HEAD[:2]), "FP110 error: HDU 0: has no NAXIS card"),
        (header(*HEAD[:2], integer("NAXIS", 10**25)), "FP110 error: HDU 0, card 3: NAXIS is not an integer"),
        (header(HEAD[0], HEAD[2], HEAD[1]), "FP111 error: HDU 0, card 2: BITPIX should be here, it is card"),
        (header(*HEAD) + header(*EXTENSION[:3]), "FP111 error: HDU 1: has no PCOUNT card"),
        (header(*HEAD) + header(*TABLE[:7]) + bytes(2880), "FP111 error: HDU 1: has no TFIELDS card"),
        (header(HEAD[0].replace("T", "F"), *HEAD[1:]), "FP112 warning: HDU 0, card 1: SIMPLE is not T"),
        (header(*HEAD, fill=b"\0"), r"FP113 error: HDU 0: after END come b'\x00\x00"),
        (header(*HEAD, "object  = 5"), "FP120 error: HDU 0, card 4: the keyword 'object' has lower-case"),
        (header(*HEAD) + header(*EXTENSION, "A       = ,"), "FP122 error: HDU 1, card 6: ',' is no value"),
        (header(*HEAD, "A       = 1e5"), "FP123 warning: HDU 0, card 4: the number '1e5'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(findings, content, finding):
    assert findings(content)[0].startswith(finding)


@pytest.mark.parametrize(
    ("content", "name", "finding"),
    [
        (packed(GOOD)[:-12], "a.fits.gz", "FP130 error: its compressed data end early"),
        (packed(GOOD)[:-5] + b"wrong", "a.fits.gz", "FP130 error: its compressed data are damaged"),
        (packed(GOOD) + b"junk", "a.fits.gz", "FP132 warning: something follows the compressed data"),
        (packed(GOOD[:4000]), "a.fits.gz", "FP103 error: HDU 0: 880 of 2000 bytes"),
        (packed(b"text"), "a.fits.gz", "FP101 error: its unpacked content is text, not FITS"),
        (GOOD, "a.fits.gz", "FP133 warning: the name says compressed, the content is not"),
        (GOOD, "a.fits.fz", "FP133 warning: the name ends in .fz, but no HDU is tile-compressed"),
        (packed(GOOD), "a.fits", "FP134 info: the content is compressed, the name does not say so"),
    ],
)
def test_what_is_wrong_with_compression_is_named(findings, content, name, finding):
    [only] = findings(content, name)
    assert only.startswith(finding)


def test_a_broken_structure_does_not_hide_broken_cards(findings):
    found = findings(header(HEAD[0], integer("BITPIX", 7), HEAD[2], "object  = 5"))
    assert [line[:5] for line in found] == ["FP110", "FP120"]


def test_many_faults_are_counted_not_listed(findings):
    found = findings(header(*HEAD, *["a       = 5"] * 50))
    assert len(found) == 21
    assert found[-1] == "FP120 error: HDU 0: 30 more like this, not listed"


def test_a_vanished_file_is_a_finding(tmp_path):
    [finding] = readable(FitsFile(str(tmp_path / "gone.fits")))
    assert str(finding) == "FP100 error: there is no such file (any more)"


def test_no_control_byte_reaches_a_message(findings):
    for line in findings(header(*HEAD, "OBJECT  = '\x1b]0;x\x07\x1b[2J'")):
        assert line.isprintable()


def test_a_huge_array_is_compared_not_allocated(findings):
    content = header(*HEAD[:1], integer("BITPIX", -64), integer("NAXIS", 1), integer("NAXIS1", 10**18))
    tracemalloc.start()
    assert findings(content)[0].startswith("FP103 error: HDU 0: 8000000000000000000 of 8000000000000000000")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_every_file_of_the_corpora_gets_a_verdict(shared):
    failed = {}
    with open(shared / "corpus" / "manifest.csv", newline="") as manifest:
        for row in csv.DictReader(manifest):
            with FitsFile(str(shared / "corpus" / row["path"])) as file:
                failed[row["path"]] = [f for f in readable(file) if f.level is Level.ERROR]
            if row["kind"] == "header-text":
                assert [finding.code for finding in failed[row["path"]]] == ["FP101"]
            elif row["path"].startswith("good/"):
                assert failed[row["path"]] == []
    assert len(failed) == 400


READ_ALL = """
import re, sys
from pytest_fitsproc.checks import readable
from pytest_fitsproc.fits.file import FitsFile

for path in sys.argv[1:]:
    with FitsFile(path) as file:
        readable(file)
with open("/proc/self/status") as status:
    print(re.search(r"VmHWM:\\s*([0-9]+) kB", status.read())[1])
"""


@pytest.mark.slow
def test_hostile_files_cost_little(shared, tmp_path):
    subprocess.run([sys.executable, shared / "tools" / "make_attacks.py", tmp_path], check=True)
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(tmp_path) for name in names]
    command = [sys.executable, "-c", READ_ALL, *paths]
    peak_kb = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout
    assert int(peak_kb) < 200_000
