"""Why a file was not rewritten."""

from __future__ import annotations

from pytest_fitsproc.errors import FitsprocError


class RewriteError(FitsprocError):
    """A file is not rewritten, and holds what it held before.

    Attributes
    ----------
    path : the file, as the caller named it
    reason : what stands against it, without the path
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


class PendingError(RewriteError):
    """The disk failed so that a journal had to stay; the next recovery puts the file's old header back."""


class UnconfirmedError(RewriteError):
    """The new header is written, but the disk did not confirm it: after a power cut it may be the old one."""
