"""Files that a run leaves behind: complete or not there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pytest_fitsproc.errors import OptionError

_DEVICES = ("/dev/", "/proc/")


def require_replaceable(path: str | Path, inputs: Iterable[str]) -> None:
    """Check that a result may take the place of what is at a path.

    Parameters
    ----------
    inputs : files that are read, which must not be lost

    Raises
    ------
    OptionError
        It is one of these, or something else than a regular file.
    """
    target = os.path.realpath(path)
    # What a shell connected to /dev/stdout is a file at times, which others write to.
    is_device = os.path.abspath(path).startswith(_DEVICES)
    if is_device or (os.path.lexists(target) and not os.path.isfile(target)):
        raise OptionError(f"{path} is no regular file: name a file for results")
    if os.path.exists(target) and any(_is_same(target, file) for file in inputs):
        raise OptionError(f"{path} is read in this run, and would be lost: name another file for results")


def _is_same(target: str, file: str) -> bool:
    with suppress(OSError):
        return os.path.samefile(target, file)
    return False


@contextmanager
def replaced_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what was written there takes the place of `path` at the end.

    A symbolic link stays, and its target is replaced.

    Raises
    ------
    OptionError
        the file can't be written; what was there before is untouched
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        raise OptionError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_csv_file(path: str | Path, rows: Iterable[Iterable[object]]) -> None:
    r"""Write rows, the headings first, as UTF-8 with ``\n`` after each; lone surrogates become ``\udcNN``.

    Raises
    ------
    OptionError
        the file can't be written
    """
    import csv

    with (
        replaced_file(path) as temporary,
        temporary.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        plain = csv.writer(file, lineterminator="\n")
        # Before Python 3.13, a field with a bare \r is left unquoted, and would be read as two lines.
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for row in map(list, rows):
            writer = quoted if any("\r" in field for field in row if isinstance(field, str)) else plain
            writer.writerow(row)
