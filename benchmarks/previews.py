"""What scaling an image down, and a whole preview, cost beside DaCHS and numpy."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import IO, Any, NamedTuple

import numpy as np
from astropy.io import fits
from surroundings import DACHS_PYTHON

from pytest_fitsproc.imaging import default_preview, iter_scaled_rows

SIDE, DEST_SIZE = 4096, 200
FACTOR = SIDE // DEST_SIZE + 1
LARGE_SIDES = (5_000, 10_000, 20_000)

KINDS: dict[str, Callable[[Any], Any]] = {
    "f4": lambda sky: sky.astype("f4"),
    "u2, by BZERO": lambda sky: sky.astype("u2"),
    "i2": lambda sky: sky.astype("i2"),
}

# DaCHS as a process of its own, which is told paths and answers with seconds, so that all ways take turns.
DACHS = """
import sys, time
import numpy
from gavo.utils import fitstools, imgtools
for line in sys.stdin:
    costs = [(time.perf_counter(), time.process_time())]
    with open(line.rstrip("\\n"), "rb") as file:
        rows = numpy.array(list(fitstools.iterScaledRows(file, destSize=%d)))
    costs.append((time.perf_counter(), time.process_time()))
    imgtools.jpegFromNumpyArray(rows)
    costs.append((time.perf_counter(), time.process_time()))
    print(*[after - costs[0][i] for cost in costs[1:] for i, after in enumerate(cost)], flush=True)
"""

PEAK = """
import resource, sys
import numpy, astropy.visualization, PIL.Image
from pytest_fitsproc.imaging import default_preview

def peak():
    # ru_maxrss is that of the parent process, too.
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])

