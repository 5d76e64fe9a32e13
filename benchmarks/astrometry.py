"""What solving a field costs beside the bare programs: easy fields of an invented sky, by solve-field.

First by `solve`, then as items of whole pytest runs, in one process and in two. Beside these, the bare
commands are run two at a time, too: what they gain is what the machine has to give at that moment.

The programs are needed (Debian: astrometry.net, source-extractor), no index files: they are made here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from pytest_fitsproc.processing.astrometry import SolverParameters, SourceExtraction, solve

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import star_fields

_PROCESSOR = """
import os
from pathlib import Path

from pytest_fitsproc import astrometry_processor

@astrometry_processor(
    indices="{folder}/index-*", endob=50, lower_pix=14, upper_pix=16, total_timelimit=20,
    extraction={extraction!r},
)
def solve(header):
    Path("{folder}", f"cpu-{{os.getpid()}}").write_text(str(sum(os.times()[:4])))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--fields", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _compare(Path(name), arguments.runs)
        _compare_runs(Path(name), arguments.fields, max(3, arguments.runs // 3))


def _compare(folder: Path, runs: int) -> None:
    from astropy.io import fits

    sky = star_fields.invented_sky()
    star_fields.write_indices(folder, sky)
    path = folder / "easy.fits"
    fits.PrimaryHDU(star_fields.star_image(sky, star_fields.true_wcs())).writeto(path)
    parameters = star_fields.PARAMETERS
    with_helpers = replace(parameters, helpers=True)
    ways: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
        "sources by solve-field": _ways(path, folder, parameters, None),
        "sources by source-extractor, helpers": _ways(path, folder, with_helpers, SourceExtraction()),
        "sources by source-extractor": _ways(path, folder, parameters, SourceExtraction()),
    }
    print(f"\nAn easy field of 1000 × 800 pixels, solved; medians of {runs} runs, in turn\n")
    print(
        "| way | bare commands / CPU s | `solve` / CPU s | ratio | bare commands / s | `solve` / s | ratio |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, (bare, ours) in ways.items():
        times = [(*_times(bare), *_times(ours)) for _ in range(runs + 1)][1:]
        bare_cpu, bare_s, cpu, s = (median(column) for column in zip(*times, strict=True))
        numbers = (bare_cpu, cpu, cpu / bare_cpu, bare_s, s, s / bare_s)
        print(f"| {name} | {' | '.join(f'{number:.3f}' for number in numbers)} |")


def _compare_runs(folder: Path, fields: int, runs: int) -> None:
    """Measure pytest on many fields beside the bare commands, one after the other and two at a time."""
    print(f"\nSuch fields, solved by pytest; medians of {runs} runs, in turn\n")
    print(f"| sources by | fields | {' | '.join(_COLUMNS)} |")
    print("|---" * (len(_COLUMNS) + 2) + "|")
    # Sources by source-extractor take a tenth of the time, beside which the start of processes is long.
    for name, extraction, count in (
        ("solve-field", None, fields),
        ("source-extractor", SourceExtraction(), fields),
        ("source-extractor", SourceExtraction(), 10 * fields),
    ):
        run = partial(_pytest, _processor(folder, extraction), _many(folder, count))
        easy = folder / "easy.fits"
        bare = [_ways(easy, folder, star_fields.PARAMETERS, extraction, copy)[0] for copy in "ab"]
        found = [_run_times(bare, run, count, folder).row(count) for _ in range(runs)]
        numbers = map(median, zip(*found, strict=True))
        print(f"| {name} | {count} | {' | '.join(f'{number:.2f}' for number in numbers)} |", flush=True)


def _processor(folder: Path, extraction: SourceExtraction | None) -> Path:
    control = None if extraction is None else extraction.control
    path = folder / f"test_{'solve_field' if control is None else 'source_extractor'}.py"
    path.write_text(_PROCESSOR.format(folder=folder, extraction=control))
    return path


def _many(folder: Path, count: int) -> Path:
    """Return a directory with so many copies of the field."""
    data = folder / f"fields{count}"
    data.mkdir(exist_ok=True)
    for number in range(count):
        (data / f"f{number:04}.fits").write_bytes((folder / "easy.fits").read_bytes())
    return data


_COLUMNS = (
    "bare commands / CPU s",
    "pytest / CPU s",
    "ratio",
    "ratio of a further field",
    "bare / s",
    "two at a time / s",
    "ratio",
    "pytest / s",
    "-n2 / s",
    "ratio",
    "ratio by CPU",
)


@dataclass(frozen=True)
class _RunTimes:
    """CPU time and time on the clock of each way to solve the same fields, in seconds.

    Of two workers, the CPU time of the one that worked longer, with that of the controller, is what the clock
    would say if nobody else used the processors.
    """

    bare: tuple[float, float]
    bare_two: tuple[float, float]
    pytest_one_field: tuple[float, float]
    pytest: tuple[float, float]
    pytest_two: tuple[float, float]
    longest_cpu: float

    def row(self, fields: int) -> tuple[float, ...]:
        """Return the numbers of `_COLUMNS`."""
        cpu, one_field = self.pytest[0], self.pytest_one_field[0]
        further = (cpu - one_field) / (fields - 1) / (self.bare[0] / fields)
        bare, two, ours, ours_two = self.bare[1], self.bare_two[1], self.pytest[1], self.pytest_two[1]
        shares = (self.bare[0], cpu, cpu / self.bare[0], further)
        return (*shares, bare, two, bare / two, ours, ours_two, ours / ours_two, cpu / self.longest_cpu)


def _run_times(
    bare: list[Callable[[], None]], run: Callable[..., None], fields: int, folder: Path
) -> _RunTimes:
    one_field, all_of_them = _times(partial(run, "--fitsproc-filter=f0000")), _times(run)
    for path in folder.glob("cpu-*"):
        path.unlink()
    by_two = _times(partial(run, "-n2"))
    workers = [float(path.read_text()) for path in folder.glob("cpu-*")]
    return _RunTimes(
        _times(partial(_repeat, bare[0], fields)),
        _times(partial(_side_by_side, bare, fields)),
        one_field,
        all_of_them,
        by_two,
        by_two[0] - sum(workers) + max(workers),
    )


def _side_by_side(ways: list[Callable[[], None]], count: int) -> None:
    """Share the work among threads: this is what two processors give, whoever uses them."""
    with ThreadPoolExecutor(len(ways)) as pool:
        list(pool.map(lambda way: _repeat(way, count // len(ways)), ways))


def _repeat(way: Callable[[], None], count: int) -> None:
    for _ in range(count):
        way()


def _pytest(processor: Path, data: Path, *words: str) -> None:
    address = [f"--fitsproc={data}", "--fitsproc-write", "--fitsproc-reprocess", "--fitsproc-checks=none"]
    where = [f"--fitsproc-inputs={data.parent}", f"--rootdir={data.parent}", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", str(processor), *address, *where, *words]
    subprocess.run(command, cwd=data.parent, check=True, capture_output=True)


def _ways(
    path: Path,
    index_path: Path,
    parameters: SolverParameters,
    extraction: SourceExtraction | None,
    copy: str = "a",
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return the commands of a sandbox, run again without anything of ours, and `solve` itself."""
    sandbox = index_path / f"sandbox-{extraction is not None}-{parameters.helpers}-{copy}"
    solution = solve(path, parameters, extraction, index_path=index_path, copy_to=sandbox)
    assert solution.is_solved, solution.report.message

    def bare() -> None:
        for result in sandbox.glob("img.*[!s]"):
            if result.name != "img.fits":
                result.unlink()
        (sandbox / "img.wcs").unlink(missing_ok=True)
        (sandbox / "img-indx.xyls").unlink(missing_ok=True)
        for command in solution.report.commands:
            subprocess.run(["/bin/sh", "-c", f"exec {command}"], cwd=sandbox, check=True, capture_output=True)

    def ours() -> None:
        assert solve(path, parameters, extraction, index_path=index_path).is_solved

    return bare, ours


def _times(way: Callable[[], None]) -> tuple[float, float]:
    """Return CPU seconds of this process and all that it starts, and seconds on the clock."""
    os.sync()
    cpu, start = sum(os.times()[:4]), time.perf_counter()
    way()
    return sum(os.times()[:4]) - cpu, time.perf_counter() - start


if __name__ == "__main__":
    main()
