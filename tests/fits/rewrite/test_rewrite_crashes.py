"""After a kill, a Ctrl-C or a failing call, at any moment and by either protocol, each file is old or new.

The slow tests kill at 2000 random moments for each of the usual scenarios; the environment variable
FITSPROC_KILL_POINTS asks for another number, 10000 say.
"""

from __future__ import annotations

import errno
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from rewrite_faults import Action, CrashSite, Ground
from rewrite_scenario import LARGE, SCENARIOS

KILLS = (Action.KILL_BEFORE, Action.KILL_AFTER)
RANDOM_KILLS = int(os.environ.get("FITSPROC_KILL_POINTS", "2000"))

FAULTS = [
    *(
        (action, error)
        for action in (Action.FAIL, Action.FAIL_FROM_HERE)
        for error in (errno.ENOSPC, errno.EIO)
    ),
    # From here on would be for ever: Python repeats a call that a signal interrupted.
    (Action.FAIL, errno.EINTR),
    (Action.FAIL, errno.EPERM),
    (Action.SHORTEN, 0),
]

STATES_TOLD = {
    "Committed": ("new", "new"),
    "RewriteError": ("old", "old"),
    "UnconfirmedError": ("new", "old or new"),
    "PendingError": ("old, new or torn", "old"),
}
"""What is told of a file → its state at once, and after a recovery."""

USUAL = ("in place", "growing", "block of files", "flushed by threads")
every_scenario = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in USUAL else pytest.mark.slow) for name in SCENARIOS]
)
every_protocol = pytest.mark.parametrize("name", ["in place", "growing"])


def shortest_duration(name: str, ground: Ground, crash_site: CrashSite) -> float:
    """Return what a commit takes, in seconds, when nothing holds it up: else most kills come too late."""
    durations = []
    for _ in range(10):
        ground.begin()
        durations.append(crash_site("commit", name, ground.folder)["seconds"])
    return min(durations)


@every_scenario
def test_kill_at_every_call_leaves_old_or_new(name: str, crash_site: CrashSite, tmp_path: Path) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    calls = crash_site("commit", name, tmp_path)["calls"]
    assert calls > 10
    for at in range(1, calls + 1):
        for action in KILLS:
            ground.begin()
            assert crash_site("commit", name, tmp_path, at=at, action=action)["killed"]
            ground.recover()
    print(f"{name}: {2 * calls} kill points")


@pytest.mark.parametrize("name", ["in place", pytest.param("block of files", marks=pytest.mark.slow)])
def test_kill_at_every_call_of_a_recovery_leaves_old_or_new(
    name: str, crash_site: CrashSite, tmp_path: Path
) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    points = 0
    for at in range(1, crash_site("commit", name, tmp_path)["calls"] + 1):
        at_recovery, killed = 0, True
        while killed:
            ground.begin()
            crash_site("commit", name, tmp_path, at=at, action=Action.KILL_BEFORE)
            at_recovery += 1
            killed = crash_site("recover", name, tmp_path, at=at_recovery, action=Action.KILL_BEFORE)[
                "killed"
            ]
            ground.recover()
            points += killed
    print(f"{name}: {points} kill points in recoveries")


@pytest.mark.parametrize(
    ("name", "action", "error"),
    [
        pytest.param(name, *fault, marks=() if is_fast else pytest.mark.slow)
        for name in SCENARIOS
        for fault in FAULTS
        for is_fast in [name in USUAL and (name != "flushed by threads" or fault == (Action.FAIL, errno.EIO))]
    ],
)
def test_failure_of_every_call_leaves_what_is_told(
    name: str, action: Action, error: int, crash_site: CrashSite, tmp_path: Path
) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    calls = crash_site("commit", name, tmp_path)["calls"]
    for at in range(1, calls + 1):
        ground.begin()
        answer = crash_site("commit", name, tmp_path, at=at, action=action, errno=error)
        assert len(answer["outcomes"]) == len(SCENARIOS[name].files)
        for path, told, _ in answer["outcomes"]:
            assert ground.state_of(path) in STATES_TOLD[told][0]
        ground.recover()
        for path, told, _ in answer["outcomes"]:
            assert ground.state_of(path) in STATES_TOLD[told][1]
    print(f"{name}: {calls} calls")


