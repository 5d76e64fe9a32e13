"""Files are opened for writing here, and nowhere else: what may not be written is refused."""

from __future__ import annotations

import os
from stat import S_ISREG, S_IWUSR
from typing import NamedTuple

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.content import GZIP_MAGIC, content_name, is_compressed
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.rewrite.directories import Location, OpenDirectories
from pytest_fitsproc.fits.rewrite.disk import as_rewrite_error, close_quietly, read_at
from pytest_fitsproc.fits.rewrite.edit import Edit, HeaderChange, check_edit
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.lock import try_lock
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy

# Without O_NONBLOCK, a pipe put in the file's place would be waited for.
_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_CHANGED = "has changed since it was read; nothing is written, process it again"


class OpenedFile(NamedTuple):
    """A file open for writing, and locked.

    Attributes
    ----------
    path : as the caller named it
    location : where it is, with all links followed
    fd : its own descriptor
    status : when it was opened
    changes : the headers to write
    offsets : where the headers to write are now, in bytes
    """

    path: str
    location: Location
    fd: int
    status: os.stat_result
    changes: tuple[HeaderChange, ...] = ()
    offsets: tuple[int, ...] = ()

    @property
    def old_headers(self) -> list[tuple[int, int]]:
        """Offset and size of each header that is edited, as the file is."""
        return [(offset, len(change.old)) for change, offset in zip(self.changes, self.offsets, strict=True)]

    @property
    def new_size(self) -> int:
        """Of the file with its new headers, in bytes."""
        return self.status.st_size + sum(len(change.new) - len(change.old) for change in self.changes)

    @property
    def is_in_place(self) -> bool:
        """Whether its name still leads to the file that is open."""
        return os.path.samestat(_status(self.location), self.status)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has written to it or replaced it since it was opened."""
        return self.is_in_place and _stamp(os.fstat(self.fd)) == _stamp(self.status)


def open_for_edit(edit: Edit, policy: RewritePolicy, directories: OpenDirectories) -> OpenedFile:
    """Return the file of an edit, opened and locked, its headers found.

    Raises
    ------
    RewriteError
        The file may not be written, is being written, or is not what it was when its headers were read.
    """
    check_edit(edit)
    file = open_locked(edit.path, directories)
    try:
        _check_owner(file)
        _check_names(file, edit, policy)
        if edit.seen is not None and _stamp(edit.seen) != _stamp(file.status):
            raise RewriteError(edit.path, _CHANGED)
        return file._replace(changes=edit.changes, offsets=_header_offsets(file, edit))
    except BaseException:
        close_quietly(file.fd)
        raise


def open_locked(path: str, directories: OpenDirectories) -> OpenedFile:
    """Return a regular file below the roots, opened for writing and locked against other writers."""
    with as_rewrite_error(path, "can't be opened for writing"):
        location = directories.locate(path)
        present = _status(location)
        if not S_ISREG(present.st_mode):
            raise RewriteError(path, "is no regular file")
        if not present.st_mode & S_IWUSR:
            raise RewriteError(path, "is read-only; chmod u+w it to have it written")
        fd = os.open(location.name, _FLAGS, dir_fd=location.directory)
        try:
            if not try_lock(fd):
                raise RewriteError(path, "is locked: another process is writing it")
            file = OpenedFile(path, location, fd, os.fstat(fd))
            if not file.is_in_place:
                raise RewriteError(path, _CHANGED)
        except BaseException:
            close_quietly(fd)
            raise
    return file


def _status(location: Location) -> os.stat_result:
    return os.stat(location.name, dir_fd=location.directory, follow_symlinks=False)


def _check_owner(file: OpenedFile) -> None:
    caller = os.geteuid()
    if caller not in (0, file.status.st_uid):
        raise RewriteError(
            file.path, f"belongs to user {file.status.st_uid}, who alone may have it rewritten"
        )


def _check_names(file: OpenedFile, edit: Edit, policy: RewritePolicy) -> None:
    names = file.status.st_nlink
    if names > 1 and not policy.allows_hard_links:
        raise RewriteError(file.path, f"is a hard link, one of {names} names of the same file")
    if names > 1 and not edit.keeps_sizes:
        reason = f"is one of {names} names of the same file, and can't grow without leaving the others behind"
        raise RewriteError(file.path, reason)


def _header_offsets(file: OpenedFile, edit: Edit) -> tuple[int, ...]:
    """Return where the headers are, which must read as they did before."""
    with as_rewrite_error(file.path, "can't be read"):
        offsets = _offsets_of_hdus(file, edit)
        for change, offset in zip(edit.changes, offsets, strict=True):
            if read_at(file.fd, len(change.old), offset) != change.old:
                raise RewriteError(file.path, _otherness(file))
    return offsets


def _offsets_of_hdus(file: OpenedFile, edit: Edit) -> tuple[int, ...]:
    if edit.changes[-1].hdu_index == 0:
        return (0,)
    with FitsFile(file.location.real_path) as fits_file:
        # Only hints: the bytes there are compared with the old header, through our own descriptor.
        try:
            offsets = {hdu.hdu_index: hdu.offset for hdu in fits_file.hdus()}
            return tuple(offsets[change.hdu_index] for change in edit.changes)
        except (FitsprocError, LookupError) as exc:
            raise RewriteError(file.path, _otherness(file)) from exc


def _otherness(file: OpenedFile) -> str:
    """Say why the headers are not where they were."""
    head = read_at(file.fd, 512, 0)
    if not is_compressed(head):
        return _CHANGED
    tool = "gunzip" if head.startswith(GZIP_MAGIC) else "bunzip2"
    return f"is {content_name(head)}: its header can't be edited in place; {tool} it first"


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
