"""What solving a field costs beside the bare programs: an easy field of an invented sky, by solve-field.

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
from pathlib import Path
from statistics import median

from pytest_fitsproc.processing.astrometry import SolverParameters, SourceExtraction, solve

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import star_fields

# Words of the helpers that solve-field starts for a list of sources, unless it is told not to.
NO_HELPERS = ("--no-remove-lines", "--uniformize", "0")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        _compare(Path(name), arguments.runs)


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


def _seconds(way: Callable[[], None]) -> float:
    os.sync()
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
