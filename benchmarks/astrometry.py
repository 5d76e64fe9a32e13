"""What solving a field costs beside the bare programs: easy fields of an invented sky, by solve-field.

First by `solve`, then as items of whole pytest runs, in one process and in two.

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
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from pytest_fitsproc.processing.astrometry import SolverParameters, SourceExtraction, solve

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import star_fields

_PROCESSOR = """
from pytest_fitsproc import astrometry_processor

@astrometry_processor(
    indices="{folder}/index-*", endob=50, lower_pix=14, upper_pix=16, total_timelimit=20,
    extraction={extraction!r},
)
def solve(header):
    pass
"""

# Words of the helpers that solve-field starts for a list of sources, unless it is told not to.
NO_HELPERS = ("--no-remove-lines", "--uniformize", "0")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--fields", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _compare(Path(name), arguments.runs)
        _compare_runs(Path(name), arguments.fields, max(1, arguments.runs // 3))


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
    print("| way | bare commands / s | `solve` / s | ratio |")
    print("|---|---|---|---|")
    for name, (bare, ours) in ways.items():
        seconds = [(_seconds(bare), _seconds(ours)) for _ in range(runs + 1)][1:]
        bare_s, ours_s = (median(column) for column in zip(*seconds, strict=True))
        print(f"| {name} | {bare_s:.3f} | {ours_s:.3f} | {ours_s / bare_s:.2f} |")


def _compare_runs(folder: Path, fields: int, runs: int) -> None:
    """Measure pytest on many fields beside the bare commands, one after the other."""
    data = folder / "fields"
    data.mkdir()
    for number in range(fields):
        (data / f"f{number:03}.fits").write_bytes((folder / "easy.fits").read_bytes())
    print(f"\n{fields} such fields, solved; medians of {runs} runs, in turn\n")
    print(
        "| way | bare commands / CPU s | pytest / CPU s | ratio | pytest / s | -n2 / s | one process ÷ two |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, extraction in (("solve-field", None), ("source-extractor", SourceExtraction())):
        bare, _ = _ways(folder / "easy.fits", folder, star_fields.PARAMETERS, extraction)
        processor = folder / f"test_{name.replace('-', '_')}.py"
        processor.write_text(_PROCESSOR.format(folder=folder, extraction=None if extraction is None else ""))
        times = [
            (
                _cpu_seconds(partial(_repeat, bare, fields)),
                _cpu_seconds(partial(_pytest, processor, data)),
                _seconds(partial(_pytest, processor, data)),
                _seconds(partial(_pytest, processor, data, "-n2")),
            )
            for _ in range(runs)
        ]
        bare_s, cpu_s, one_s, two_s = (median(column) for column in zip(*times, strict=True))
        numbers = (bare_s, cpu_s, cpu_s / bare_s, one_s, two_s, one_s / two_s)
        print(f"| sources by {name} | {' | '.join(f'{number:.2f}' for number in numbers)} |")


def _repeat(way: Callable[[], None], count: int) -> None:
    for _ in range(count):
        way()


def _pytest(processor: Path, data: Path, *words: str) -> None:
    address = [f"--fitsproc={data}", "--fitsproc-write", "--fitsproc-reprocess", "--fitsproc-checks=none"]
    where = [f"--fitsproc-inputs={data.parent}", f"--rootdir={data.parent}", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", str(processor), *address, *where, *words]
    subprocess.run(command, cwd=data.parent, check=True, capture_output=True)


def _ways(
    path: Path, index_path: Path, parameters: SolverParameters, extraction: SourceExtraction | None
) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return the commands of a sandbox, run again without anything of ours, and `solve` itself."""
    sandbox = index_path / f"sandbox-{extraction is not None}-{parameters.helpers}"
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


def _cpu_seconds(way: Callable[[], None]) -> float:
    """Return what this process and all that it starts use: a shared machine does not matter much."""
    start = sum(os.times()[:4])
    way()
    return sum(os.times()[:4]) - start


def _seconds(way: Callable[[], None]) -> float:
    os.sync()
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
