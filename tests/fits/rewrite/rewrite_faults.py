"""How tests talk to rewrite_crash_site.py, and what they ask of its children."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

from rewrite_scenario import Scenario, policy_for, strays

from pytest_fitsproc.fits.rewrite import recover


class Action(IntEnum):
    """What faults.c does at a call; the numbers are those of its ``enum action``."""

    COUNT = 0
    KILL_BEFORE = 1
    KILL_AFTER = 2
    FAIL = 3
    FAIL_FROM_HERE = 4
    SHORTEN = 5
    INTERRUPT = 6


class CrashSite:
    """A process whose children commit and recover, and are killed or let down on the way."""

    def __init__(self, library: Path) -> None:
        environment = {**os.environ, "LD_PRELOAD": str(library)}
        command = [sys.executable, str(Path(__file__).with_name("rewrite_crash_site.py"))]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, verb: str, scenario: str, folder: Path, **order: Any) -> dict[str, Any]:
        """Run a commit or a recovery in a child; return what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"verb": verb, "scenario": scenario, "folder": str(folder), **order}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()


class Ground:
    """A folder in which a scenario is begun again and again.

    Attributes
    ----------
    folder : of the scenario's files and journals
    """

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        self.folder, self._scenario = folder, scenario
        self.begin()
        self._states = scenario.states(folder)

    def begin(self) -> None:
        """Put the old files back, as before the very first commit."""
        shutil.rmtree(self.folder / ".fitsproc", ignore_errors=True)
        self._scenario.make(self.folder)

    def state_of(self, path: str | Path) -> str:
        """Return "old", "new", "torn", or "gone"."""
        if not Path(path).exists():
            return "gone"
        content = Path(path).read_bytes()
        return {self._states[Path(path)][0]: "old", self._states[Path(path)][1]: "new"}.get(content, "torn")

    @property
    def state_of_each(self) -> set[str]:
        """The different states that the files are in."""
        return {self.state_of(path) for path in self._states}

    def recover(self) -> None:
        """Recover; then each file must be old or new, nothing else be there, and nothing be left to do."""
        recover(policy_for(self.folder))
        assert self.state_of_each <= {"old", "new"}
        assert strays(self.folder, self._scenario) == []
        assert recover(policy_for(self.folder)) == []
