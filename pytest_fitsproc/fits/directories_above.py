"""The directories that a file is in, from the nearest to the root."""

from __future__ import annotations

import os
from collections.abc import Iterator


def directories_above(directory: str) -> Iterator[str]:
    """Yield a directory, given by its absolute path, and all that it is in."""
    below = ""
    while directory != below:
        yield directory
        below, directory = directory, os.path.dirname(directory)
