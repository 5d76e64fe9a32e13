"""Fields that the same processors solve in the real DaCHS and here."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import star_fields
from astropy.io import fits
from dachs import Dachs
from intended import intended_differences
from program_archive import Archive
from text_of_programs import as_text

from pytest_fitsproc.checks.placement import celestial_wcs

pytestmark = pytest.mark.slow

Card: TypeAlias = tuple[str, Any, str]
Cards: TypeAlias = list[Card]

SCRIPT = """
import os

from gavo import api
from gavo.utils import pyfits

class Solver(api.AnetHeaderProcessor):
    sp_indices = ["index-9990-10.littleendian.fits", "index-9990-12.littleendian.fits"]
    sp_lower_pix = 14
    sp_upper_pix = 16
    sp_endob = 50
    sp_total_timelimit = 10
    indexPath = "INDEXPATH"
BODY
    def _mungeHeader(self, srcName, hdr):
        hdr.set("OBSERVER", "me", "who did it")
        return hdr

if __name__=="__main__":
    api.procmain(Solver, "potsdam/q", "import")
"""

# What source-extractor does with a control text, and what of its sources is kept.
EXTRACTION = """
    sourceExtractorControl = "DETECT_MINAREA 5\\n"

    def objectFilter(self, name):
        with pyfits.open(name) as hdus:
            table = hdus[1].data
            x, y = table["X_IMAGE"], table["Y_IMAGE"]
            inside = (x>30) & (x<970) & (y>30) & (y<770)
            pyfits.BinTableHDU(table[inside & (table["ELONGATION"]<1.2)]).writeto("kept.fits")
        os.rename("kept.fits", name)
"""

# DaCHS never tells solve-field to leave out its helpers; it looks at no parameter of this name.
HELPERS = """
    sp_helpers = True
"""

CARDS_SCRIPT = """
import gzip
import json
import os
import sys

from gavo.helpers import anet

def failing(name):
    raise KeyError("MAG_AUTO")

def found(path, parameters, control, object_filter):
    try:
        cards = anet.getWCSFieldsFor(
            path, parameters, control, failing if object_filter else None, None, "INDEXPATH", False)
    except Exception as error:
        return [type(error).__name__, getattr(error, "retcode", None)]
    return cards and [str(card) for card in cards]

