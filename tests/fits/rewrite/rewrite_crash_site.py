"""A process that lets children of its own run into faults; it is started with faults.c loaded.

It reads orders as JSON: ``{"verb": "commit", "scenario": …, "folder": …, "at": 3, "action": 1, "errno": 5}``.
The answer tells how the child ended, how many calls it made, and what it was told had come of its edits.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401  an import in a child would be counted among the calls
import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from rewrite_scenario import LARGE, SCENARIOS, policy_for

from pytest_fitsproc.fits.rewrite import Committed, Unrecovered, commit, disk, recover


def main() -> None:
    """Answer orders, one a line, until there are no more."""
    for line in sys.stdin:
        print(json.dumps(_carry_out(json.loads(line))), flush=True)


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        _in_child(order, write_end)
    os.close(write_end)
    if order.get("kill_after_s") is not None:
        # The child says when it begins, so that the time is counted from there.
        os.read(read_end, 1)
        time.sleep(order["kill_after_s"])
        os.kill(child, order.get("signal", signal.SIGKILL))
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), **(json.loads(answer) if answer.strip() else {})}


def _in_child(order: dict[str, Any], pipe: int) -> None:
    folder = Path(order["folder"])
    scenario = {**SCENARIOS, **LARGE}[order["scenario"]]
    faults = ctypes.CDLL(None)
    policy = policy_for(folder, **order.get("policy", {}))
    edits = scenario.edits(folder) if order["verb"] == "commit" else []
    answer: dict[str, Any] = {}
    outcomes: list[Any] = []
    disk.FEWEST_FOR_THREADS = scenario.fewest_for_threads
    # A background process of a shell ignores the signal, and its children with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        os.write(pipe, b" ")
        started = time.perf_counter()
        faults.call_faults_arm(order.get("at", 0), order.get("action", 0), order.get("errno", 0))
        outcomes = commit(edits, policy) if order["verb"] == "commit" else recover(policy)
        answer["seconds"] = time.perf_counter() - started
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (OSError, KeyboardInterrupt) as exc:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        answer["raised"] = repr(exc)
    answer["calls"] = faults.call_faults_disarm()
    answer["outcomes"] = [_in_words(outcome) for outcome in outcomes]
    os.write(pipe, json.dumps(answer).encode())
    os._exit(0)


def _in_words(outcome: Any) -> list[str]:
    if isinstance(outcome, Committed):
        return [outcome.edit.path, "Committed", outcome.protocol]
    if hasattr(outcome, "error"):
        path = outcome.path if isinstance(outcome, Unrecovered) else outcome.edit.path
        return [path, type(outcome.error).__name__, str(outcome.error)]
    return [outcome.path, "Recovered", outcome.state]


if __name__ == "__main__":
    main()
