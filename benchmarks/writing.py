"""Measure the writing of headers against its peers: python benchmarks/writing.py --files 10000.

One card edited in place, and headers written beside the files and applied. Every command gets a fresh copy of
the archive, which is on disk before it runs. As for run.py, peers that are missing are left out.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from archive import make_archive
from commands import Command, measure_in_turn
from surroundings import DACHS_PYTHON, argument_parser, has_module, machine, print_table

_HERE = Path(__file__).parent

_EDIT = """from pytest_fitsproc import header_processor

@header_processor
def exposure({argument}):
    {argument}["EXPTIME"] = 77.5
"""
_DETACH = """from pytest_fitsproc import header_processor

@header_processor(detached=".hdr", is_processed=lambda header: "NPIX" in header)
def pixels(header):
    header["NPIX"] = header["NAXIS1"] * header["NAXIS2"]
"""
_PROCESSORS = {
    "test_header": _EDIT.format(argument="header"),
    "test_fitschan": _EDIT.format(argument="fitschan"),
    "test_detached": _DETACH,
}
_NO_SYNC = "--fitsproc-no-sync"


def main() -> None:
    """Measure and print the tables."""
    arguments = argument_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as scratch:
        bench = WritingBench(Path(scratch), arguments.files, arguments.dachs_settings)
        print(f"{machine()}; {arguments.files} files, medians of {arguments.runs} runs\n")
        for title, commands in _jobs(bench).items():
            present = {name: command for name, command in commands.items() if command is not None}
            # No round before: files that were copied just now are in memory, and a round takes minutes.
            measured = measure_in_turn(present, arguments.runs, idle=0)
            print_table(title, measured, reference="DaCHS" if "DaCHS" in measured else "astropy loop")


class WritingBench:
    """An archive that is restored before each command that works on it."""

    def __init__(self, scratch: Path, files: int, dachs_settings: str | None) -> None:
        self._settings = dachs_settings
        self._pristine, self._inputs = make_archive(scratch / "pristine", files), scratch / "archive"
        processors = self._pristine / "processors"
        processors.mkdir()
        of_dachs = (_HERE / "dachs_writer.py").read_text()
        program = of_dachs.replace("from gavo import", "from pytest_fitsproc import")
        for name, text in {**_PROCESSORS, "program": program}.items():
            (processors / f"{name}.py").write_text(text)

    def ours(self, processor: str, *options: str) -> Command:
        """A run of one of our processors."""
        words = ["-m", "pytest", "-q", f"--fitsproc-inputs={self._inputs}", "--fitsproc=potsdam/q/import"]
        return self._command([sys.executable, *words, *options, f"processors/{processor}.py"])

    def program(self, *options: str) -> Command:
        """DaCHS' processors with their import changed, as a program."""
        environment = {"GAVO_INPUTSDIR": str(self._inputs)}
        return self._command([sys.executable, "processors/program.py", *options], environment)

    def loop(self, job: str) -> Command:
        """One of the bare loops."""
        return self._command([sys.executable, str(_HERE / "loops.py"), job, "potsdam/data"])

    def dachs(self, *options: str) -> Command | None:
        """A run of DaCHS, if it is there."""
        if self._settings is None:
            return None
        environment = {"GAVOSETTINGS": self._settings, "GAVO_INPUTSDIR": str(self._inputs)}
        return self._command([DACHS_PYTHON, str(_HERE / "dachs_writer.py"), *options], environment)

    def _command(self, words: list[str], environment: dict[str, str] | None = None) -> Command:
        return Command(words, environment or {}, str(self._inputs), self._restore)

    def _restore(self) -> None:
        shutil.rmtree(self._inputs, ignore_errors=True)
        shutil.copytree(self._pristine, self._inputs)
        os.sync()


def _jobs(bench: WritingBench) -> dict[str, dict[str, Command | None]]:
    return {
        "one card edited in place": {
            "astropy loop": bench.loop("edit_astropy"),
            "fitsio loop": bench.loop("edit_fitsio") if has_module("fitsio") else None,
            "DaCHS": bench.dachs("edit"),
            "ours, `header`": bench.ours("test_header", "--fitsproc-write"),
            "ours, `header`, no sync": bench.ours("test_header", "--fitsproc-write", _NO_SYNC),
            "ours, `fitschan`": bench.ours("test_fitschan", "--fitsproc-write"),
            "ours, `fitschan`, no sync": bench.ours("test_fitschan", "--fitsproc-write", _NO_SYNC),
            "ours, DaCHS' processor": bench.program("edit"),
            "ours, DaCHS' processor, -j2": bench.program("edit", "-j2"),
            "DaCHS, -j2": bench.dachs("edit", "-j2"),
        },
        "detached headers, applied": {
            "astropy loop": bench.loop("detach_astropy"),
            "DaCHS": bench.dachs("detach", "--apply"),
            "ours": bench.ours("test_detached", "--fitsproc-apply"),
            "ours, no sync": bench.ours("test_detached", "--fitsproc-apply", _NO_SYNC),
            "ours, DaCHS' processor": bench.program("detach", "--apply"),
        },
    }


if __name__ == "__main__":
    main()
