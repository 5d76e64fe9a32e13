"""Headers that the same processors make of the same files in the real DaCHS and here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from dachs import Dachs
from intended import intended_differences
from program_archive import Archive
from text_of_programs import as_text

from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, end_offset, split_cards

pytestmark = pytest.mark.slow

Cards = list[str]

START = ["SIMPLE  =                    T / conforms to FITS standard"]
IMAGE = [*START, "BITPIX  =                   16 / bits", "NAXIS   =                    2 / axes"]
AXES = ["NAXIS1  =                    4 / width", "NAXIS2  =                    3 / height"]
OBSERVATION = [
    "EXTEND  =                    T / may have extensions",
    "OBJECT  = 'M 31    '           / a galaxy",
    "EXPTIME =                  1.5 / [s] exposure",
    "FILTER  = 'V'",
]
TEXTS = [
    "COMMENT first comment",
    "HISTORY first history",
    "COMMENT IMPORTANT comment",
    "HISTORY first history",
    "HISTORY second history",
]
LONG = ["LONGTEXT= 'a text of which the rest stands in the card below, as it is too lo&'", "CONTINUE  'ng'"]
HIERARCH = ["HIERARCH ESO DET CHIP NAME = 'chip 1' / a name"]


def fits_file(cards: Cards, data_size: int = 24) -> bytes:
    text = b"".join(card.encode("latin-1").ljust(CARD_SIZE) for card in [*cards, "END"])
    data = bytes(range(data_size))
    return text.ljust(-(-len(text) // BLOCK_SIZE) * BLOCK_SIZE) + data.ljust(
        -(-data_size // BLOCK_SIZE) * BLOCK_SIZE, b"\0"
    )


# Files of which DaCHS makes what we make, but for the differences below.
FILES = {
    "plain.fits": fits_file([*IMAGE, *AXES, *OBSERVATION]),
    "texts.fits": fits_file([*IMAGE, *AXES, *OBSERVATION, *TEXTS]),
    "mixed.fits": fits_file([*IMAGE, *AXES, *TEXTS, *OBSERVATION, *LONG, *HIERARCH]),
    "scaled.fits": fits_file(
        [*IMAGE, *AXES, "BZERO   =                32768", "BSCALE  =                    1", *OBSERVATION]
    ),
    "blanks.fits": fits_file([*IMAGE, *AXES, *OBSERVATION, "", "", *TEXTS, "", ""]),
    "cube.fits": fits_file(
        [
            *START,
            IMAGE[1],
            "NAXIS   =                    3",
            *AXES,
            "NAXIS3  =                    1",
            *OBSERVATION,
        ]
    ),
    "large.fits": fits_file([*IMAGE, *AXES, *[f"KEY{n:<5}=                    {n % 10}" for n in range(60)]]),
    "repeated.fits": fits_file([*IMAGE, *AXES, *OBSERVATION, "FILTER  = 'B'"]),
    "undefined.fits": fits_file([*IMAGE, *AXES, *OBSERVATION, "NOTHING =", "AIRMASS =                 1.20"]),
    "full.fits": fits_file([*IMAGE, *AXES, *[f"KEY{n:<5}=                    {n % 10}" for n in range(30)]]),
}

# Files that DaCHS can't process; we do.
BEYOND_DACHS = {
    "latin.fits": fits_file([*IMAGE, *AXES, "OBSERVER= 'M\xfcller'", *OBSERVATION]),
    "ending.fits": fits_file(
        [*IMAGE, *AXES, *OBSERVATION, "COMMENT it is the".ljust(77) + "END", "", "OK = 1"]
    ),
    "huge.fits": fits_file([*IMAGE, *AXES, *[f"KEY{n:<5}=                    1" for n in range(1500)]]),
}


def without_blanks(cards: Cards) -> Cards:
    return [card for card in cards if card.strip()]


def values_of_kept_cards(cards: Cards) -> Cards:
    """Cards that an applied header has from the file, without comments and as few blanks as can be."""
    kept = re.compile(
        "(SIMPLE|BITPIX|NAXIS[1-9]?|EXTEND|BZERO|BSCALE|FILTER) *= *('[^' ]*|[^ ]*).*"
    ).fullmatch
    return [f"{found[1]} is {found[2]}" if (found := kept(card)) else card for card in cards]


def without_third_axis(cards: Cards) -> Cards:
    return [card for card in cards if not card.startswith("NAXIS3")]


# What is different on purpose: a reason, and what makes both alike. Each must be seen.
INTENDED: dict[str, Callable[[Cards], Cards]] = {
    "DaCHS puts another blank card before HISTORY and COMMENT each time": without_blanks,
    "DaCHS has NAXIS3 in a detached header, and applied only if it is there": without_third_axis,
    "DaCHS takes of a card that the file keeps the value only": values_of_kept_cards,
}

PROCESSORS = {
    "munging": """
    def _mungeHeader(self, srcName, hdr):
        hdr.set("NUMPIX", hdr["NAXIS1"]*hdr["NAXIS2"], "number of pixels")
        hdr.set("FILTER", "R", "replaced")
        hdr.add_history("munged")
        return hdr
