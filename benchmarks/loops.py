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


def edit_astropy(directory: str) -> None:
    """Change one card of each file as astropy's users do."""
    from astropy.io import fits

    for path in paths(directory):
        with fits.open(path, mode="update") as hdus:
            hdus[0].header["EXPTIME"] = 77.5


def edit_fitsio(directory: str) -> None:
    """Change one card of each file as fitsio's users do."""
    import fitsio

    for path in paths(directory):
        with fitsio.FITS(path, "rw") as hdus:
            hdus[0].write_key("EXPTIME", 77.5)


def detach_astropy(directory: str) -> None:
    """Write a header beside each file, then read it and write it into the file."""
    from astropy.io import fits

    for path in list(paths(directory)):
        header = fits.getheader(path)
        header["NPIX"] = header["NAXIS1"] * header["NAXIS2"]
        header.tofile(f"{path}.hdr")
    for path in [path for path in paths(directory) if path.endswith(".fits")]:
        header = fits.Header.fromfile(f"{path}.hdr")
        with fits.open(path, mode="update") as hdus:
            hdus[0].header.update(header)


JOBS: dict[str, Callable[[str], None]] = {
    job.__name__: job
    for job in (
        size_floor,
        classify_floor,
        classify_astropy,
        classify_fitsio,
        edit_astropy,
        edit_fitsio,
        detach_astropy,
    )
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](sys.argv[2])
