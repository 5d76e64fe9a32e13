"""What is asked of a rewrite: the headers of one file, before and after."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, END_CARD, MAX_HEADER_SIZE, end_offset, padded
from pytest_fitsproc.fits.rewrite.errors import RewriteError
from pytest_fitsproc.fits.structure import Structure, read_structure


@dataclass(frozen=True)
class HeaderChange:
    """One header and what it shall become.

    Attributes
    ----------
    old : the header as it was read: whole blocks, with END and the padding after it
    new : the header to write, in the same form
    hdu_index : 0 is the primary
    """

    old: bytes
    new: bytes
    hdu_index: int = 0

    @property
    def is_needed(self) -> bool:
        """Whether the two headers differ."""
        return self.old != self.new

    @property
    def keeps_size(self) -> bool:
        """Whether they have the same number of blocks."""
        return len(self.old) == len(self.new)

    @cached_property
    def old_sha256(self) -> bytes:
        """SHA-256 of the old header, 32 bytes."""
        return hashlib.sha256(self.old).digest()

    @cached_property
    def span(self) -> slice:
        """From the first byte that changes to the last, of two headers of one size that differ."""
        start = _common_start(self.old, self.new)
        return slice(start, _end_of_difference(self.old, self.new, start))


@dataclass(frozen=True, slots=True)
class Edit:
    """The headers of one file that change together: after a crash all of them are old or all are new.

    Attributes
    ----------
    path : of the file; the changes are written to the file it leads to, links followed
    changes : at most one for each HDU, in order of the HDUs
    seen : status of the file when its headers were read; where it is given, the file must not have changed
        since
    """

    path: str
    changes: tuple[HeaderChange, ...]
    seen: os.stat_result | None = None

    @property
    def is_needed(self) -> bool:
        """Whether any header differs from what it was."""
        return any(change.is_needed for change in self.changes)

    @property
    def keeps_sizes(self) -> bool:
        """Whether every header keeps its number of blocks, so that the file can be edited in place."""
        return all(change.keeps_size for change in self.changes)


def check_edit(edit: Edit) -> None:
    """Refuse new headers that would make a damaged file of a sound one.

    Raises
    ------
    RewriteError
        A header is not whole blocks that end with END, or describes other data than the old one does.
    """
    indices = [change.hdu_index for change in edit.changes]
    if indices != sorted(set(indices)):
        raise RewriteError(edit.path, f"the changes name the HDUs {indices}, not each once and in order")
    for change in edit.changes:
        for raw, name in ((change.old, "old"), (change.new, "new")):
            fault = _layout_fault(raw)
            if fault:
                raise RewriteError(edit.path, f"HDU {change.hdu_index}: the {name} header {fault}")
        _check_content(edit.path, change)


def _layout_fault(raw: bytes) -> str:
    """Say what keeps bytes from being a header in whole blocks; nothing is ""."""
    if not raw or len(raw) % BLOCK_SIZE:
        return f"has {len(raw)} bytes, not whole blocks of {BLOCK_SIZE}"
    if len(raw) > MAX_HEADER_SIZE:
        return f"has {len(raw) // CARD_SIZE} cards, more than {MAX_HEADER_SIZE // CARD_SIZE}"
    end = end_offset(raw)
    if end < 0:
        return "has no END card"
    if padded(end + CARD_SIZE) != len(raw):
        return f"goes on for {len(raw) - end - CARD_SIZE} bytes after its END card"
    return ""


def _check_content(path: str, change: HeaderChange) -> None:
    index, old, new = change.hdu_index, change.old, change.new
    if new[:8] != old[:8]:
        keyword = old[:8].decode("latin-1").rstrip()
        raise RewriteError(path, f"HDU {index}: the first card of the new header is not {keyword}")
    if new[end_offset(new) + len(END_CARD) :].strip(b" "):
        raise RewriteError(path, f"HDU {index}: the new header has more than blanks after END")
    try:
        structure = read_structure(new, path=path, hdu_index=index)
    except FitsFormatError as exc:
        raise RewriteError(path, f"HDU {index}: the new header {exc.reason}; nothing is written") from exc
    before = _structure_or_none(old, index)
    if before is not None and before.data_size != structure.data_size:
        sizes = f"{structure.data_size} bytes of data, the file has {before.data_size}"
        raise RewriteError(path, f"HDU {index}: the new header describes {sizes}; nothing is written")


def _structure_or_none(header: bytes, hdu_index: int) -> Structure | None:
    """Return None for a header whose structure can't be read: an edit may be what repairs it."""
    try:
        return read_structure(header, hdu_index=hdu_index)
    except FitsFormatError:
        return None


def _common_start(old: bytes, new: bytes) -> int:
    """Return how many bytes two headers of one size begin with in common."""
    # By halves, which leaves the comparing to memcmp.
    low, high = 0, len(old)
    while low < high:
        middle = (low + high + 1) // 2
        if old.startswith(new[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return low


def _end_of_difference(old: bytes, new: bytes, start: int) -> int:
    """Return after which byte two headers that differ from `start` on are the same again."""
    low, high = start, len(old)
    while low < high:
        middle = (low + high) // 2
        if old.startswith(new[middle:high], middle):
            high = middle
        else:
            low = middle + 1
    return high