default_preview(sys.argv[1])
peak_before = peak()
start = resource.getrusage(resource.RUSAGE_SELF)
default_preview(sys.argv[2])
end = resource.getrusage(resource.RUSAGE_SELF)
print(end.ru_utime - start.ru_utime, end.ru_stime - start.ru_stime, peak() - peak_before)
"""


class Cost(NamedTuple):
    """Seconds of one run."""

    wall: float
    cpu: float


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as name:
        _compare_kinds(Path(name), arguments.rounds)
        _show_large_images(Path(name))


def _compare_kinds(folder: Path, rounds: int) -> None:
    dachs = _start_dachs()
    print(f"\nAn image of {SIDE}×{SIDE}, medians of {rounds} runs\n")
    print("| pixels | way | wall / ms | CPU / ms | CPU, of DaCHS' scaling | CPU, of numpy's block sum |")
    print("|---|---|---|---|---|---|")
    sky = np.random.default_rng(1).normal(1000, 30, (SIDE, SIDE))
    for kind, as_kind in KINDS.items():
        path = folder / "image.fits"
        fits.PrimaryHDU(as_kind(sky)).writeto(path, overwrite=True)
        _print_rows(kind, _costs(path, dachs, rounds))
    if dachs:
        dachs.terminate()
        dachs.wait()


def _costs(path: Path, dachs: subprocess.Popen[str] | None, rounds: int) -> dict[str, Cost]:
    """Return medians by way; all take turns, after a round that does not count."""
    dtype = ">f4" if fits.getheader(path)["BITPIX"] == -32 else ">i2"
    ways: dict[str, Callable[[], object]] = {
        "numpy, block sum": lambda: _block_sum(path, dtype),
        "numpy, sum of rows, then of columns": lambda: _two_sums(path, dtype),
        "ours, scaling": lambda: np.array(list(iter_scaled_rows(path, dest_size=DEST_SIZE))),
        'ours, preview, `stretch="dachs"`': lambda: default_preview(path, stretch="dachs"),
        "ours, default preview": lambda: default_preview(path),
    }
    found: dict[str, list[Cost]] = {}
    for _ in range(rounds + 1):
        costs = _ask(dachs, path) | {name: _measured(way) for name, way in ways.items()}
        for name, cost in costs.items():
            found.setdefault(name, []).append(cost)
    return {
        name: Cost(median(cost.wall for cost in costs[1:]), median(cost.cpu for cost in costs[1:]))
        for name, costs in found.items()
    }


def _block_sum(path: Path, dtype: str) -> object:
    count = SIDE // FACTOR
    pixels = np.memmap(path, dtype, "r", 2880, (SIDE, SIDE))[: count * FACTOR, : count * FACTOR]
    return pixels.reshape(count, FACTOR, count, FACTOR).sum((1, 3))


def _two_sums(path: Path, dtype: str) -> object:
    count = SIDE // FACTOR
    pixels = np.memmap(path, dtype, "r", 2880, (SIDE, SIDE))[: count * FACTOR, : count * FACTOR]
    return pixels.reshape(count, FACTOR, -1).sum(1, dtype="f4").reshape(count, count, FACTOR).sum(2)


def _measured(way: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), _cpu()
    way()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _start_dachs() -> subprocess.Popen[str] | None:
    """Return a running DaCHS, or None where it is not installed."""
    if not Path(DACHS_PYTHON).exists():
        return None
    if subprocess.run([DACHS_PYTHON, "-W", "ignore", "-c", "import gavo"], capture_output=True).returncode:
        return None
    return subprocess.Popen(
        [DACHS_PYTHON, "-W", "ignore", "-c", DACHS % DEST_SIZE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def _ask(dachs: subprocess.Popen[str] | None, path: Path) -> dict[str, Cost]:
    if dachs is None:
        return {}
    to_dachs: IO[str] = dachs.stdin  # type: ignore[assignment]
    print(path, file=to_dachs, flush=True)
    seconds = [float(word) for word in dachs.stdout.readline().split()]  # type: ignore[union-attr]
    return {"DaCHS, scaling": Cost(*seconds[:2]), "DaCHS, preview": Cost(*seconds[2:])}


def _print_rows(kind: str, costs: dict[str, Cost]) -> None:
    by_numpy, by_dachs = costs["numpy, block sum"].cpu, costs.get("DaCHS, scaling")
    for name, cost in costs.items():
        of_dachs = f"{cost.cpu / by_dachs.cpu:.2f}" if by_dachs else "–"
        milliseconds = f"{cost.wall * 1e3:.1f} | {cost.cpu * 1e3:.1f}"
        print(f"| {kind} | {name} | {milliseconds} | {of_dachs} | {cost.cpu / by_numpy:.2f} |")


def _show_large_images(folder: Path) -> None:
    small = folder / "small.fits"
    fits.PrimaryHDU(np.arange(10_000, dtype="f4").reshape(100, 100)).writeto(small)
    print("\nDefault previews of large images, f4, of a sparse file that was read once before\n")
    print("| image | MB | user / s | system / s | user / ms per MB | peak memory over start-up / MB |")
    print("|---|---|---|---|---|---|")
    for side in LARGE_SIDES:
        large = folder / "large.fits"
        with large.open("wb") as file:
            header = fits.Header({"SIMPLE": True, "BITPIX": -32, "NAXIS": 2, "NAXIS1": side, "NAXIS2": side})
            file.write(header.tostring().encode())
            file.truncate(2880 + 4 * side**2)
        command = [sys.executable, "-c", PEAK, str(small), str(large)]
        user, system, peak = map(float, _second_output(command).split())
        size = 4 * side**2 / 1e6
        print(
            f"| {side}×{side} | {size:.0f} | {user:.2f} | {system:.2f} | {user / size * 1e3:.2f} "
            f"| {peak / 1024:.1f} |"
        )


def _second_output(command: list[str]) -> bytes:
    """Return what a command prints when the file that it reads is in the page cache as far as it goes."""
    subprocess.run(command, capture_output=True, check=True)
    return subprocess.run(command, capture_output=True, check=True).stdout


if __name__ == "__main__":
    main()
