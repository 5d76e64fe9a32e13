"""An immediate header processor on one file: the header that it edits is proposed at once."""

from __future__ import annotations

from collections.abc import Collection

from pytest_fitsproc.processing.headers.edited import Call, EditError, edited_header, is_chan
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.visit import Visit


def run_immediate(
    visit: Visit, rules: HeaderRules, switches: HeaderSwitches, asks: Collection[str], call: Call
) -> None:
    """Propose to a visit the header that a function makes of the present one, if it differs.

    Nothing is called where the rules say that the file is processed, unless it is to be reprocessed.

    Parameters
    ----------
    visit : of the file
    rules, switches : of the processor, and of the run
    asks : which of ``header`` and ``fitschan`` the function asks for
    call : runs the function

    Raises
    ------
    EditError
        It is not clear what shall be written, or the file is compressed.
    Unavailable
        The header can't be read.
    """
    if not switches.reprocess and is_processed(visit, rules):
        return
    edited = edited_header(visit, rules.hdu, asks, call)
    if edited is None:
        reason = "the header processor asks for neither header nor fitschan, and returned none either"
        raise EditError(f"{visit.source}: {reason}")
    propose = visit.propose_chan if is_chan(edited) else visit.propose_header
    propose(edited, rules.hdu)


def is_processed(visit: Visit, rules: HeaderRules) -> bool:
    """Whether the rules say of the present header of a file that nothing is left to do."""
    return rules.is_processed is not None and bool(rules.is_processed(visit.header(rules.hdu)))
