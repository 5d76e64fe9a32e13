"""The whole matrix of DaCHS' switches, by DaCHS itself, by a class, and by a function."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from dachs import Dachs
from program_archive import Archive, fits_bytes
from text_of_programs import as_text

from pytest_fitsproc import api
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.file_processor import parsed_options
from pytest_fitsproc.processing.headers.at_once import AtOnce
from pytest_fitsproc.processing.headers.detached import run_detached
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.headers.writing import WriteOptions
from pytest_fitsproc.processing.visit import Visit

# A file of each state: is it processed, and has it a detached header?
STATES = {
    "bare.fits": (False, False),
    "cached.fits": (False, True),
    "done.fits": (True, False),
    "both.fits": (True, True),
}

# What becomes of a file in each state, in the order above: c computed, a applied, . neither.
MATRIX = {
    "": "c . . .",
    "--reprocess": "c c c c",
    "--no-compute": ". . . .",
    "--reprocess --no-compute": ". . . .",
    "--apply": "ca a . .",
    "--reprocess --apply": "ca ca c c",
    "--no-compute --apply": ". a . .",
    "--reprocess --no-compute --apply": ". a . .",
    "--reheader": "c . c .",
    "--reprocess --reheader": "c c c c",
    "--no-compute --reheader": ". . . .",
    "--reprocess --no-compute --reheader": ". . . .",
    "--apply --reheader": "ca a ca a",
    "--reprocess --apply --reheader": "ca ca ca ca",
    "--no-compute --apply --reheader": ". a . a",
    "--reprocess --no-compute --apply --reheader": ". a . a",
}

# The labels for "computed, applied", whether nothing was to be done or could be.
LABELS = {
    "c": {"computed"},
    "a": {"applied"},
    "ca": {"computed and applied"},
    ".": {"nothing to do", "not applied", "no detached header"},
}

PRESENT, CACHED, COMPUTED = 0, 1, 2

PROCESSOR = """
from gavo import api

class Processor(api.HeaderProcessor):
    def _isProcessed(self, srcName):
        return "NEW" in self.getPrimaryHeader(srcName)

    def _mungeHeader(self, srcName, hdr):
        hdr.set("NEW", 2)
        return hdr

if __name__=="__main__":
    api.procmain(Processor, "potsdam/q", "import")
"""


@pytest.fixture
def states(archive: Archive) -> Archive:
    """An archive with a file of each state; the value of NEW tells where a header comes from."""
    for path in (archive.resdir / "data").iterdir():
        path.unlink()
    for name, (is_processed, is_cached) in STATES.items():
        archive.write_fits(name, **({"NEW": PRESENT} if is_processed else {}))
        if is_cached:
            archive.fill(f"{name}.hdr", content=fits_bytes(NEW=CACHED))
    return archive


def value_of_new(path: Path) -> int | None:
    with path.open("rb") as file:
        value: int | None = api.utils.fitstools.readPrimaryHeaderQuick(file).get("NEW")
        return value


def what_was_done(archive: Archive) -> str:
    """The row of the matrix that the files tell."""
    done = []
    for name in STATES:
        source = archive.resdir / "data" / name
        detached = source.with_name(f"{name}.hdr")
        is_computed = detached.exists() and value_of_new(detached) == COMPUTED
        is_applied = value_of_new(source) == (COMPUTED if is_computed else CACHED)
        done.append("c" * is_computed + "a" * is_applied or ".")
    return " ".join(done)


def test_the_matrix_has_all_cells():
    switches = ("--reprocess", "--no-compute", "--apply", "--reheader")
    all_of_them = itertools.chain.from_iterable(itertools.combinations(switches, n) for n in range(5))
    assert sorted(MATRIX) == sorted(map(" ".join, all_of_them))
    assert {len(row.split()) for row in MATRIX.values()} == {len(STATES)}


@pytest.mark.slow
@pytest.mark.parametrize("switches", MATRIX)
def test_dachs_does_so(states, dachs_folder, socket, switches):
    dachs = Dachs(dachs_folder, states.inputs)
    dachs.configure(socket)
    states.write("bin/dachs/new.py", PROCESSOR)
    run = as_text(dachs.command("bin/dachs/new.py", *switches.split()), states.resdir, dachs.environ)
    assert run.stdout.endswith("4 files processed, 0 files with errors\n")
    assert what_was_done(states) == MATRIX[switches]


class Processor(api.HeaderProcessor):
    def _isProcessed(self, srcName: str) -> bool:
        return "NEW" in self.getPrimaryHeader(srcName)

    def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
        hdr.set("NEW", COMPUTED)
        return hdr


@pytest.mark.parametrize("switches", MATRIX)
def test_a_class_does_so(states, switches):
    run = states.procmain(Processor, *switches.split())
    assert run.out.endswith("4 files processed, 0 files with errors\n")
    assert (run.err, what_was_done(states)) == ("", MATRIX[switches])


@pytest.mark.parametrize("switches", MATRIX)
def test_a_class_called_by_hand_does_so(states, switches):
    dd = load_descriptor("potsdam/q", InputsDirectory(states.inputs)).dd("import")
    processor = Processor(parsed_options(Processor, switches.split()), dd)
    labels = [processor.process(states.path(name)) for name in STATES]
    expected = MATRIX[switches]
    assert what_was_done(states) == expected
    assert all(label in LABELS[cell] for label, cell in zip(labels, expected.split(), strict=True))


@pytest.mark.parametrize("switches", MATRIX)
def test_a_function_does_so(states, switches):
    words = switches.split()
    dd = load_descriptor("potsdam/q", InputsDirectory(states.inputs)).dd("import")
    rules = HeaderRules(is_processed=lambda header: "NEW" in header, detached=".hdr")
    set_switches = HeaderSwitches(
        "--reprocess" in words, "--no-compute" not in words, "--apply" in words, "--reheader" in words
    )
    for name, cell in zip(STATES, MATRIX[switches].split(), strict=True):
        visit = Visit(Source(states.path(name), dd))
        label = run_detached(
            visit, rules, set_switches, ["header"], lambda given: given["header"].set("NEW", COMPUTED)
        )
        AtOnce("new", WriteOptions()).write(visit)
        visit.close()
        assert label in LABELS[cell]
    assert what_was_done(states) == MATRIX[switches]
