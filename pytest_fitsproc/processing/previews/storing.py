"""Previews as files: written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from pytest_fitsproc.errors import FindingError

# Readable for the server that shows them, writable for the curators' group.
_FILE_MODE, _DIRECTORY_MODE = 0o664, 0o775
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

# Machines that share a file system have processes of the same number.
_MARK, _numbers = os.urandom(4).hex(), count()


class PreviewNotWrittenError(FindingError):
    """A preview can't be written; what was there before is there still."""


def store_preview(path: str, data: bytes) -> None:
    """Write a preview; the directories that it needs are made.

    Raises
    ------
    PreviewNotWrittenError
        The system does not let us.
    """
    temporary = f"{os.path.dirname(path)}/.fitsproc-{os.getpid()}-{_MARK}-{next(_numbers)}.tmp"
    try:
        try:
            _write_new(temporary, data)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise PreviewNotWrittenError(f"{path}: can't be written: {error.strerror}") from error


def _write_new(path: str, data: bytes) -> None:
    fd = _open_new(path)
    try:
        os.fchmod(fd, _FILE_MODE)
        rest = memoryview(data)
        while rest:
            # The system may take a part only.
            rest = rest[os.write(fd, rest) :]
    finally:
        os.close(fd)


def _open_new(path: str) -> int:
    try:
        return os.open(path, _NEW, _FILE_MODE)
    except FileNotFoundError:
        _make_directories(Path(path).parent)
        return os.open(path, _NEW, _FILE_MODE)


def _make_directories(path: Path) -> None:
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    for directory in reversed(missing):
        directory.mkdir(exist_ok=True)
        directory.chmod(_DIRECTORY_MODE)
