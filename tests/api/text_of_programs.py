"""Programs that tests run."""

from __future__ import annotations

import subprocess
from pathlib import Path


def as_text(command: list[str], cwd: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command; carriage returns of its output stay."""
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, timeout=60)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
