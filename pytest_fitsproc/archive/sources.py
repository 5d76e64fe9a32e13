"""The input files of a data descriptor: ``<sources>``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Protocol

from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.archive.ignored_sources import Database, IgnoredSources
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.notices import Notices
from pytest_fitsproc.archive.path_pattern import PathPattern
from pytest_fitsproc.archive.walk import Note, walk

#: DaCHS' words for true, in lower case.
_TRUE = ("true", "yes", "t", "on", "enabled", "1")

TWICE = "a file that is found twice is taken once"
NO_FILE = "an item that is a URL is no file and left out"


class Listing(Protocol):
    """Absolute paths of files, listed anew by every iteration."""

    def __iter__(self) -> Iterator[str]: ...

    @property
    def notices(self) -> list[str]:
        """What the last iteration, as far as it came, has to say to the user; one line each."""
        ...

    @property
    def directories(self) -> list[str]:
        """The directories that are searched; files are there or below."""
        ...


class Sources:
    """The sources of a data descriptor, found while they are asked for.

    They come as DaCHS lists them: items, then what each pattern finds (directories sorted as strings, names
    sorted in each), then the file that the text names. Otherwise than in DaCHS

    - a file comes once, at its first place, although several patterns find it;
    - patterns find regular files and links to them, no directories and no dangling links (what an item or the
      text names comes always);
    - a relative item is relative to the resource directory;
    - blanks around a pattern don't count; neither do wildcards in the names of real directories;
    - a recursive search leaves out hidden directories with all below them, follows links to directories as
      deep as they go, and ends where they form loops;
    - a source that is not below the inputs directory is an error.

    Parameters
    ----------
    element : the ``<sources>`` element
    inputs, resdir : the inputs directory, and the directory that patterns are relative to
    database : answers the queries of an ignore list
    expand : expands the macros in such a query

    Raises
    ------
    DescriptorError
        There is no pattern, item or text, or one of them can't be used.
    """

    def __init__(
        self,
        element: Element,
        inputs: InputsDirectory,
        resdir: str,
        database: Database | None = None,
        expand: Callable[[Text], str] = lambda query: query.text,
    ) -> None:
        self._element, self._inputs, self._resdir = element, inputs, resdir
        self._database, self._expand = database, expand
        self._items = [Text(self._located(item), item.line) for item in self._given("item", "items")]
        self._searches = [(given, self._patterns(given)) for given in self._given("pattern", "patterns")]
        text = Text(element.text.strip(), element.line)
        self._file = self._located(text) if text.text else None
        self._ignored = IgnoredSources.from_sources(element)
        self._notices = Notices()
        if not (self._items or self._searches or self._file):
            raise element.error("<sources> needs a pattern")

    @property
    def notices(self) -> list[str]:
        """What the last iteration, as far as it came, has to say to the user; one line each."""
        return self._notices.lines()

    @property
    def directories(self) -> list[str]:
        """The directories that patterns start from; files are there or below."""
        return [pattern.start for _, patterns in self._searches for pattern in patterns]

    def __iter__(self) -> Iterator[str]:
        self._notices = Notices()
        ignored = self._ignored.predicate(self._inputs, self._resdir, self._database, self._expand)
        return self._list(ignored)

    def _list(self, ignored: Callable[[str], object] | None) -> Iterator[str]:
        seen: set[str] = set()
        for item in self._items:
            if "://" in item.text:
                self._note(NO_FILE, item.line, item.text)
            elif not (ignored and ignored(self._inputs.accref(item.text))):
                yield from self._once(item.text, seen)
        for index, (given, patterns) in enumerate(self._searches):
            yield from self._found(given, patterns, ignored, seen if self._needs_memory(index) else None)
        if self._file:
            yield from self._once(self._file, seen)

    def _found(
        self,
        given: Text,
        patterns: tuple[PathPattern, ...],
        ignored: Callable[[str], object] | None,
        seen: set[str] | None,
    ) -> Iterator[str]:
        """Yield what one pattern of the descriptor finds; `seen` is None where nothing else can find it."""
        any_found = any_left = False
        for pattern in patterns:
            for directory, names in walk(pattern, self._noting(given.line)):
                any_found = True
                if ignored:
                    prefix = self._inputs.accref(f"{directory}/{names[0]}")[: -len(names[0])]
                    names = [name for name in names if not ignored(prefix + name)]
                any_left = any_left or bool(names)
                if seen is None:
                    for name in names:
                        yield f"{directory}/{name}"
                else:
                    for name in names:
                        yield from self._once(f"{directory}/{name}", seen)
        if not any_left:
            self._note_nothing(given, patterns[0], any_found)

    def _note_nothing(self, given: Text, pattern: PathPattern, any_found: bool) -> None:
        if any_found:
            self._note(f"all that pattern {given.text!r} finds is ignored", given.line)
        elif os.path.isdir(pattern.start):
            self._note(f"pattern {given.text!r} matches nothing", given.line)
        else:
            self._note(
                f"pattern {given.text!r} matches nothing: there is no directory {pattern.start}", given.line
            )

    def _once(self, path: str, seen: set[str]) -> Iterator[str]:
        if path in seen:
            self._note(TWICE, self._element.line, self._inputs.accref(path))
        else:
            seen.add(path)
            yield path

    def _needs_memory(self, index: int) -> bool:
        """Whether what a pattern finds may be found by an item, by the text or by another pattern as well."""
        if self._items or self._file:
            return True
        own = self._searches[index][1]
        others = [
            pattern for other, (_, them) in enumerate(self._searches) if other != index for pattern in them
        ]
        return any(pattern.may_overlap(other) for pattern in own for other in others)

    def _given(self, *names: str) -> list[Text]:
        return [value for value in self._element.values(*names) if value.text]

    def _patterns(self, given: Text) -> tuple[PathPattern, ...]:
        try:
            pattern = PathPattern.from_text(given.text, self._resdir)
        except ValueError as error:
            raise self._element.error(str(error), given.line) from error
        self._require_inside(pattern.start, f"pattern {given.text!r}", given.line)
        recurse = (self._element.value("recurse") or "").lower() in _TRUE
        return pattern.recursive() if recurse else (pattern,)

    def _located(self, given: Text) -> str:
        """The absolute path of a file that is named, not searched; a URL stays as it is."""
        if "://" in given.text:
            return given.text
        path = os.path.abspath(os.path.join(self._resdir, given.text))
        self._require_inside(os.path.dirname(path), repr(given.text), given.line)
        return path

    def _require_inside(self, directory: str, what: str, line: int) -> None:
        if not self._inputs.contains(directory):
            reason = f"{what} leads to {directory}, out of the inputs directory {self._inputs.path}"
            raise self._element.error(reason, line)

    def _noting(self, line: int) -> Note:
        root = self._inputs.path
        return lambda remark, path: self._note(remark, line, os.path.relpath(path, root))

    def _note(self, remark: str, line: int, example: str = "") -> None:
        self._notices.add(f"{self._element.place}:{line}: {remark}", example)
