"""What a forked process does: it takes blocks of files, and sends back how each of them ended."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn, TextIO

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.processing.ending import Attempt
from pytest_fitsproc.processing.frames import Frame, FrameReader, FrameWriter
from pytest_fitsproc.processing.self_state import SelfState

# Kinds of frames to the worker …
BLOCK = b"b"
# … and from it.
ENDING, STATE, EXIT = b"e", b"s", b"x"
OUTPUT = {"stdout": b"1", "stderr": b"2"}

# At most this share of a worker's time goes into sending its state between files.
_STATE_SHARE = 0.1

PackedSource = tuple[object, str | None]


class Worker:
    """One forked process.

    Parameters
    ----------
    attempt : runs the processor on a file
    state : of the processor
    dd : the data descriptor that the files belong to
    tasks, replies : what connects it with its parent
    """

    def __init__(
        self, attempt: Attempt, state: SelfState, dd: DataDescriptor, tasks: FrameReader, replies: FrameWriter
    ) -> None:
        self._attempt, self._state, self._dd = attempt, state, dd
        self._tasks, self._replies = tasks, replies
        self._sent = b""
        self._next_state = 0.0

    def run(self) -> NoReturn:
        """Work until there is nothing left, and leave the process."""
        signal.signal(signal.SIGINT, _interrupt_once)
        status = 1
        try:
            with self._output_to_parent():
                self._work()
            status = 0
        except SystemExit as error:
            self._replies.write(EXIT, pickle.dumps(_plain_code(error.code)))
        except (KeyboardInterrupt, BrokenPipeError):
            pass
        except BaseException:
            self._replies.write(OUTPUT["stderr"], traceback.format_exc().encode("utf-8", "replace"))
        finally:
            os._exit(status)

    def _work(self) -> None:
        for block in self._blocks():
            first, packed = pickle.loads(block.payload)
            for source in self._unpacked(packed):
                ending = self._attempt(source)
                _flush()
                self._replies.write(ENDING, pickle.dumps(ending))
                if time.monotonic() >= self._next_state:
                    self._send_state(first)
            self._state.mark(first)
        self._send_state(None)

    def _blocks(self) -> Iterator[Frame]:
        while not self._tasks.at_end:
            yield from self._tasks.read()

    def _unpacked(self, packed: Sequence[PackedSource]) -> Iterator[Source]:
        for identifier, label in packed:
            if label is None:
                yield Source(str(identifier), self._dd)
            else:
                yield Identified(identifier, label, self._dd)

    def _send_state(self, place: int | None) -> None:
        """Send what is on the processor, or nothing where that is what it was; at the end, all of it.

        Parameters
        ----------
        place : of the block's first file, None at the end
        """
        begin = time.monotonic()
        if place is not None:
            self._state.mark(place)
        changes = pickle.dumps(self._state.changes(complete=place is None))
        self._replies.write(STATE, changes if changes != self._sent else b"")
        self._sent = changes
        end = time.monotonic()
        self._next_state = end + (end - begin) / _STATE_SHARE

    @contextlib.contextmanager
    def _output_to_parent(self) -> Iterator[None]:
        out = self._stream(OUTPUT["stdout"], sys.stdout)
        err = self._stream(OUTPUT["stderr"], sys.stderr)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                yield
            finally:
                _flush()

    def _stream(self, kind: bytes, original: TextIO) -> TextIO:
        encoding, errors = text_form(original)
        raw: Any = _FrameStream(self._replies, kind)
        return io.TextIOWrapper(raw, encoding, errors, newline="\n", line_buffering=True)


def text_form(stream: TextIO) -> tuple[str, str]:
    """Return the encoding in which the text of a stream is sent, and what is done with errors."""
    encoding, errors = getattr(stream, "encoding", None), getattr(stream, "errors", None)
    return encoding or "utf-8", "surrogateescape" if errors == "surrogateescape" else "backslashreplace"


def pack(source: Source) -> PackedSource:
    """Return what a worker needs to make this source again."""
    return source.identifier, source.label if isinstance(source, Identified) else None


class _FrameStream(io.RawIOBase):
    """A binary stream whose bytes go to the parent as they are."""

    def __init__(self, replies: FrameWriter, kind: bytes) -> None:
        self._replies, self._kind = replies, kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        payload = bytes(data)
        self._replies.write(self._kind, payload)
        return len(payload)


def _interrupt_once(number: int, frame: FrameType | None) -> NoReturn:
    """Terminal and parent may both interrupt: the second must not disturb cleaning up after the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _plain_code(code: object) -> int | str | None:
    return code if isinstance(code, int | None) else str(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):
            stream.flush()  # type: ignore[union-attr]
