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
from functools import partial
from types import FrameType
from typing import Any, NoReturn, TextIO

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.source import Identified, Source
from pytest_fitsproc.processing.ending import Attempts
from pytest_fitsproc.processing.frames import Frame, FrameReader, FrameWriter
from pytest_fitsproc.processing.self_state import SelfState

# Kinds of frames to the worker …
BLOCK = b"b"
# … and from it: it begins with the next file, or writes all those that have not ended.
BEGIN, WRITE = b"n", b"w"
ENDING, STATE, EXIT = b"e", b"s", b"x"
OUTPUT = {"stdout": b"1", "stderr": b"2"}

# At most this share of a worker's time goes into sending its state between files.
_STATE_SHARE = 0.1

PackedSource = tuple[object, str | None]


class Worker:
    """One forked process.

    Parameters
    ----------
    attempts : runs the processor on files
    state : of the processor
    dd : the data descriptor that the files belong to
    tasks, replies : what connects it with its parent
    """

    def __init__(
        self,
        attempts: Attempts,
        state: SelfState,
        dd: DataDescriptor,
        tasks: FrameReader,
        replies: FrameWriter,
    ) -> None:
        self._attempts, self._state, self._dd = attempts, state, dd
        self._tasks, self._replies = tasks, replies
        self._sent = b""
        self._next_state = 0.0
        # Files that the processor has begun with, and whose ending was not sent.
        self._begun = 0

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
            for ending in self._attempts(self._begins(packed), partial(self._replies.write, WRITE)):
                _flush()
                self._replies.write(ENDING, pickle.dumps(ending))
                self._begun -= 1
                # What files left on the processor that may have to be run again must not be told.
                if not self._begun and time.monotonic() >= self._next_state:
                    self._send_state(first)
            self._state.mark(first)
        self._send_state(None)

    def _blocks(self) -> Iterator[Frame]:
        while not self._tasks.at_end:
            yield from self._tasks.read()

    def _begins(self, packed: Sequence[PackedSource]) -> Iterator[Source]:
        for identifier, label in packed:
            self._replies.write(BEGIN)
            self._begun += 1
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
