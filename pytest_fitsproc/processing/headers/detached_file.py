"""The file of a detached header: header blocks without data, beside the source."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile, ForeignContentError, MissingEndError

if TYPE_CHECKING:
    from pytest_fitsproc.fits.rewrite import RewritePolicy

_TEMPORARY = ".{}.fitsproc-new"
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o666

_COMPUTE_ANEW = "move it away, and compute it anew"
_FOREIGN = "it is no detached header: move it away, or choose another extension"


class DetachedHeaderError(FitsprocError):
    """A detached header can't be written, or is there and can't be used.

    Attributes
    ----------
    path : of the detached header
    reason : what is wrong, without the path
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


def read_detached(path: str) -> bytes | None:
    """Return a detached header in whole blocks, None where there is no file of that name.

    Raises
    ------
    DetachedHeaderError
        It is damaged, or is no header alone.
    """
    if not os.path.lexists(path):
        return None
    with FitsFile(path) as file:
        try:
            header, size = file.header_bytes(), file.content_size
        except FitsFormatError as error:
            reason = f"the detached header is damaged: {error.reason}; {_COMPUTE_ANEW}"
            raise DetachedHeaderError(path, reason) from error
        except FileAccessError as error:
            raise DetachedHeaderError(path, f"the detached header can't be used: {error.reason}") from error
    if size != len(header):
        raise DetachedHeaderError(path, f"{size - len(header)} bytes follow its header; {_FOREIGN}")
    return header


def write_detached(path: str, header: bytes, policy: RewritePolicy) -> None:
    """Write a detached header; whenever the process is killed, the file is the old one or the new one.

    Parameters
    ----------
    path : of the detached header; where it is a link, the file that it leads to is replaced
    header : whole blocks
    policy : where files may be written, and whether the disk is waited for

    Raises
    ------
    DetachedHeaderError
        It lies outside the roots, can't be written, or another kind of file has its name; what was there is
        as it was.
    """
    from pytest_fitsproc.fits.rewrite.directories import OpenDirectories
    from pytest_fitsproc.fits.rewrite.errors import RewriteError

    _refuse_foreign(path)
    try:
        with OpenDirectories(policy.roots) as directories:
            directory, name, _ = directories.locate(path)
            _replace(directory, name, header, policy.syncs)
    except RewriteError as error:
        raise DetachedHeaderError(path, error.reason) from error
    except OSError as error:
        raise DetachedHeaderError(path, f"can't be written: {error.strerror or error}") from error


def _refuse_foreign(path: str) -> None:
    """Refuse to replace a file that is anything but a detached header, whole or broken off."""
    try:
        read_detached(path)
    except DetachedHeaderError as error:
        cause = error.__cause__
        if isinstance(cause, MissingEndError):
            return
        if not isinstance(cause, ForeignContentError):
            raise
        if os.path.getsize(path):
            raise DetachedHeaderError(path, f"{cause.reason}; {_FOREIGN}") from error


def _replace(directory: int, name: str, header: bytes, syncs: bool) -> None:
    """Write a file under a name of its own, and give it its name when it is whole."""
    from pytest_fitsproc.fits.rewrite.disk import close_quietly, flush, flush_names, write_at

    temporary = _TEMPORARY.format(name)
    fd = _opened(directory, temporary)
    try:
        os.ftruncate(fd, 0)
        write_at(fd, header, 0)
        _keep_mode(fd, directory, name)
        flush(fd, syncs)
        os.replace(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        os.unlink(temporary, dir_fd=directory)
        raise
    finally:
        close_quietly(fd)
    flush_names(directory, syncs)


def _opened(directory: int, temporary: str) -> int:
    """Open the temporary file, that of a killed run where there is one, and lock it."""
    from pytest_fitsproc.fits.rewrite.disk import close_quietly
    from pytest_fitsproc.fits.rewrite.lock import try_lock

    fd = os.open(temporary, _FLAGS, _MODE, dir_fd=directory)
    try:
        if try_lock(fd) and os.path.samestat(os.fstat(fd), os.stat(temporary, dir_fd=directory)):
            return fd
    except FileNotFoundError:
        pass
    except BaseException:
        close_quietly(fd)
        raise
    close_quietly(fd)
    raise BlockingIOError(None, "another process is writing it")


def _keep_mode(fd: int, directory: int, name: str) -> None:
    """Give a new file the mode of the one that it replaces."""
    try:
        os.fchmod(fd, os.stat(name, dir_fd=directory).st_mode & 0o7777)
    except FileNotFoundError:
        return