""",
    "filtering": """
    cardSequence = ["OBSERVER", ("EXPTIME", False), "OBJECT"]

    def commentFilter(self, value):
        return "IMPORTANT" in value

    def historyFilter(self, value):
        return "second" in value
""",
    "replacing": """
    def _getHeader(self, srcName):
        hdr = pyfits.Header()
        hdr.set("SIMPLE", True)
        hdr.set("OBJECT", "other", "all new")
        hdr.set("RA", 12.25)
        hdr.add_comment("a comment")
        return hdr
""",
    "keeping": """
    def _createAuxiliaries(self, dd):
        self.keepKeys = self.keepKeys.copy()
        self.keepKeys.add("FILTER")

    def _mungeHeader(self, srcName, hdr):
        hdr.set("FILTER", "X")
        hdr.set("EXPTIME", 3.5)
        return hdr
""",
    "shrinking": """
    def _mungeHeader(self, srcName, hdr):
        for number in range(40):
            hdr.remove("KEY%d"%number, ignore_missing=True)
        return hdr
""",
    "failing": """
    def _mungeHeader(self, srcName, hdr):
        if srcName.endswith("plain.fits"):
            return None
        if srcName.endswith("cube.fits"):
            raise api.CannotComputeHeader("no plate")
        hdr["NEW"] = True
        return hdr
""",
}

SCRIPT = """
import os
from gavo import api
from gavo.utils import pyfits

class Processor(api.{base}):
{body}
    def classify(self, srcName):
        return "with" if os.path.exists(srcName+".hdr") else "without"

if __name__=="__main__":
    api.procmain(Processor, "potsdam/q", "import")
"""

IMMEDIATE = """
    def _isProcessed(self, srcName, hdr):
        return hdr["OBJECT"]=="done" if "OBJECT" in hdr else False

    def _changeHeader(self, srcName, hdr):
        hdr.set("OBJECT", "done", "changed")
        hdr.set("NEW", 2.5, "a new card")
        hdr.add_history("immediate")
        hdr.remove("EXPTIME", ignore_missing=True)
