"""What a processor that is called by hand wants of a file is written as soon as it has run."""

from __future__ import annotations

from pytest_fitsproc.processing.headers.writing import WriteOptions, Writings, new_run_name
from pytest_fitsproc.processing.visit import Visit


class AtOnce:
    """Writes the headers that are proposed for files, one file after the other.

    Parameters
    ----------
    processor : name of who proposes them
    options : how files are written
    """

    def __init__(self, processor: str, options: WriteOptions) -> None:
        self._processor, self._writings = processor, Writings(options, new_run_name())

    def write(self, visit: Visit) -> None:
        """Write what is proposed for the file of a visit, which then reads it anew.

        Raises
        ------
        FitsprocError
            It can't be written; the file is as it was.
        """
        if not visit.proposals:
            return
        (error,) = self._writings.of(visit.source.dd.rd).write([visit.proposals], self._processor)
        visit.proposals.clear()
        visit.close()
        if error is not None:
            raise error
