"""Processes of astrometry.net that are at work, as the system lists them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so, a minute at most."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within a minute")


def solvers_below(directory: Path) -> list[str]:
    """Return the names of the solver's processes whose working directory is below a directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(directory):
                found.append((process / "comm").read_text())
        except OSError:
            continue
    return [name for name in found if "solve-field" in name or "engine" in name]
