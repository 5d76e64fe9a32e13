"""The only code that changes a source file: after a crash at any moment it is bit for bit old or new."""

from pytest_fitsproc.fits.rewrite.committing import commit
from pytest_fitsproc.fits.rewrite.edit import Edit, HeaderChange
from pytest_fitsproc.fits.rewrite.errors import PendingError, RewriteError, UnconfirmedError
from pytest_fitsproc.fits.rewrite.outcome import Committed, Protocol, Refused
from pytest_fitsproc.fits.rewrite.policy import RewritePolicy
from pytest_fitsproc.fits.rewrite.recovery import Recovered, State, Unrecovered, recover

__all__ = [
    "Committed",
    "Edit",
    "HeaderChange",
    "PendingError",
    "Protocol",
    "Recovered",
    "Refused",
    "RewriteError",
    "RewritePolicy",
    "State",
    "UnconfirmedError",
    "Unrecovered",
    "commit",
    "recover",
]