json.dump([found(*case) for case in json.loads(sys.argv[1])], sys.stdout)
"""

INDICES = ["index-9990-10.littleendian.fits", "index-9990-12.littleendian.fits"]
PARAMETERS = {"indices": INDICES, "lower_pix": 14, "upper_pix": 16, "endob": 50, "total_timelimit": 10}


def without(pattern: str) -> Callable[[Cards], Cards]:
    matches = re.compile(pattern).fullmatch
    return lambda cards: [card for card in cards if not matches(f"{card[0]} {card[1]}")]


def rounded(cards: Cards) -> Cards:
    """Round numbers to the digits that solve-field writes."""
    return [
        (key, float(f"{value:.12g}") if isinstance(value, float) else value, comment)
        for key, value, comment in cards
    ]


# What is different on purpose: a reason, and what makes both alike. Each must be seen.
INTENDED: dict[str, Callable[[Cards], Cards]] = {
    "DaCHS takes EXTEND of the solver's file for one of the image": without(r"EXTEND .*"),
    "DaCHS leaves what an older WCS had beside the matrix, which the standard forbids or which lies": without(
        r"(?:PC[12]_[12]|CDELT[12]|CROTA2|RADESYS) .*"
    ),
    "DaCHS drops the name of the index that fitted, since solve-field calls it otherwise today": without(
        r"COMMENT index id: .*"
    ),
    "DaCHS writes numbers of the solution anew, with digits that the solver did not write": rounded,
}
EXTEND, OLD_WCS, INDEX, DIGITS = INTENDED


@dataclass(frozen=True)
class Result:
    """What a program said, and the detached headers that it left."""

    run: subprocess.CompletedProcess[str]
    headers: dict[str, fits.Header]

    @property
    def closing_line(self) -> str:
        return self.run.stdout.rpartition(")")[2]

    @property
    def skipped(self) -> list[str]:
        return re.findall(r"Skipping source \S*/(\S+):", self.run.stderr)


@pytest.fixture
def beside(
    archive: Archive, dachs_folder: Path, socket: Path, index_path: Path
) -> Callable[..., list[Result]]:
    """Return what runs a script on the archive with DaCHS, then with us."""
    dachs = Dachs(dachs_folder, archive.inputs)
    dachs.configure(socket)

    def run(script: str, *words: str) -> list[Result]:
        script = script.replace("INDEXPATH", str(index_path))
        archive.write("bin/dachs/solve.py", script)
        ours = script.replace("from gavo import api", "from pytest_fitsproc import api")
        archive.write("bin/solve.py", re.sub(r"from gavo\.(utils|helpers)", "from pytest_fitsproc.api", ours))
        results = []
        for command, environ in (
            (dachs.command("bin/dachs/solve.py"), dachs.environ),
            ([sys.executable, "bin/solve.py"], archive.environ),
        ):
            done = as_text([*command, *words], archive.resdir, environ)
            results.append(Result(done, taken_headers(archive)))
        return results

    return run


def taken_headers(archive: Archive) -> dict[str, fits.Header]:
    """Return the detached headers, and remove them."""
    found = {}
    for path in (archive.resdir / "data").glob("*.hdr"):
        found[path.name] = fits.Header.fromstring(path.read_bytes())
        path.unlink()
    return found


@pytest.fixture
def fields(archive: Archive, images: Mapping[str, Any]) -> Callable[..., None]:
    """Return what fills the archive with fields of these kinds; ``old`` has a WCS of another place."""
    plain = fits.Header({"OBJECT": "M 31", "TELESCOP": "Zeiss"})
    plain["COMMENT"] = "of the plate"
    plain["HISTORY"] = "scanned"
    old = star_fields.true_wcs(ra=10).to_header()
    old.update(OBJECT="M 32", CROTA2=3.0, A_ORDER=2, A_2_0=1e-6, PLTLABEL="7")

    def fill(*kinds: str) -> None:
        for path in (archive.resdir / "data").iterdir():
            path.unlink()
        for kind in kinds:
            header, image = (old, images["easy"]) if kind == "old" else (plain, images[kind])
            fits.PrimaryHDU(image, header).writeto(archive.path(f"{kind}.fits"))

    return fill


def cards_of(header: fits.Header) -> Cards:
    return [(card.keyword, card.value, card.comment) for card in header.cards]


@pytest.mark.parametrize(
    ("body", "kinds", "solved"),
    [
        ("", ("easy", "old", "noise"), {"easy", "old"}),
        (EXTRACTION + HELPERS, ("easy", "plate", "old", "noise"), {"easy", "plate", "old"}),
    ],
    ids=["sources-by-solve-field", "sources-by-source-extractor"],
)
def test_detached_headers_are_the_same(
    fields: Callable[..., None],
    beside: Callable[..., list[Result]],
    body: str,
    kinds: tuple[str, ...],
    solved: set[str],
) -> None:
    fields(*kinds)
    theirs, ours = beside(SCRIPT.replace("BODY", body))
    assert set(ours.headers) == set(theirs.headers) == {f"{kind}.fits.hdr" for kind in solved}
    seen = set()
    for name, header in ours.headers.items():
        found = intended_differences(cards_of(theirs.headers[name]), cards_of(header), INTENDED)
        assert {EXTEND, INDEX} <= found
        assert (OLD_WCS in found) == name.startswith("old")
        seen |= found
    assert seen == set(INTENDED) - ({DIGITS} if not body else set())
    assert (ours.closing_line, ours.run.returncode) == (theirs.closing_line, theirs.run.returncode)
    assert ours.skipped == theirs.skipped == ["noise.fits"]


def texts_of_solution(cards: list[str]) -> list[str]:
    """Return the cards without those that tell when, and how long it took."""
    return [card for card in cards if not card.startswith(("DATE ", "COMMENT cpu time"))]


def offset_px(cards: list[str]) -> float:
    """Return how far the WCS is from the truth at most."""
    header = fits.Header.fromstring("".join(cards))
    found = celestial_wcs(header, star_fields.WIDTH, star_fields.HEIGHT)
    return float(star_fields.offsets_px(found, star_fields.true_wcs())[1])


def answers(beside: Callable[..., list[Result]], *cases: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """Return what `getWCSFieldsFor` gives there and here."""
    theirs, ours = (json.loads(result.run.stdout) for result in beside(CARDS_SCRIPT, json.dumps(cases)))
    return list(zip(theirs, ours, strict=True))


@pytest.mark.parametrize(
    ("parameters", "control"),
    [
        (PARAMETERS, None),
        (PARAMETERS | {"tweak": False, "downsample": 2}, None),
        (PARAMETERS | {"helpers": True}, "SEEING_FWHM 1.2\n"),
        (PARAMETERS | {"helpers": True}, ""),
    ],
    ids=["solve-field", "without-tweak", "source-extractor", "its-defaults"],
)
def test_cards_of_solutions_are_the_same(
    beside: Callable[..., list[Result]],
    field: Callable[[str], Path],
    parameters: dict[str, Any],
    control: str | None,
) -> None:
    ((theirs, ours),) = answers(beside, (str(field("easy")), parameters, control, False))
    assert texts_of_solution(ours) == texts_of_solution(theirs)
    assert len(ours) > 50


def test_what_can_t_be_solved_has_the_same_answer(
    beside: Callable[..., list[Result]], field: Callable[[str], Path]
) -> None:
    assert answers(
        beside,
        (str(field("noise")), PARAMETERS, "", False),
        (str(field("easy")), PARAMETERS, "DETECT_MINAREA x\n", False),
    ) == [(None, None), (["ShellCommandFailed", 1], ["ShellCommandFailed", 1])]


# What is solved here, and in DaCHS with other cards or not at all: parameters, and DaCHS' error.
SOLVED_OTHERWISE: dict[str, tuple[dict[str, Any], list[Any] | None]] = {
    "the manual's indices end in a comma": ({"indices": (["index-9990-10"],)}, ["TypeError", None]),
    "DaCHS finds no index file without .fits, and solve-field none at all": (
        {"indices": ["index-9990"]},
        ["ShellCommandFailed", 255],
    ),
    "a pattern that .fits fits into means the same": ({"indices": ["index-9990-1*"]}, None),
    "the helpers of solve-field order the sources otherwise": ({}, None),
}


@pytest.mark.parametrize(("parameters", "error"), SOLVED_OTHERWISE.values(), ids=SOLVED_OTHERWISE)
def test_what_dachs_does_otherwise_is_solved(
    beside: Callable[..., list[Result]],
    field: Callable[[str], Path],
    parameters: dict[str, Any],
    error: list[Any] | None,
) -> None:
    case = str(field("easy")), PARAMETERS | parameters, "SEEING_FWHM 1.2\n", False
    ((theirs, ours),) = answers(beside, case)
    assert offset_px(ours) < 1.5
    if error is None:
        assert offset_px(theirs) < 1.5
        assert texts_of_solution(theirs) != texts_of_solution(ours)
    else:
        assert theirs == error


def test_a_packed_field_is_solved(beside: Callable[..., list[Result]], field: Callable[[str], Path]) -> None:
    """DaCHS opens what it unpacks as a text."""
    packed = field("easy").with_name("packed.fits.gz")
    packed.write_bytes(gzip.compress(field("easy").read_bytes()))
    ((theirs, ours),) = answers(beside, (str(packed), PARAMETERS, "", False))
    assert theirs == ["TypeError", None]
    assert offset_px(ours) < 1.5


def test_a_filter_that_fails_is_no_failure_of_a_program(
    beside: Callable[..., list[Result]], field: Callable[[str], Path]
) -> None:
    """The loop of the manual passes over those; it must not try a broken filter again and again."""
    case = str(field("easy")), PARAMETERS, "DETECT_MINAREA 5\n", True
    assert answers(beside, case) == [(["KeyError", None], ["ObjectFilterError", None])]


def test_a_filter_is_asked_also_with_an_empty_control_text(
    beside: Callable[..., list[Result]], field: Callable[[str], Path]
) -> None:
    """DaCHS leaves the sources to solve-field then, and the filter out."""
    ((theirs, ours),) = answers(beside, (str(field("easy")), PARAMETERS, "", True))
    assert offset_px(theirs) < 1.5
    assert ours == ["ObjectFilterError", None]
