"""What the benchmarks of whole processes have in common: peers, command line, tables."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys

from commands import Measured

DACHS_PYTHON = "/usr/bin/python3"


def argument_parser(description: str | None) -> argparse.ArgumentParser:
    """Return the parser of the options that the benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--dachs-settings", help="DaCHS' settings (a gavorc) of an installation whose database runs"
    )
    return parser


def has_module(module: str) -> bool:
    """Whether this environment has a module."""
    found = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False)
    return found.returncode == 0


def machine() -> str:
    """Say where this runs, and whether ratios to DaCHS compare two Pythons as well."""
    python = f"Python {platform.python_version()}"
    if os.path.realpath(sys.executable) != os.path.realpath(DACHS_PYTHON):
        python += f" (not DaCHS', which is {DACHS_PYTHON})"
    return f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, {python}"


def print_table(title: str, measured: dict[str, Measured], reference: str) -> None:
    """Print measurements beside each other, with the ratio of CPU times to one of them."""
    print(f"| {title} | CPU s | wall s | CPU ÷ {reference} | peak MB |\n|---|---|---|---|---|")
    for name, one in measured.items():
        ratio = one.cpu / measured[reference].cpu
        print(f"| {name} | {one.cpu:.2f} | {one.wall:.2f} | {ratio:.2f} | {one.peak:.0f} |")
    print()
