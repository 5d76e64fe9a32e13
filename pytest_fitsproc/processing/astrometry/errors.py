"""What can go wrong with a field, other than that the sky is not recognised."""

from __future__ import annotations

from pytest_fitsproc.errors import FindingError, NotFoundError


class AstrometryError(FindingError):
    """A field can't be worked on; the message names the file (or the program) and what to do."""


class ImageError(AstrometryError):
    """A file has no image that could be solved."""


class ObjectFilterError(AstrometryError):
    """An object filter raised, or left something that is no table of sources; its cause is attached."""


class ProgramMissing(AstrometryError):
    """A program is not installed; the message names the Debian package."""


class ProgramFailed(AstrometryError):
    """A program ended with an error.

    Attributes
    ----------
    reason : one line
    command : as it was run, quoted for a shell
    returncode : negative for a signal, as `subprocess` has it
    output : what it printed
    """

    def __init__(self, reason: str, command: str, returncode: int, output: str) -> None:
        # All of them, since an exception is unpickled from its arguments.
        super().__init__(reason, command, returncode, output)
        self.reason, self.command, self.returncode, self.output = reason, command, returncode, output

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


class ProgramTimeout(AstrometryError):
    """A program was ended at the wall-clock limit, and all that it had started with it."""


class IndexNotFoundError(NotFoundError, FindingError):
    """No index file, or no directory of index files, is where it should be."""


class SandboxCopyError(FindingError):
    """A sandbox may not, or can't, be copied to where it should go."""
