"""What a writer asks for: a header of a file, before and after."""

from __future__ import annotations

import os
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_fitsproc.fits.rewrite import Edit


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


def edit_of(proposals: Sequence[Proposal]) -> Edit:
    """Return the edit that makes what is proposed for the headers of one file, one for each."""
    from pytest_fitsproc.fits.rewrite import Edit, HeaderChange

    in_order = sorted(proposals, key=attrgetter("hdu_index"))
    changes = tuple([HeaderChange(one.old, one.new, one.hdu_index) for one in in_order])
    return Edit(proposals[0].path, changes, proposals[0].seen)