"""


@dataclass(frozen=True)
class Result:
    """What a program said, and left in the data directory."""

    run: subprocess.CompletedProcess[str]
    files: dict[str, bytes]

    @property
    def error_classes(self) -> dict[str, str]:
        found = re.findall(r"Skipping source \S*/(\S+): \((\w+),", self.run.stderr)
        return dict(found)

    @property
    def closing_line(self) -> str:
        return self.run.stdout.rpartition("\r")[2]


Run = Callable[..., list[Result]]


@pytest.fixture
def programs(archive: Archive, dachs_folder: Path, socket: Path) -> Callable[[str, dict[str, bytes]], Run]:
    """Return what runs a script on files with DaCHS and with us, a command line on what the last has left."""
    dachs = Dachs(dachs_folder, archive.inputs)
    dachs.configure(socket)
    data = archive.resdir / "data"

    def fill(files: dict[str, bytes]) -> None:
        for path in data.iterdir():
            path.unlink()
        for name, content in files.items():
            (data / name).write_bytes(content)

    def prepare(script: str, files: dict[str, bytes]) -> Run:
        archive.write("bin/dachs/header.py", script)
        ours = script.replace("from gavo import api", "from pytest_fitsproc import api")
        archive.write("bin/header.py", ours.replace("from gavo.utils", "from pytest_fitsproc.api"))
        commands = [
            (dachs.command("bin/dachs/header.py"), dachs.environ),
            ([sys.executable, "bin/header.py"], archive.environ),
        ]

        def run(*lines: str) -> list[Result]:
            results = []
            for command, environ in commands:
                fill(files)
                for line in lines:
                    done = as_text([*command, *line.split()], archive.resdir, environ)
                results.append(Result(done, {path.name: path.read_bytes() for path in data.iterdir()}))
            return results

        return run

    return prepare


def cards_of(content: bytes) -> Cards:
    cards = [card.decode("latin-1").rstrip() for card in split_cards(content[: end_offset(content)])]
    while cards and not cards[-1]:
        cards.pop()
    return cards


def data_of(content: bytes) -> bytes:
    return content[-(-(end_offset(content) + CARD_SIZE) // BLOCK_SIZE) * BLOCK_SIZE :]


def differences(theirs: Result, ours: Result) -> set[str]:
    """Return the intended differences of the files that two programs have left; another one fails."""
    assert set(ours.files) == set(theirs.files)
    seen: set[str] = set()
    for name, content in ours.files.items():
        their_cards, our_cards = cards_of(theirs.files[name]), cards_of(content)
        seen |= intended_differences(their_cards, our_cards, INTENDED, name)
        assert data_of(content) == data_of(theirs.files[name])
    return seen


COMPUTE, APPLY, AGAIN = "", "--apply", "--reprocess --apply --reheader"
BLANKS, THIRD_AXIS, VALUES = INTENDED


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("munging", [COMPUTE], {THIRD_AXIS, BLANKS}),
        ("munging", [APPLY], {VALUES, THIRD_AXIS, BLANKS}),
        ("munging", [COMPUTE, APPLY, AGAIN], {VALUES, THIRD_AXIS, BLANKS}),
        ("filtering", [COMPUTE, APPLY], {VALUES, THIRD_AXIS, BLANKS}),
        ("replacing", [COMPUTE, APPLY], {VALUES, THIRD_AXIS, BLANKS}),
        ("keeping", [COMPUTE, APPLY], {VALUES, THIRD_AXIS, BLANKS}),
        ("shrinking", [COMPUTE, APPLY], {VALUES, THIRD_AXIS, BLANKS}),
        ("failing", [COMPUTE, APPLY], {VALUES, BLANKS}),
    ],
)
def test_detached_and_applied_headers_are_the_same(programs, name, lines, expected):
    run = programs(SCRIPT.format(base="HeaderProcessor", body=PROCESSORS[name]), FILES)
    theirs, ours = run(*lines)
    assert differences(theirs, ours) == expected
    assert ours.error_classes == theirs.error_classes
    assert (ours.closing_line, ours.run.returncode) == (theirs.closing_line, theirs.run.returncode)


def test_immediately_edited_headers_are_the_same(programs):
    run = programs(SCRIPT.format(base="ImmediateHeaderProcessor", body=IMMEDIATE), FILES)
    for lines in ([COMPUTE], ["", "--reprocess"]):
        theirs, ours = run(*lines)
        assert differences(theirs, ours) == set()
        assert ours.closing_line == theirs.closing_line


def test_labels_are_the_same(programs):
    run = programs(SCRIPT.format(base="HeaderProcessor", body=PROCESSORS["failing"]), FILES)
    theirs, ours = run(COMPUTE, "--report")
    assert ours.run.stdout == theirs.run.stdout
    assert "2  without\n8     with\n" in ours.run.stdout


def test_files_that_dachs_can_t_process_are_processed(programs):
    run = programs(SCRIPT.format(base="HeaderProcessor", body=PROCESSORS["keeping"]), BEYOND_DACHS)
    theirs, ours = run(COMPUTE, APPLY)
    assert set(theirs.error_classes) == {"ending.fits", "huge.fits"}
    assert ours.error_classes == {}
    assert all("EXPTIME =                  3.5" in "".join(cards_of(found)) for found in ours.files.values())
    observer = "OBSERVER= 'M\xfcller'"
    assert observer in cards_of(ours.files["latin.fits"])
    assert observer not in cards_of(theirs.files["latin.fits"])


def test_each_reads_the_detached_headers_of_the_other(programs):
    # Without NAXIS3 in a detached header, DaCHS takes it from nowhere.
    files = {name: content for name, content in FILES.items() if name != "cube.fits"}
    script = SCRIPT.format(base="HeaderProcessor", body=PROCESSORS["munging"])
    for result in programs(script, files)(COMPUTE):
        theirs, ours = programs(script, result.files)("--no-compute --apply")
        differences(theirs, ours)
        for applied in (theirs, ours):
            assert applied.error_classes == {}
            assert all("HISTORY munged" in cards_of(found) for found in applied.files.values())
