"""What a curator's function makes of a file's header: one that it edited, or one that it returned."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeAlias

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.blocks import end_offset
from pytest_fitsproc.fits.content import GZIP_MAGIC, content_name
from pytest_fitsproc.processing.visit import PROVIDERS, Visit

if TYPE_CHECKING:
    from astropy.io.fits import Header

    from pytest_fitsproc.fitschan import FitsChan

Edited: TypeAlias = "Header | FitsChan"

Call: TypeAlias = Callable[[dict[str, object]], object]
"""Runs a curator's function with these values of ``header`` and ``fitschan``, and returns what it does."""

#: What a header processor may ask for to edit it.
EDITABLE = ("header", "fitschan")

_HEAD_SIZE = 512


class EditError(FitsprocError):
    """It is not clear which header a file shall have, or its header can't be edited."""


def edited_header(visit: Visit, hdu: int, asks: Collection[str], call: Call) -> Edited | None:
    """Run a function on a fresh header of a file, and return the header that it wants; None if there is none.

    Parameters
    ----------
    visit : of the file
    hdu : which header; 0 is the primary
    asks : which of ``header`` and ``fitschan`` the function asks for
    call : runs the function

    Raises
    ------
    EditError
        The function edits both, returns something else, or the file is compressed.
    Unavailable
        The header can't be read.
    """
    refuse_compressed(visit)
    given = {name: PROVIDERS[name](visit, hdu) for name in EDITABLE if name in asks}
    returned = call(given)
    if returned is None:
        return _that_was_edited(visit, hdu, list(given.values()))
    if is_header(returned) or is_chan(returned):
        return returned
    reason = f"the header processor returned {returned!r:.80}: return None, a header or a FitsChan"
    raise EditError(f"{visit.source}: {reason}")


def refuse_compressed(visit: Visit) -> None:
    """Refuse a file that is unpacked as it is read, since it is never packed again.

    Raises
    ------
    EditError
        The file is such a one.
    """
    if not visit.file.is_compressed:
        return
    with open(visit.file.path, "rb") as file:
        head = file.read(_HEAD_SIZE)
    tool = "gunzip" if head.startswith(GZIP_MAGIC) else "bunzip2"
    reason = f"is {content_name(head)}: its header can't be edited in place; {tool} it first"
    raise EditError(f"{visit.source} {reason}")


def is_header(value: object) -> bool:
    """Whether something is an astropy Header."""
    return _is_of(value, "astropy.io.fits", "Header")


def is_chan(value: object) -> bool:
    """Whether something is a FitsChan."""
    return _is_of(value, "pytest_fitsproc.fitschan", "FitsChan")


def _is_of(value: object, module: str, name: str) -> bool:
    """Whether something is of a class, which is not imported for that: what it made has imported it."""
    return module in sys.modules and isinstance(value, getattr(sys.modules[module], name))


def _that_was_edited(visit: Visit, hdu: int, given: Sequence[Edited]) -> Edited | None:
    """Return that of the things given to a function which it edited; the first where it edited none."""
    if len(given) < len(EDITABLE):
        return given[0] if given else None
    old = visit.header_bytes(hdu)
    edited = [one for one in given if _is_edited(one, old)]
    if len(edited) > 1:
        reason = "the header processor edited both its header and its fitschan: edit one of them"
        raise EditError(f"{visit.source}: {reason}")
    return edited[0] if edited else given[0]


def _is_edited(one: Edited, old: bytes) -> bool:
    if is_chan(one):
        return bool(one.to_bytes() != old)
    from pytest_fitsproc.fits.serialising import edited_cards

    return edited_cards(one, old) != old[: end_offset(old)]
