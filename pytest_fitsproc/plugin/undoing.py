"""``--fitsproc-undo``: headers that a run changed are put back."""

from __future__ import annotations

import os
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest

from pytest_fitsproc.archive.adhoc import AdHocDescriptor
from pytest_fitsproc.archive.fileid import file_label, printable
from pytest_fitsproc.archive.path_pattern import DESCEND
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.plugin.options import LAST
from pytest_fitsproc.plugin.recovery import only_shows, put_right
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.targets import Target
from pytest_fitsproc.processing.headers.logged_run import LoggedArchive, LoggedRun, find_run
from pytest_fitsproc.processing.headers.undo import NotChosen, NotUndone, Result, Undone, undo
from pytest_fitsproc.processing.headers.writing import edit_log, rewrite_policy


def take_back(run: Run | None, option: Namespace) -> int:
    """Put back the headers of the run that the option names, in all archives given; print each file.

    What runs that were killed have left is recovered before.

    Returns
    -------
    The exit status: 1 if any file could not be put back.

    Raises
    ------
    UsageError
        No archive is named; no log knows such a run, or one can't be read; it edited no file that is chosen.
    """
    if run is None:
        raise pytest.UsageError("--fitsproc-undo needs to know where: add --fitsproc=ADDRESS")
    _check_choice(run, option)
    for line in put_right(run, may_write=True):
        print(printable(f"fitsproc: {line}"))
    try:
        undone = find_run(_archives(run), None if run.settings.undo == LAST else run.settings.undo)
        for line in _parts(undone):
            print(printable(line))
        results = undo(undone)
    except FitsprocError as error:
        raise pytest.UsageError(str(error)) from error
    return _told(undone, results)


def _check_choice(run: Run, option: Namespace) -> None:
    """Raise a `UsageError` where more is asked for than whole files being put back."""
    if shows := only_shows(option):
        raise pytest.UsageError(f"--fitsproc-undo writes, and {shows} must not: leave out one of them")
    if option.keyword:
        raise pytest.UsageError("--fitsproc-undo knows no -k: choose files by --fitsproc-filter=TEXT")
    processors = {processor for target in run.targets for _, processor in target.chosen if processor}
    if processors:
        raise pytest.UsageError(
            "--fitsproc-undo puts back what all processors changed in a file:"
            f" leave ::{min(processors)} out of the address"
        )


def _archives(run: Run) -> list[LoggedArchive]:
    """One for each resource directory, with the files chosen of it."""
    targets: dict[str, list[Target]] = {}
    for target in run.targets:
        targets.setdefault(target.dd.rd.resdir, []).append(target)
    write, text = run.settings.write, run.settings.name_filter
    return [
        LoggedArchive(
            edit_log(some[0].dd.rd, write),
            rewrite_policy(some[0].dd.rd, write),
            _any_chooses([_choice(target, text) for target in some]),
        )
        for some in targets.values()
    ]


def _any_chooses(choices: Sequence[Callable[[str], bool]]) -> Callable[[str], bool]:
    return lambda path: any(chooses(path) for chooses in choices)


def _choice(target: Target, text: str) -> Callable[[str], bool]:
    """Return what tells by its path whether a file is chosen; one that is no more there may be as well."""
    inputs, resdir = target.dd.rd.inputs, target.dd.rd.resdir
    labels = {file for file, _ in target.chosen}
    listed = set(target.dd.sources) if _is_narrow(target) else None

    def chooses(path: str) -> bool:
        name = inputs.accref(path) if inputs.contains(path) else path
        is_labelled = not labels or None in labels or file_label(path, resdir) in labels
        return text in name and is_labelled and (listed is None or path in listed)

    return chooses


def _is_narrow(target: Target) -> bool:
    """Whether an address without a descriptor stands for some files of a directory only."""
    dd = target.dd
    return isinstance(dd, AdHocDescriptor) and (dd.pattern.directories, dd.pattern.name.text) != (
        (DESCEND,),
        "*",
    )


def _parts(undone: LoggedRun) -> Iterator[str]:
    """Yield a line for each of several archives."""
    for archive, noted in undone.parts.items() if len(undone.parts) > 1 else ():
        resdir = os.path.dirname(os.path.dirname(archive.log.path))
        if noted is None:
            yield f"{resdir}: had no part in the run {undone.name!r}, and is left alone"
        else:
            yield f"{resdir}: the run {undone.name!r} edited {noted.files} files"


def _told(undone: LoggedRun, results: Sequence[Result]) -> int:
    """Print what came of the files; return the exit status."""
    counts = Counter(type(result) for result in results)
    if counts[NotChosen] == len(results):
        raise pytest.UsageError(
            f"the run {undone.name!r} edited none of the files chosen: name it by --fitsproc-undo=RUN,"
            " or choose other files"
        )
    for result in results:
        if not isinstance(result, NotChosen):
            print(printable(f"{result.path}: {_outcome(result)}"))
    print(f"{counts[Undone]} files have their old headers, {counts[NotUndone]} were left as they are")
    if counts[NotChosen]:
        print(f"{counts[NotChosen]} other files of the run {undone.name!r} were not chosen")
    return int(counts[NotUndone] > 0)


def _outcome(result: Undone | NotUndone) -> str:
    if isinstance(result, NotUndone):
        return f"NOT put back: {result.reason}"
    return "had its old header" if result.was_old else "put back"
