"""Whole processes, measured: CPU time of a command and its children, wall time, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Medians over several runs: CPU and wall seconds; the peak memory of the largest process in MB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True)
class Command:
    """A command line, its environment beyond ours, where it runs, and what is done before, unmeasured."""

    words: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    prepare: Callable[[], None] = lambda: None


def measure_in_turn(commands: Mapping[str, Command], runs: int, *, idle: int = 1) -> dict[str, Measured]:
    """Run the commands in turn, after rounds that do not count, and return the medians of each.

    In turn, since a machine that is shared is slower now and faster then, and ratios are what counts.
    """
    rounds = [{name: _run(command) for name, command in commands.items()} for _ in range(idle + runs)][idle:]
    return {
        name: Measured(
            *(statistics.median(values) for values in zip(*(one[name] for one in rounds), strict=True))
        )
        for name in commands
    }


def _run(command: Command) -> tuple[float, float, float]:
    command.prepare()
    start = time.perf_counter()
    process = subprocess.Popen(
        command.words,
        # Modules are compiled once, as in any environment that is in use.
        env=os.environ | command.environment | {"PYTHONDONTWRITEBYTECODE": ""},
        cwd=command.directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command.words)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024
