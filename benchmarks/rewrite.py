"""What a safe rewrite costs beside unsafe ones: a card edited in many files, a large file that grows."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from archive import make_archive

from pytest_fitsproc.fits.blocks import CARD_SIZE, end_offset
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.header import lazy_header
from pytest_fitsproc.fits.rewrite import Committed, Edit, HeaderChange, RewritePolicy, commit
from pytest_fitsproc.fits.serialising import assemble, serialise

BLOCK_OF_EDITS = 256
MANY_CARDS = 200


class Cost(NamedTuple):
    """Seconds of one run."""

    wall: float
    cpu: float


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.getcwd()) as name:
        _compare_edits_in_place(Path(name), arguments.files, arguments.rounds)
        _compare_growths(Path(name), arguments.megabytes, arguments.rounds)


def _compare_edits_in_place(folder: Path, n_files: int, rounds: int) -> None:
    original = make_archive(folder / "original", n_files)
    ways: dict[str, Callable[[list[Path]], None]] = {
        "astropy, mode=update": _astropy_in_place,
        "`header`": lambda paths: _commit_all(paths, _by_header, _policy(folder)),
        "`header`, no sync": lambda paths: _commit_all(paths, _by_header, _policy(folder, syncs=False)),
        "cards": lambda paths: _commit_all(paths, _by_cards, _policy(folder)),
        "cards, no sync": lambda paths: _commit_all(paths, _by_cards, _policy(folder, syncs=False)),
        "cards, no sync, no hashes": lambda paths: _commit_all(
            paths, _by_cards, _policy(folder, syncs=False, hashes_data=False)
        ),
        "reading the header, no more": _only_read,
    }
    costs = {name: _measured(way, original, folder / "copy", rounds) for name, way in ways.items()}
    _print_table(f"One card edited in place, {n_files} files of 5 header blocks", costs, n_files)


def _compare_growths(folder: Path, megabytes: int, rounds: int) -> None:
    original = folder / "large"
    original.mkdir()
    _write_large_file(original / "large.fits", megabytes)
    ways: dict[str, Callable[[list[Path]], None]] = {
        "astropy, mode=update": _astropy_growing,
        "ours": lambda paths: _commit_all(paths, _with_many_cards, _policy(folder)),
        "ours, no sync": lambda paths: _commit_all(paths, _with_many_cards, _policy(folder, syncs=False)),
        "ours, no sync, no hashes": lambda paths: _commit_all(
            paths, _with_many_cards, _policy(folder, syncs=False, hashes_data=False)
        ),
    }
    costs = {name: _measured(way, original, folder / "copy", rounds) for name, way in ways.items()}
    _print_table(f"The header of a file of {megabytes} MB grows by {MANY_CARDS} cards", costs, 1)


def _measured(way: Callable[[list[Path]], None], original: Path, copy: Path, rounds: int) -> Cost:
    """Return the medians over some runs, each on a fresh copy that is on disk."""
    costs = []
    for _ in range(rounds):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(original, copy)
        os.sync()
        paths = sorted(copy.rglob("*.fits"))
        wall, cpu = time.perf_counter(), _cpu()
        way(paths)
        costs.append(Cost(time.perf_counter() - wall, _cpu() - cpu))
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _print_table(title: str, costs: dict[str, Cost], n_files: int) -> None:
    first = next(iter(costs.values()))
    print(f"\n{title}\n")
    print("| way | wall / ms per file | CPU / ms per file | wall, of astropy's | CPU, of astropy's |")
    print("|---|---|---|---|---|")
    for name, cost in costs.items():
        each = f"{cost.wall / n_files * 1e3:.3f} | {cost.cpu / n_files * 1e3:.3f}"
        print(f"| {name} | {each} | {cost.wall / first.wall:.2f} | {cost.cpu / first.cpu:.2f} |")


def _policy(folder: Path, **fields: bool) -> RewritePolicy:
    return RewritePolicy((str(folder),), str(folder / "journals"), **fields)  # type: ignore[arg-type]


def _commit_all(paths: list[Path], new_header: Callable[[bytes], bytes], policy: RewritePolicy) -> None:
    """Edit and commit in blocks, as a run over an archive does."""
    for start in range(0, len(paths), BLOCK_OF_EDITS):
        edits = [_edit(path, new_header) for path in paths[start : start + BLOCK_OF_EDITS]]
        assert all(isinstance(outcome, Committed) for outcome in commit(edits, policy))


def _edit(path: Path, new_header: Callable[[bytes], bytes]) -> Edit:
    with FitsFile(str(path)) as file:
        old = file.header_bytes()
        return Edit(str(path), (HeaderChange(old, new_header(old)),), file.status)


def _by_header(old: bytes) -> bytes:
    header = lazy_header(old)
    header["EXPTIME"] = 77.5
    return serialise(header, old, _no_data)


def _by_cards(old: bytes) -> bytes:
    offset = old.index(b"EXPTIME ")
    card = b"EXPTIME =                 77.5 / [s] exposure time".ljust(CARD_SIZE)
    return assemble(old[:offset] + card + old[offset + CARD_SIZE : end_offset(old)], old, _no_data)


def _with_many_cards(old: bytes) -> bytes:
    header = lazy_header(old)
    for number in range(MANY_CARDS):
        header[f"MORE{number}"] = number
    return serialise(header, old, _no_data)


def _no_data() -> int:
    raise AssertionError("no check sum is in these files")


def _only_read(paths: list[Path]) -> None:
    for path in paths:
        with FitsFile(str(path)) as file:
            file.header_bytes()


def _astropy_in_place(paths: list[Path]) -> None:
    from astropy.io import fits

    for path in paths:
        with fits.open(path, mode="update") as hdus:
            hdus[0].header["EXPTIME"] = 77.5


def _astropy_growing(paths: list[Path]) -> None:
    from astropy.io import fits

    for path in paths:
        with fits.open(path, mode="update") as hdus:
            for number in range(MANY_CARDS):
                hdus[0].header[f"MORE{number}"] = number


def _write_large_file(path: Path, megabytes: int) -> None:
    import numpy as np
    from astropy.io import fits

    pixels = np.random.default_rng(1).integers(0, 65535, (megabytes, 500_000), dtype="u2")
    fits.PrimaryHDU(pixels.astype("u2")).writeto(path)


if __name__ == "__main__":
    main()
