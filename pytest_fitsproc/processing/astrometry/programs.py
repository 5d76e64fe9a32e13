"""External programs, run so that nothing of them outlives us."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pytest_fitsproc.processing.astrometry.errors import ProgramFailed, ProgramMissing, ProgramTimeout

#: The Debian packages of the programs.
PACKAGES = {"solve-field": "astrometry.net", "source-extractor": "source-extractor"}

LOG_NAME = "lastCommand.log"

# A path with Python packages in it breaks solve-field's own Python helpers: the PyPI package `astrometry`
# hides Debian's. Numbers are written with a point everywhere but in some locales.
_NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", "LANG", "LANGUAGE")
_LOCALE = {"LC_ALL": "C"}

# The shell leads a process group, starts a watcher that belongs to nobody, and becomes the program. When we
# are killed, the watcher's pipe is closed: it ends the group and removes the sandbox.
_SUPERVISED = """
exec 3<&0 0</dev/null
( ( trap '' TERM
    read -r nothing <&3
    kill -TERM 0; sleep 0.1; rm -rf -- "$0"; kill -KILL 0 ) >/dev/null 2>&1 & )
exec 3<&- "$@"
"""

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What a complaint looks like, the best one first; the last such line of an output counts.
_COMPLAINTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        "no space left|file too large",
        # Not what solve-field says of a program that it has run: that one has said more before.
        r"^(?!.*(?:command failed|engine failed)).*(?:\berror|keyword|can(?:'|no)t|couldn't|failed)",
        "failed",
    )
)
_MAX_COMPLAINT = 300


def find_program(name: str) -> str:
    """Return the absolute path of a program.

    Raises
    ------
    ProgramMissing
        It is not on PATH; the message names the Debian package.
    """
    path = shutil.which(name)
    if path is None:
        raise ProgramMissing(
            f"the program {name} is not installed: it is in the Debian package {PACKAGES.get(name, name)}"
        )
    return os.path.abspath(path)


def run_program(words: Sequence[str], directory: Path, deadline: float) -> str:
    """Run a program in a directory and return what it printed, which goes to `LOG_NAME` there, too.

    Whatever happens, no process of it is left: its group is ended when the program ends, at the deadline,
    upon an interrupt or any other exception, and when this process is killed; in the last case `directory`
    is removed.

    Parameters
    ----------
    words : the absolute path of the program and its arguments
    deadline : on the clock `time.monotonic`

    Raises
    ------
    ProgramFailed
        It ended with an error; the message has the program's own words.
    ProgramTimeout
        It was ended at the deadline.
    """
    command = shlex.join(words)
    with open(directory / LOG_NAME, "ab") as log:
        log.write(b"\n================\nNow running: " + os.fsencode(command) + b"\n\n")
        log.flush()
        start = log.tell()
        with _supervised(words, directory, log.fileno()) as process, _alarm(process, deadline) as rang:
            process.wait()
    output = _output(directory / LOG_NAME, start)
    program = os.path.basename(words[0])
    if rang.is_set():
        raise ProgramTimeout(f"{program} was ended at the wall-clock limit")
    if process.returncode:
        raise ProgramFailed(
            f"{program} {_ending(process.returncode)}: {complaint(output)}",
            command,
            process.returncode,
            output,
        )
    return output


def complaint(output: str) -> str:
    """Return the line of a program's output that says best why it failed."""
    lines = [line.strip(" >") for line in output.splitlines() if line.strip(" >")]
    for pattern in _COMPLAINTS:
        found = [line for line in lines if pattern.search(line)]
        if found:
            return found[-1][:_MAX_COMPLAINT]
    return lines[-1][:_MAX_COMPLAINT] if lines else "it printed nothing"


@contextmanager
def _supervised(words: Sequence[str], directory: Path, log: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program in a process group; end the group on leaving."""
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _SUPERVISED, str(directory), *words],
            cwd=directory,
            env=_environment(),
            stdin=reader,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end_group(process)
    finally:
        os.close(reader)
        os.close(writer)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    # The watcher is in the group, so that its number is not in use for another one.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _alarm(process: subprocess.Popen[bytes], deadline: float) -> Iterator[threading.Event]:
    """End the group at the deadline; the event tells whether that has happened.

    `Popen.wait` with a timeout looks every 50 ms, which is as long as a field takes.
    """
    rang = threading.Event()

    def ring() -> None:
        rang.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(max(deadline - time.monotonic(), 0), ring)
    timer.daemon = True
    timer.start()
    try:
        yield rang
    finally:
        timer.cancel()
        timer.join()


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return inherited | _LOCALE


def _output(log: Path, start: int) -> str:
    with open(log, "rb") as file:
        file.seek(start)
        return _ESCAPES.sub("", file.read().decode("utf-8", "replace"))


def _ending(returncode: int) -> str:
    if returncode > 0:
        return f"ended with status {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:
        return f"was killed by signal {-returncode}"
