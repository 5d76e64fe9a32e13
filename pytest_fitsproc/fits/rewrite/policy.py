"""How files may be rewritten."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RewritePolicy:
    """Where may be written, and what is kept.

    Attributes
    ----------
    roots : directories; a file is written only if its real path, all links followed, is below one of them
    journals : directory for the journals of the writes under way; made when it is first needed. It need
        not be on the file system of the files, but must come back after a crash
    keeps_mtime : whether a rewritten file keeps its time of modification
    syncs : whether the disk is waited for. Without, a file is still old or new after the process was killed,
        but after a power cut it may be a mixture, or empty
    allows_hard_links : whether a file with several names is edited in place, which changes it under all of
        them. It is never replaced: that would leave the other names behind
    hashes_data : whether all bytes outside the edited headers are hashed before and after, and compared
    files_per_block : how many files share a journal and its two waits for the disk
    journals_beside : where other runs have their journals, relative to a directory above the files; "" where
        there are none but those of `journals`
    """

    roots: tuple[str, ...]
    journals: str
    keeps_mtime: bool = False
    syncs: bool = True
    allows_hard_links: bool = False
    hashes_data: bool = True
    files_per_block: int = 256
    journals_beside: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "roots", tuple(os.path.realpath(root) for root in self.roots))
        object.__setattr__(self, "journals", os.path.abspath(self.journals))