@every_protocol
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EINTR])
def test_failure_of_every_call_of_a_recovery_is_made_good_by_the_next(
    name: str, error: int, crash_site: CrashSite, tmp_path: Path
) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    calls = crash_site("commit", name, tmp_path)["calls"]
    for at in random.Random(error).sample(range(1, calls + 1), 4):
        for at_recovery in range(1, 12):
            ground.begin()
            crash_site("commit", name, tmp_path, at=at, action=Action.KILL_AFTER)
            crash_site("recover", name, tmp_path, at=at_recovery, action=Action.FAIL, errno=error)
            ground.recover()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "flushed by threads" else pytest.mark.slow)
        for name in SCENARIOS
    ],
)
def test_ctrl_c_at_every_call_leaves_old_or_new(name: str, crash_site: CrashSite, tmp_path: Path) -> None:
    ground = Ground(tmp_path, SCENARIOS[name])
    calls = crash_site("commit", name, tmp_path)["calls"]
    interrupted = 0
    for at in range(1, calls + 1):
        ground.begin()
        answer = crash_site("commit", name, tmp_path, at=at, action=Action.INTERRUPT)
        interrupted += check_after_interrupt(answer, ground)
    print(f"{name}: {interrupted} of {calls} interrupted")
    assert interrupted > calls // 2


def check_after_interrupt(answer: dict[str, Any], ground: Ground) -> bool:
    """Return whether a commit was interrupted: Python loses a Ctrl-C in the callback of a weak reference."""
    is_interrupted = "raised" in answer
    assert ground.state_of_each <= ({"old", "new"} if is_interrupted else {"new"})
    ground.recover()
    return is_interrupted


@pytest.mark.parametrize(
    ("name", "points"),
    [
        *((name, 40) for name in USUAL),
        *(pytest.param(name, RANDOM_KILLS, marks=pytest.mark.slow) for name in USUAL),
        *(pytest.param(name, RANDOM_KILLS // 10, marks=pytest.mark.slow) for name in LARGE),
    ],
)
def test_kill_at_random_moments_leaves_old_or_new(
    name: str, points: int, crash_site: CrashSite, tmp_path: Path
) -> None:
    ground = Ground(tmp_path, {**SCENARIOS, **LARGE}[name])
    duration = shortest_duration(name, ground, crash_site)
    moments = random.Random(points)
    killed = 0
    for _ in range(points):
        ground.begin()
        moment = moments.uniform(0, 1.2 * duration)
        killed += crash_site("commit", name, tmp_path, kill_after_s=moment)["killed"]
        ground.recover()
    print(f"{name}: {killed} of {points} killed on the way")
    assert killed


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("flushed by threads", 40),
        *(pytest.param(name, RANDOM_KILLS // 10, marks=pytest.mark.slow) for name in (*USUAL, "40 files")),
    ],
)
def test_ctrl_c_at_random_moments_leaves_old_or_new(
    name: str, points: int, crash_site: CrashSite, tmp_path: Path
) -> None:
    ground = Ground(tmp_path, {**SCENARIOS, **LARGE}[name])
    duration = shortest_duration(name, ground, crash_site)
    moments = random.Random(points)
    interrupted = 0
    for _ in range(points):
        ground.begin()
        moment = moments.uniform(0, 1.2 * duration)
        answer = crash_site("commit", name, tmp_path, kill_after_s=moment, signal=signal.SIGINT)
        interrupted += check_after_interrupt(answer, ground)
    print(f"{name}: {interrupted} of {points} interrupted on the way")
    assert interrupted
