"""Measure the plugin against its peers: python benchmarks/run.py --files 10000.

All commands run in turn, several times; the tables have medians of CPU and wall time of whole processes, and
ratios within this run. Run it with the Python of an environment that has the plugin and what it depends on,
and no other plugins of pytest. Peers that are missing are left out.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from archive import make_archive
from commands import Command, measure_in_turn
from surroundings import DACHS_PYTHON, argument_parser, has_module, machine, print_table

_HERE = Path(__file__).parent

_CHECK = """def test_size(source):
    assert source.size == 23040
"""
_CLASSIFY = """from pytest_fitsproc import classifier

@classifier
def filter_used({argument}):
    return {argument}["FILTER"]
"""


def main() -> None:
    """Measure and print the tables."""
    arguments = argument_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), arguments.files, arguments.dachs_settings)
        print(f"{machine()}; {arguments.files} files, medians of {arguments.runs} runs\n")
        _print_jobs(bench, arguments.runs)
        _print_per_file(bench, arguments.runs)
        _print_start_up(bench, arguments.runs)


class Bench:
    """An archive with its processors, and the commands that work on it."""

    def __init__(self, scratch: Path, files: int, dachs_settings: str | None) -> None:
        self.files = files
        self._settings = dachs_settings
        self._archives = {files: make_archive(scratch / "archive", files)}
        self._archives[2 * files] = make_archive(scratch / "double", 2 * files)
        self._empty = scratch / "empty"
        self._empty.mkdir()
        (self._empty / "test_nothing.py").write_text("def test_nothing(): pass\n")
        for inputs in self._archives.values():
            directory = inputs / "processors"
            directory.mkdir()
            (directory / "test_size.py").write_text(_CHECK)
            (directory / "test_header.py").write_text(_CLASSIFY.format(argument="header"))
            (directory / "test_fitschan.py").write_text(_CLASSIFY.format(argument="fitschan"))

    def ours(self, processor: str, *options: str, files: int = 0) -> Command:
        """A run of one of our processors."""
        inputs = self._archives[files or self.files]
        words = ["-m", "pytest", "-q", f"--fitsproc-inputs={inputs}", "--fitsproc=potsdam/q/import"]
        return Command([sys.executable, *words, *options, f"processors/{processor}.py"], {}, str(inputs))

    def loop(self, job: str) -> Command:
        """One of the bare loops."""
        inputs = self._archives[self.files]
        return Command(
            [sys.executable, str(_HERE / "loops.py"), job, str(inputs / "potsdam" / "data")], {}, "."
        )

    def dachs(self, *options: str) -> Command | None:
        """A run of DaCHS, if it is there."""
        if self._settings is None:
            return None
        environment = {"GAVOSETTINGS": self._settings, "GAVO_INPUTSDIR": str(self._archives[self.files])}
        return Command([DACHS_PYTHON, str(_HERE / "dachs_processor.py"), *options], environment, ".")

    def foreign(self, *options: str) -> Command:
        """A pytest run that has nothing to do with us."""
        return Command([sys.executable, "-m", "pytest", "-q", *options], {}, str(self._empty))


def _print_jobs(bench: Bench, runs: int) -> None:
    for title, commands in _jobs(bench).items():
        present = {name: command for name, command in commands.items() if command is not None}
        measured = measure_in_turn(present, runs)
        print_table(title, measured, reference="DaCHS" if "DaCHS" in measured else "floor")


def _jobs(bench: Bench) -> dict[str, dict[str, Command | None]]:
    return {
        "size check": {
            "floor": bench.loop("size_floor"),
            "DaCHS": bench.dachs(),
            "ours": bench.ours("test_size"),
            "ours, without `readable`": bench.ours("test_size", "--fitsproc-checks=none"),
            "ours, -n2": bench.ours("test_size", "-n2"),
        },
        "classify by a keyword": {
            "floor": bench.loop("classify_floor"),
            "astropy loop": bench.loop("classify_astropy"),
            "fitsio loop": bench.loop("classify_fitsio") if has_module("fitsio") else None,
            "DaCHS": bench.dachs("--report"),
            "ours, `header`": bench.ours("test_header", "--report"),
            "ours, `fitschan`": bench.ours("test_fitschan", "--report"),
        },
    }


def _print_per_file(bench: Bench, runs: int) -> None:
    """Print what a file costs over start-up: the difference between an archive and one of twice the size."""
    options = {
        "nothing listens": (),
        "a report for each pass (--durations)": ("--durations=1",),
        "--junitxml": ("--junitxml=report.xml",),
    }
    print("| a file over start-up, without `readable` | CPU µs | memory kB |\n|---|---|---|")
    for name, more in options.items():
        words = ("--fitsproc-checks=none", *more)
        measured = measure_in_turn(
            {
                "once": bench.ours("test_size", *words),
                "twice": bench.ours("test_size", *words, files=2 * bench.files),
            },
            runs,
        )
        seconds = (measured["twice"].cpu - measured["once"].cpu) / bench.files
        memory = (measured["twice"].peak - measured["once"].peak) * 1024 / bench.files
        print(f"| {name} | {seconds * 1e6:.1f} | {memory:.2f} |")
    print()


def _print_start_up(bench: Bench, runs: int) -> None:
    measured = measure_in_turn(
        {"with": bench.foreign(), "without": bench.foreign("-p", "no:fitsproc")}, max(runs, 15)
    )
    with_us, without = measured["with"].cpu * 1000, measured["without"].cpu * 1000
    print(f"Another pytest run of the environment: {with_us - without:+.1f} ms of {without:.0f} ms CPU.")


if __name__ == "__main__":
    main()
