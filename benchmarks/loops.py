"""The loops that the plugin is measured against: python benchmarks/loops.py JOB DIRECTORY."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator

_KEYWORD = b"FILTER  ="


def paths(directory: str) -> Iterator[str]:
    """Yield the files below a directory, sorted."""
    for folder, folders, names in os.walk(directory):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names))


def size_floor(directory: str) -> None:
    """Compare the size of each file with a number."""
    for path in paths(directory):
        assert os.stat(path).st_size == 23040


def classify_floor(directory: str) -> None:
    """Read the blocks of each header, and find one keyword in its bytes."""
    counts: Counter[bytes] = Counter()
    for path in paths(directory):
        with open(path, "rb", buffering=0) as file:
            raw = file.read(5 * 2880)
        at = raw.index(_KEYWORD)
        counts[raw[at : at + 80]] += 1


def classify_astropy(directory: str) -> None:
    """Get one keyword of each file as astropy's users do."""
    from astropy.io import fits

    counts: Counter[str] = Counter()
    for path in paths(directory):
        counts[fits.getheader(path)["FILTER"]] += 1


def classify_fitsio(directory: str) -> None:
    """Get one keyword of each file as fitsio's users do."""
    import fitsio

    counts: Counter[str] = Counter()
    for path in paths(directory):
        counts[fitsio.read_header(path)["FILTER"]] += 1


JOBS: dict[str, Callable[[str], None]] = {
    job.__name__: job for job in (size_floor, classify_floor, classify_astropy, classify_fitsio)
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](sys.argv[2])
