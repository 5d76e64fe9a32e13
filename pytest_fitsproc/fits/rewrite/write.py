"""One file on its way to new headers, by either protocol."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from pytest_fitsproc.fits.rewrite import in_place
from pytest_fitsproc.fits.rewrite.disk import flush_names
from pytest_fitsproc.fits.rewrite.edit import Edit
from pytest_fitsproc.fits.rewrite.errors import PendingError, RewriteError, UnconfirmedError
from pytest_fitsproc.fits.rewrite.guard import OpenedFile
from pytest_fitsproc.fits.rewrite.journal import Content
from pytest_fitsproc.fits.rewrite.outcome import Committed, Protocol, Refused
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.fits.rewrite.replacement import replace


class Write(ABC):
    """A file that is opened and locked, and what became of it so far.

    Attributes
    ----------
    edit, file, policy : what is to be done
    error : why it was given up; None as long as all went well
    """

    protocol: Protocol

    def __init__(self, edit: Edit, file: OpenedFile, policy: RewritePolicy) -> None:
        self.edit, self.file, self.policy = edit, file, policy
        self.error: RewriteError | None = None
        self._sha256 = ""

    @property
    @abstractmethod
    def journalled(self) -> Content:
        """What the journal must tell of this file."""

    @property
    def pending(self) -> Content:
        """What a journal must go on telling after the block is done."""
        return Content((), ())

    @abstractmethod
    def prepare(self) -> None:
        """Read what must be known before the journal is written."""

    @abstractmethod
    def write(self) -> None:
        """Write the new headers."""

    @property
    def awaits_disk(self) -> bool:
        """Whether the file must be flushed before `confirm`."""
        return False

    @abstractmethod
    def confirm(self) -> None:
        """See to it that they stay."""

    def end(self, failures: Mapping[int, OSError]) -> None:
        """Confirm the new headers, where the disk took them: here is what it did not, by descriptor."""
        if self.file.fd in failures:
            raise failures[self.file.fd]
        self.confirm()

    def take(self, step: Callable[[], None], complaint: str) -> None:
        """Take a step; give the file up, and take back what was done to it, if it fails."""
        try:
            step()
        except RewriteError as exc:
            self.give_up(exc)
        except OSError as exc:
            self.give_up(RewriteError(self.edit.path, f"{complaint}: {exc.strerror or exc}"))

    def give_up(self, error: RewriteError) -> None:
        """Remember why the file is left as it was."""
        self.error = error

    def doubt(self, what: str, error: OSError) -> None:
        """Say that the file is written, but that this may not last."""
        if self.error is None:
            reason = f"is written, but {what}: {error.strerror or error}"
            self.error = UnconfirmedError(self.edit.path, reason)

    def close(self) -> None:
        """Close the file, which unlocks it."""
        try:
            os.close(self.file.fd)
        except OSError as exc:
            self.doubt("the disk did not confirm it", exc)

    @property
    def outcome(self) -> Committed | Refused:
        """What to tell the caller."""
        if self.error is not None:
            return Refused(self.edit, self.error)
        return Committed(self.edit, self.protocol, self._sha256)


class InPlaceWrite(Write):
    """A file whose headers keep their numbers of blocks."""

    protocol = Protocol.IN_PLACE

    def __init__(self, edit: Edit, file: OpenedFile, policy: RewritePolicy) -> None:
        super().__init__(edit, file, policy)
        self._undo = in_place.undo_for(file)
        self._may_be_mixed = False

    @property
    def journalled(self) -> Content:
        """The bytes that change."""
        return Content((self._undo,), ())

    @property
    def pending(self) -> Content:
        """The same, as long as some of them may be there and some not."""
        return self.journalled if self._may_be_mixed else super().pending

    def prepare(self) -> None:
        """Hash the data."""
        self._sha256 = in_place.hash_data(self.file, self.policy)

    def write(self) -> None:
        """Write the bytes that change."""
        self._may_be_mixed = True
        in_place.write(self.file, self._undo, self.policy)

    @property
    def awaits_disk(self) -> bool:
        """As the policy says."""
        return self.policy.syncs

    def confirm(self) -> None:
        """Hash the data again."""
        in_place.check_data(self.file, self._sha256, self.policy)
        self._may_be_mixed = False

    def give_up(self, error: RewriteError) -> None:
        """Put the old bytes back, if any were overwritten; only then is the file done with."""
        super().give_up(self._take_back(error) if self._may_be_mixed else error)

    def _take_back(self, error: RewriteError) -> RewriteError:
        try:
            in_place.take_back(self.file, self._undo, self.policy)
        except OSError as exc:
            waits = f"its old header waits for the next run to put it back ({exc.strerror})"
            return PendingError(self.edit.path, f"{error.reason}; {waits}")
        self._may_be_mixed = False
        return error


class Replacement(Write):
    """A file whose headers grow or shrink by blocks."""

    protocol = Protocol.REPLACED

    def __init__(self, edit: Edit, file: OpenedFile, policy: RewritePolicy, temporary: str) -> None:
        super().__init__(edit, file, policy)
        self._temporary = temporary
        self._temporary_path = os.path.join(os.path.dirname(file.location.real_path), temporary)

    @property
    def journalled(self) -> Content:
        """The name that must not stay behind."""
        return Content((), (self._temporary_path,))

    @property
    def pending(self) -> Content:
        """The same, where it did."""
        return self.journalled if os.path.lexists(self._temporary_path) else super().pending

    def prepare(self) -> None:
        """Read nothing: the data are hashed when they were copied."""

    def write(self) -> None:
        """Put the new file in the place of the old one."""
        self._sha256 = replace(self.file, self._temporary, self.policy)

    def confirm(self) -> None:
        """Wait until the name leads to the new file on disk."""
        try:
            flush_names(self.file.location.directory, self.policy.syncs)
        except OSError as exc:
            self.doubt("the disk did not confirm it", exc)
