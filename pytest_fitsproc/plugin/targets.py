"""Targets: data descriptors, with what is chosen of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pytest_fitsproc.archive.address import Resolution, resolve_address
from pytest_fitsproc.archive.adhoc import AdHocDescriptor
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.database import Database
from pytest_fitsproc.archive.fileid import file_label
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError, NotFoundError, OptionError
from pytest_fitsproc.plugin.settings import Settings


@dataclass
class Target:
    """A data descriptor, and the ids of a report that were pasted back for it.

    Attributes
    ----------
    chosen : pairs of a file's label and a processor's name, either may be None for all; empty for all
    paths : absolute paths of its files, once they are listed
    notices : what listing them had to say
    """

    dd: DataDescriptor
    chosen: set[tuple[str | None, str | None]] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def is_ad_hoc(self) -> bool:
        """Whether there is no resource descriptor behind it."""
        return isinstance(self.dd, AdHocDescriptor)

    def list_paths(self, name_filter: str) -> None:
        """List the files whose accref contains the text of the filter."""
        inputs = self.dd.rd.inputs
        self.paths = [
            path for path in self.dd.sources if not name_filter or name_filter in inputs.accref(path)
        ]
        self.notices = self.dd.sources.notices
        if name_filter and not self.paths:
            self.notices = [*self.notices, f"{self.dd.full_id}: no file's accref contains {name_filter!r}"]

    def sources(self) -> Iterator[Source]:
        """Yield the files that are chosen."""
        files = {file for file, _ in self.chosen}
        resdir = self.dd.rd.resdir
        for path in self.paths:
            if not files or None in files or file_label(path, resdir) in files:
                yield Source(path, self.dd)

    def chooses(self, file: str, processor: str) -> bool:
        """Whether an item is among those whose ids were given."""
        return not self.chosen or any(
            (chosen_file in (None, file)) and (chosen_processor in (None, processor))
            for chosen_file, chosen_processor in self.chosen
        )

    def note_missing(self, found: Iterable[tuple[str, str]]) -> None:
        """Say which of the given ids are those of no item; `found` are labels and processors of all."""
        pairs = set(found) if self.chosen else set()
        there = pairs | {(file, None) for file, _ in pairs} | {(None, processor) for _, processor in pairs}
        self.notices += [
            f"nothing is called {'::'.join([self.dd.full_id, *filter(None, choice)])}"
            " (the paths of the processors are to be named as well)"
            for choice in self.chosen - there
        ]


def find_targets(
    settings: Settings, inputs: InputsDirectory, rootdir: Path, cwd: Path, database: Database | None
) -> tuple[list[Target], list[str]]:
    """Return what the addresses mean, each data descriptor once, and what the user should know about them.

    Raises
    ------
    FitsprocError
        An address means nothing, or a descriptor can't be used.
    """
    targets: dict[str, Target] = {}
    notices: list[str] = []
    resolve = partial(resolve_address, server_url=settings.server_url, database=database)
    for text in settings.addresses:
        if not text:
            raise OptionError("--fitsproc needs an address: a data descriptor, a directory, a glob, an id")
        resolution = _resolve(text, inputs, rootdir, cwd, resolve)
        notices += resolution.notices
        notices += [_own_inputs(dd) for dd in resolution.dds if dd.rd.inputs.path != inputs.path]
        for dd in resolution.dds:
            target = targets.setdefault(dd.full_id, Target(dd))
            target.chosen.add((resolution.address.file, resolution.address.processor))
    for target in targets.values():
        if (None, None) in target.chosen:
            target.chosen.clear()
    return list(targets.values()), notices


def _resolve(
    text: str, inputs: InputsDirectory, rootdir: Path, cwd: Path, resolve: Callable[..., Resolution]
) -> Resolution:
    try:
        found = resolve(text, inputs, cwd)
        if cwd != rootdir and isinstance(found.dds[0], AdHocDescriptor):
            return resolve(_seen_from(rootdir, cwd, text), inputs, rootdir)
        return found
    except NotFoundError:
        # pytest shows ids relative to the current directory, as if they were paths below rootdir.
        below_rootdir = os.path.relpath(cwd / text, rootdir)
        if below_rootdir == text:
            raise
        try:
            return resolve(below_rootdir, inputs, rootdir)
        except FitsprocError:
            pass
        raise


def _own_inputs(dd: DataDescriptor) -> str:
    return f"{dd.full_id} is not below the inputs directory; its accrefs are relative to {dd.rd.inputs.path}"


def _seen_from(rootdir: Path, cwd: Path, text: str) -> str:
    """An address of a directory as ids begin: below rootdir relative to it, else absolute."""
    target, mark, rest = text.partition("::")
    path = Path(os.path.abspath(cwd / target))
    seen = str(path.relative_to(rootdir) if path.is_relative_to(rootdir) else path)
    # The slash says that no resource descriptor is meant.
    return seen + ("/" if path.is_dir() else "") + mark + rest
