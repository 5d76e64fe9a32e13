"""Proposals become files: noted in the log of edits, then committed through `fits.rewrite`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.headers.proposal import Proposal

if TYPE_CHECKING:
    from pytest_fitsproc.fits.rewrite import RewritePolicy
    from pytest_fitsproc.processing.headers.edit_log import EditLog


class Writing:
    """Writes the headers that processors want.

    Parameters
    ----------
    policy : where may be written, and what is kept
    log : where each edit is noted before it is made
    run : name of the run, as the log shows it
    """

    def __init__(self, policy: RewritePolicy, log: EditLog, run: str) -> None:
        self._policy, self._log, self._run = policy, log, run

    def write(self, proposals: Sequence[Sequence[Proposal]], processor: str) -> list[FitsprocError | None]:
        """Write the headers of many files, and return for each the reason why it was not written, if so.

        Parameters
        ----------
        proposals : of each file, one for each HDU
        processor : name of who proposes them
        """
        from pytest_fitsproc.fits.rewrite import Edit, HeaderChange, Refused, commit

        try:
            noted = self._log.note(self._run, processor, proposals)
        except FitsprocError as error:
            return [error for _ in proposals]
        edits = [
            Edit(
                file[0].path,
                tuple(HeaderChange(one.old, one.new, one.hdu_index) for one in sorted(file, key=_hdu_index)),
                file[0].seen,
            )
            for file in proposals
        ]
        errors = [
            result.error if isinstance(result, Refused) else None for result in commit(edits, self._policy)
        ]
        self._log.strike([number for number, error in zip(noted, errors, strict=True) if error is not None])
        return list(errors)


def _hdu_index(proposal: Proposal) -> int:
    return proposal.hdu_index
