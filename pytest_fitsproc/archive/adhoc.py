"""Data descriptors that nobody wrote: the FITS files below a directory, or of a shell pattern."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.notices import Notices
from pytest_fitsproc.archive.path_pattern import DESCEND, PathPattern, Step
from pytest_fitsproc.archive.walk import walk
from pytest_fitsproc.errors import OptionError

#: ``.fits .fit .fts``, each with ``.gz`` or ``.fz`` or neither, in any case.
_is_fits_name = re.compile(r"(?!\.).*\.(fits|fit|fts)(\.gz|\.fz)?\Z", re.IGNORECASE | re.DOTALL).match


class FitsFiles:
    """Absolute paths of the FITS files that a pattern finds, listed anew by every iteration.

    Parameters
    ----------
    pattern : where to look
    shown_from : the directory that paths in notices are relative to
    """

    def __init__(self, pattern: PathPattern, shown_from: str) -> None:
        self._pattern, self._shown_from = pattern, shown_from
        self._notices = Notices()

    @property
    def notices(self) -> list[str]:
        """What the last iteration, as far as it came, has to say to the user; one line each."""
        return self._notices.lines()

    @property
    def directories(self) -> list[str]:
        """The directory that the pattern starts from; files are there or below."""
        return [self._pattern.start]

    def __iter__(self) -> Iterator[str]:
        self._notices = Notices()
        return self._list()

    def _list(self) -> Iterator[str]:
        any_found = False
        for directory, names in walk(self._pattern, self._note):
            any_found = True
            for name in names:
                yield f"{directory}/{name}"
        if not any_found:
            self._notices.add(
                f"{self._pattern.text}: no FITS files (.fits .fit .fts, with .gz or .fz) are there"
            )

    def _note(self, remark: str, path: str) -> None:
        self._notices.add(f"{self._pattern.text}: {remark}", os.path.relpath(path, self._shown_from))


@dataclass(frozen=True, eq=False, repr=False)
class AdHocDescriptor(DataDescriptor):
    """A data descriptor for files of which no resource descriptor tells; ``id`` is what the user typed.

    Attributes
    ----------
    pattern : finds the files
    is_elsewhere : whether they are not below the run's inputs directory, and have one of their own
    """

    pattern: PathPattern
    is_elsewhere: bool = False

    @property
    def full_id(self) -> str:
        """What the user typed, as ids of pytest items begin with it."""
        return escape(self.id)

    @property
    def has_sources(self) -> bool:
        """Always true."""
        return True

    @cached_property
    def sources(self) -> FitsFiles:
        """Absolute paths of the files; iterating lists the directories anew."""
        return FitsFiles(self.pattern, self.rd.resdir)


def ad_hoc_descriptor(text: str, inputs: InputsDirectory, cwd: Path) -> AdHocDescriptor | None:
    """Return a data descriptor of the files that a directory, a shell pattern or a file name stands for.

    Of what is below a directory or matches a pattern those files count whose names end in ``.fits``, ``.fit``
    or ``.fts``, in any case and with ``.gz`` or ``.fz`` after it; a single file counts whatever it is called.
    ``**`` in a pattern means any number of directories. The resource directory is the directory, or that part
    of the pattern before its first wildcard. Where it is not below the inputs directory, it takes its place.

    Raises
    ------
    OptionError
        The pattern names no files, or goes up after a wildcard.

    Returns
    -------
    None where there is no such directory or file, and no wildcard in the text
    """
    pattern = _pattern(text, cwd)
    if pattern is None:
        return None
    resdir = pattern.start
    is_elsewhere = not inputs.contains(resdir)
    if is_elsewhere:
        inputs = InputsDirectory(Path(resdir), "the directory given", inputs.configuration)
    typed = text.rstrip("/") or "/"
    root = Element("resource", {}, (), "", typed, 0)
    rd = ResourceDescriptor(typed, Path(resdir), resdir, "", inputs, root)
    data = Element("data", {"id": typed}, (), "", typed, 0)
    return AdHocDescriptor(typed, rd, data, pattern, is_elsewhere)


def _pattern(text: str, cwd: Path) -> PathPattern | None:
    path = os.path.normpath(cwd / text)
    if os.path.isdir(path):
        return PathPattern(text, path, (DESCEND,), Step("wild", "*", _is_fits_name))
    directory, name = os.path.split(path)
    if os.path.isfile(path):
        return PathPattern(text, directory, (), Step("fixed", name, name.__eq__))
    if not re.search(r"[*?[]", text):
        return None
    try:
        pattern = PathPattern.from_text(text, str(cwd), stars_descend=True)
    except ValueError as error:
        raise OptionError(f"--fitsproc={text}: {error}") from error
    matches = pattern.name.matches
    name_step = Step("wild", pattern.name.text, lambda name: _is_fits_name(name) and matches(name))
    return replace(pattern, name=name_step)
