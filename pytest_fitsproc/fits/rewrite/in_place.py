"""Protocol A, for headers that keep their number of blocks: only the bytes that differ are written.

The old bytes are in a journal on disk before; a write that is cut off is taken back from there.
"""

from __future__ import annotations

import os

from pytest_fitsproc.fits.rewrite.digest import data_pieces, sha256
from pytest_fitsproc.fits.rewrite.disk import flush
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.rewrite.guard import OpenedFile
from pytest_fitsproc.fits.rewrite.journal import Undo
from pytest_fitsproc.fits.rewrite.patch import Patch
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy


def undo_for(file: OpenedFile) -> Undo:
    """Return what is to be written, and takes it back."""
    patches = [
        Patch.of(change, offset)
        for change, offset in zip(file.changes, file.offsets, strict=True)
        if change.is_needed
    ]
    return Undo(file.location.real_path, file.status.st_mtime_ns, tuple(patches))


def write(file: OpenedFile, undo: Undo, policy: RewritePolicy) -> None:
    """Write the new bytes, without waiting for the disk."""
    for patch in undo.patches:
        patch.write(file.fd)
    if policy.keeps_mtime:
        os.utime(file.fd, ns=(file.status.st_atime_ns, file.status.st_mtime_ns))


def hash_data(file: OpenedFile, policy: RewritePolicy) -> str:
    """Return the SHA-256, in hex, of all but the headers that are edited."""
    return sha256(data_pieces(file.fd, file.status.st_size, file.old_headers)) if policy.hashes_data else ""


def check_data(file: OpenedFile, hashed: str, policy: RewritePolicy) -> None:
    """Compare the data with what they were.

    Raises
    ------
    RewriteError : somebody who asked for no lock wrote to the file meanwhile
    """
    if hash_data(file, policy) != hashed:
        raise RewriteError(file.path, "its data were changed by another program while its header was written")


def take_back(file: OpenedFile, undo: Undo, policy: RewritePolicy) -> None:
    """Put the old bytes back, down to the disk."""
    undo.restore(file.fd)
    flush(file.fd, policy.syncs)
