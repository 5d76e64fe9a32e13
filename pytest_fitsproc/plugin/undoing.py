"""``--fitsproc-undo``: headers that a run changed are put back."""

from __future__ import annotations

from argparse import Namespace

import pytest

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.plugin.options import LAST
from pytest_fitsproc.plugin.recovery import put_right
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.headers.undo import NotUndone, Undone, undo
from pytest_fitsproc.processing.headers.writing import edit_log, rewrite_policy


def take_back(run: Run | None, option: Namespace) -> int:
    """Put back the headers of the run that the option names, in all archives given; print each file.

    Returns
    -------
    The exit status: 1 if any file could not be put back.

    Raises
    ------
    UsageError
        No archive is named, or its log knows no such run.
    """
    if run is None:
        raise pytest.UsageError("--fitsproc-undo needs to know where: add --fitsproc=ADDRESS")
    if option.collectonly:
        raise pytest.UsageError("--fitsproc-undo writes, and --collect-only must not: leave out one of them")
    for line in put_right(run, may_write=True):
        print(printable(f"fitsproc: {line}"))
    name = None if run.settings.undo == LAST else run.settings.undo
    results = []
    for rd in run.resource_descriptors:
        try:
            write = run.settings.write
            results += undo(edit_log(rd, write), rewrite_policy(rd, write), name)
        except FitsprocError as error:
            raise pytest.UsageError(str(error)) from error
    for result in results:
        print(printable(f"{result.path}: {_outcome(result)}"))
    done = sum(isinstance(result, Undone) for result in results)
    print(f"{done} files have their old headers, {len(results) - done} were left as they are")
    return int(done < len(results))


def _outcome(result: Undone | NotUndone) -> str:
    if isinstance(result, NotUndone):
        return f"NOT put back: {result.reason}"
    return "had its old header" if result.was_old else "put back"
