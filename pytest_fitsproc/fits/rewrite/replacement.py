"""Protocol B, for headers that change their number of blocks: a new file takes the old one's place.

The old file is not written to, and never removed: ``rename`` puts the new one over it in one step.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from stat import S_IMODE

from pytest_fitsproc.fits.rewrite.digest import data_pieces, sha256_of_both
from pytest_fitsproc.fits.rewrite.disk import NEW_FILE, as_rewrite_error, flush, flush_names, pieces, write_at
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.guard import OpenedFile
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy

# What calls answer that the kernel, or the file system, does not do.
_NOT_SUPPORTED = frozenset({errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EXDEV})


def replace(file: OpenedFile, temporary: str, policy: RewritePolicy) -> str:
    """Put a file with the new headers in the place of `file`; return the SHA-256 of its other bytes.

    Owner, mode, access lists and extended attributes are kept. That the name leads to the new file is not
    on disk for sure until the directory is flushed.

    Parameters
    ----------
    temporary : name, in the directory of the file, under which the new one is built

    Raises
    ------
    RewriteError, OSError : the file is as it was
    """
    directory, name, _ = file.location
    fd = os.open(temporary, NEW_FILE, 0o600, dir_fd=directory)
    try:
        with os.fdopen(fd, "r+b", buffering=0):
            sha256 = _build(fd, file, policy)
        if not file.is_untouched:
            raise RewriteError(file.path, "has changed while it was rewritten, and was left as it is now")
        os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
            flush_names(directory, policy.syncs)
        raise
    return sha256


def _build(fd: int, file: OpenedFile, policy: RewritePolicy) -> str:
    """Make the new file, down to the disk; return the SHA-256 of what had to stay the same."""
    _reserve(fd, file.new_size)
    new_headers = _fill(fd, file)
    with as_rewrite_error(file.path, "its owner, mode or extended attributes can't be kept"):
        _copy_metadata(fd, file, policy)
    flush(fd, policy.syncs)
    if not policy.hashes_data:
        return ""
    old = data_pieces(file.fd, file.status.st_size, file.old_headers)
    sha256 = sha256_of_both(old, data_pieces(fd, file.new_size, new_headers))
    if sha256 is None:
        raise RewriteError(file.path, "its data came out different in the new file, which was thrown away")
    return sha256


def _reserve(fd: int, size: int) -> None:
    """Take the space on disk, so that a full one is told before anything is copied."""
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as exc:
        if exc.errno not in _NOT_SUPPORTED:
            raise


def _fill(fd: int, file: OpenedFile) -> list[tuple[int, int]]:
    """Write the new headers and copy all else; return offset and size of each new header."""
    source = target = 0
    placed = []
    for change, (offset, length) in zip(file.changes, file.old_headers, strict=True):
        target = _copy(file.fd, source, offset, fd, target)
        write_at(fd, change.new, target)
        placed.append((target, len(change.new)))
        source, target = offset + length, target + len(change.new)
    _copy(file.fd, source, file.status.st_size, fd, target)
    return placed


def _copy(source: int, start: int, stop: int, fd: int, target: int) -> int:
    """Copy the bytes from `start` to `stop`, exclusive, to `target`; return the offset after them there."""
    while start < stop and (count := _copy_in_kernel(source, start, stop, fd, target)):
        start, target = start + count, target + count
    for piece in pieces(source, start, stop):
        write_at(fd, piece, target)
        start, target = start + len(piece), target + len(piece)
    if start < stop:
        raise OSError(errno.EIO, f"the file has become {stop - start} bytes shorter")
    return target


def _copy_in_kernel(source: int, start: int, stop: int, fd: int, target: int) -> int:
    """Return how many bytes the kernel copied by itself; 0 where it does not do that."""
    try:
        return os.copy_file_range(source, fd, stop - start, start, target)
    except OSError as exc:
        if exc.errno not in _NOT_SUPPORTED:
            raise
        return 0


def _copy_metadata(fd: int, file: OpenedFile, policy: RewritePolicy) -> None:
    old, new = file.status, os.fstat(fd)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        os.fchown(fd, old.st_uid, old.st_gid)
    _copy_attributes(file.fd, fd)
    # Last: changing the owner clears bits of the mode, and an access list changes those of the group.
    os.fchmod(fd, S_IMODE(old.st_mode))
    if policy.keeps_mtime:
        os.utime(fd, ns=(old.st_atime_ns, old.st_mtime_ns))


def _copy_attributes(source: int, fd: int) -> None:
    """Give a file the extended attributes of another, access lists among them, and no others."""
    old, new = _attributes(source), _attributes(fd)
    for name in new.keys() - old.keys():
        os.removexattr(fd, name)
    for name, value in old.items() - new.items():
        os.setxattr(fd, name, value)


def _attributes(fd: int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(fd, name) for name in os.listxattr(fd)}
    except OSError as exc:
        if exc.errno not in _NOT_SUPPORTED:
            raise
        return {}
