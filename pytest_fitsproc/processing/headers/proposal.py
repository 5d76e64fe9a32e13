"""What a writer asks for: a header of a file, before and after."""

from __future__ import annotations

import os
from typing import NamedTuple


class Proposal(NamedTuple):
    """A header that is to be written.

    Attributes
    ----------
    path : of the file
    hdu_index : 0 is the primary
    old, new : the header before and after, in whole blocks
    seen : status of the file when its header was read
    """

    path: str
    hdu_index: int
    old: bytes
    new: bytes
    seen: os.stat_result
