"""Previews as files: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from pytest_fitsproc.errors import FindingError

# Readable for the server that shows them, writable for the curators' group.
_FILE_MODE, _DIRECTORY_MODE = 0o664, 0o775


class PreviewNotWrittenError(FindingError):
    """A preview can't be written; what was there before is there still."""


def store_preview(path: Path, data: bytes) -> None:
    """Write a preview; the directories that it needs are made.

    Raises
    ------
    PreviewNotWrittenError
        The system does not let us.
    """
    temporary = path.with_name(f".fitsproc-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        _make_directories(path.parent)
        try:
            with temporary.open("xb") as file:
                file.write(data)
            temporary.chmod(_FILE_MODE)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise PreviewNotWrittenError(f"{path}: can't be written: {error.strerror}") from error


def _make_directories(path: Path) -> None:
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    for directory in reversed(missing):
        directory.mkdir(exist_ok=True)
        directory.chmod(_DIRECTORY_MODE)
