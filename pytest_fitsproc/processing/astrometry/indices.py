"""Index files of astrometry.net: where they are, and which of them a name means."""

from __future__ import annotations

import os
from collections.abc import Iterable
from glob import escape, glob
from pathlib import Path

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.processing.astrometry.errors import IndexNotFoundError

#: Where Debian's packages astrometry-data-* put their files.
SYSTEM_DIRECTORY = Path("/usr/share/astrometry")

#: DaCHS' own place for them, below its rootDir.
_DACHS_DIRECTORY = "astrometry-indexes"

_ALL = "index-*.fits"
_WHAT_TO_DO = "install them (Debian: astrometry-data-tycho2) or name their directory"


def index_directory(
    given: str | os.PathLike[str] | None = None,
    configured: str | os.PathLike[str] | None = None,
    dachs: DachsConfiguration | None = None,
) -> Path:
    """Return the directory with the index files.

    Parameters
    ----------
    given : by the processor (DaCHS: ``indexPath``); it is taken as it is
    configured : in an ini file; taken where `given` is not
    dachs : else, the directory below DaCHS' rootDir is taken, if it is there

    Notes
    -----
    The last resort is `SYSTEM_DIRECTORY`.
    """
    named = given or configured
    if named:
        return Path(named).expanduser().absolute()
    if dachs is not None:
        own = Path(dachs.below_root(_DACHS_DIRECTORY))
        if own.is_dir():
            return own
    return SYSTEM_DIRECTORY


def find_indices(names: Iterable[str], directory: Path) -> tuple[Path, ...]:
    """Return the absolute paths of the index files that the names mean, each once, in the order of names.

    A name is tried as a file name, as a glob pattern, with ``.fits`` and with ``*.fits`` behind it: Debian's
    files carry a ``.littleendian`` in their names. A name may be an absolute path.

    Raises
    ------
    IndexNotFoundError
        The directory can't be read, a name means no file, or there is no name and no file.
    """
    _require_readable(directory)
    wanted = list(names) or [_ALL]
    found = dict.fromkeys(path for name in wanted for path in _matching(name, directory))
    return tuple(found)


def _require_readable(directory: Path) -> None:
    try:
        os.listdir(directory)
    except OSError as error:
        raise IndexNotFoundError(
            f"the directory of index files can't be read: {directory}: {error.strerror}; {_WHAT_TO_DO}"
        ) from error


def _matching(name: str, directory: Path) -> list[Path]:
    exact = directory / name  # an absolute name stays what it is
    if exact.is_file():
        return [_usable(exact)]
    pattern = name if os.path.isabs(name) else os.path.join(escape(str(directory)), name)
    for suffix in ("", ".fits", "*.fits"):
        paths = [Path(path) for path in sorted(glob(pattern + suffix)) if os.path.isfile(path)]
        if paths:
            return [_usable(path) for path in paths]
    raise IndexNotFoundError(f"no index file matches {name!r} in {directory}: {_WHAT_TO_DO}")


def _usable(path: Path) -> Path:
    # The solver's configuration has a path a line, and no way to quote.
    if "\n" in str(path):
        raise IndexNotFoundError(
            f"the solver can't read an index file with a line break in its path: {str(path)!r}"
        )
    if not os.access(path, os.R_OK):
        raise IndexNotFoundError(f"the index file can't be read: {path}: check its permissions")
    return path
