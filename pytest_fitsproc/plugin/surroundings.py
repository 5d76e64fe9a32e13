"""What pytest puts around each test, put once around many items."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from operator import methodcaller
from typing import IO, Any

import pytest

from pytest_fitsproc.plugin import private

Section = tuple[str, str]

_position = methodcaller("tell")


class Surroundings:
    """Capture, logging, warnings and explained assertions, around all items of the fast lane in a row.

    Between items only what came is looked at: putting these up for each costs more than most checks.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._stack: contextlib.ExitStack | None = None
        self._warnings: list[Any] | None = None
        self._take_log: Callable[[], str] = str
        self._streams: list[IO[Any]] = []

    def enter(self, item: pytest.Item) -> None:
        """Put them up, if they are not."""
        if self._stack is not None:
            return
        self._stack = stack = contextlib.ExitStack()
        stack.enter_context(private.assertion_hooks(item))
        self._warnings = stack.enter_context(private.recorded_warnings(self._config))
        self._take_log = stack.enter_context(private.captured_logs(self._config))
        if self._is_capturing():
            self._capture.resume_global_capture()
            self._streams = private.capture_streams(self._capture)
            stack.callback(self._capture.suspend_global_capture)

    def leave(self) -> None:
        """Take them down."""
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def of_one_item(self) -> contextlib.AbstractContextManager[Any]:
        """Changes of the warning filters end with the item, and each item's warnings are new."""
        return warnings.catch_warnings()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Let what is written within reach the terminal."""
        if self._stack is None or not self._is_capturing():
            yield
            return
        self._capture.suspend_global_capture()
        try:
            yield
        finally:
            self._capture.resume_global_capture()

    def take_sections(self) -> list[Section]:
        """Return what was captured since the last call, by name of the stream."""
        log = self._take_log()
        if not log and not any(map(_position, self._streams)):
            return []
        out, err = self._capture.read_global_capture() if self._is_capturing() else ("", "")
        return [section for section in (("stdout", out), ("stderr", err), ("log", log)) if section[1]]

    def hand_on_warnings(self, nodeid: str) -> None:
        """Give the warnings since the last call to pytest, as those of an item."""
        messages = self._warnings or []
        with self.aside():
            for message in messages:
                self._config.hook.pytest_warning_recorded.call_historic(
                    kwargs={"warning_message": message, "nodeid": nodeid, "when": "runtest", "location": None}
                )
        messages.clear()

    @property
    def has_warnings(self) -> bool:
        """Whether there are any to hand on."""
        return bool(self._warnings)

    def _is_capturing(self) -> bool:
        return self._capture is not None and self._capture.is_globally_capturing()
