"""Object filters: functions of the curator that throw out what is no star."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from pytest_fitsproc.processing.astrometry.errors import ObjectFilterError
from pytest_fitsproc.processing.astrometry.sandbox import DETECTED, SOURCES, Sandbox

ObjectFilter: TypeAlias = Callable[[str], object]
"""Gets the name of a FITS file with a table of sources in HDU 1, and changes that file."""

TableFilter: TypeAlias = Callable[[Any], Any]
"""Gets the sources as a record array (columns by name, ``table["X_IMAGE"]``), and returns those to keep."""


def on_the_table(keep: TableFilter) -> ObjectFilter:
    """Return an object filter of a function that gets a table of sources and returns a shorter one."""

    def object_filter(name: str) -> None:
        from astropy.io import fits

        with fits.open(name, memmap=False) as hdus:
            kept = keep(hdus[1].data)
        fits.BinTableHDU(kept).writeto(name, overwrite=True)

    return object_filter


def filter_sources(sandbox: Sandbox, object_filter: ObjectFilter, columns: tuple[str, ...]) -> int:
    """Let a filter change the sources in a sandbox, and return how many it has left.

    The sandbox is the working directory of this process while the filter runs.

    Raises
    ------
    ObjectFilterError
        The filter raised, or it left no table with these columns.
    """
    sources = sandbox.path(SOURCES)
    sandbox.path(DETECTED).write_bytes(sources.read_bytes())
    with _working_directory(sandbox.directory):
        try:
            object_filter(SOURCES)
        except Exception as error:
            reason = " ".join(str(error).split())
            raise ObjectFilterError(f"the object filter raised {type(error).__name__}: {reason}") from error
    return _checked_length(sources, columns)


@contextmanager
def _working_directory(directory: Path) -> Iterator[None]:
    # By descriptor, since the present directory may have been renamed or removed.
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(directory)
        yield
    finally:
        os.fchdir(here)
        os.close(here)


def _checked_length(path: Path, columns: tuple[str, ...]) -> int:
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(path, memmap=False) as hdus:
                table = hdus[1].data
                names, length = table.names, len(table)
    except Exception as error:  # a file of any content may have been left
        raise ObjectFilterError(f"the object filter left no FITS table in {SOURCES}: {error}") from error
    missing = [column for column in columns if column not in names]
    if missing:
        raise ObjectFilterError(f"the object filter left a table without the columns {', '.join(missing)}")
    return length
