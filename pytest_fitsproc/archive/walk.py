"""The walk over directories that finds the files of a pattern, in DaCHS' order."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Iterator

from pytest_fitsproc.archive.path_pattern import PathPattern

DANGLING = "a dangling link is left out"
DIRECTORY = "a directory is no source and left out"
SPECIAL = "what is no regular file is left out"
SEARCHED = "a link to a directory that is searched anyway is not followed"


#: Takes a remark and the path that it is about.
Note = Callable[[str, str], None]


def walk(pattern: PathPattern, note: Note) -> Iterator[tuple[str, list[str]]]:
    """Yield (directory, sorted names of files that match in it), as the walk comes to them.

    Directories come in the order of their paths as strings, as DaCHS sorts them. Each is listed once, and
    only one listing and the directories still to visit are held in memory. A name counts where it is a
    regular file or a link to one; what else matches is left out with a note. Links to directories are
    followed where a step of the pattern matches their name; a descent into any number of directories follows
    those that lead out of what it has searched so far, so that it ends, and no file is found twice by a link.

    Parameters
    ----------
    note : is told what is left out
    """
    return _Walk(pattern, note).run()


class _Walk:
    """One walk. The states of a directory are the indices of the steps that may come next in it."""

    def __init__(self, pattern: PathPattern, note: Note) -> None:
        self._steps = (*pattern.directories, pattern.name)
        self._frontier = _Frontier(pattern)
        self._searched = [os.path.realpath(pattern.start)]
        self._note = note

    def run(self) -> Iterator[tuple[str, list[str]]]:
        for directory, states in self._frontier:
            names = self._visit(directory, self._with_empty_descents(states))
            if names:
                names.sort()
                yield directory, names

    def _with_empty_descents(self, states: Iterable[int]) -> set[int]:
        """A descent may stay where it is: then the step after it comes next."""
        reached = set(states)
        for state, step in enumerate(self._steps):
            if state in reached and step.kind == "descend":
                reached.add(state + 1)
        return reached

    def _visit(self, directory: str, states: set[int]) -> list[str]:
        """Return the names of files that match here; the frontier gets the directories that lead on."""
        last = len(self._steps) - 1
        wild: list[int] = []
        for state in states - {last}:
            if self._steps[state].kind == "fixed":
                self._frontier.add(os.path.join(directory, self._steps[state].text), state + 1)
            else:
                wild.append(state)
        if not wild and last not in states:
            return []
        matches = self._steps[last].matches if last in states else _nothing
        try:
            with os.scandir(directory) as entries:
                return (
                    self._files_and_directories(entries, matches, wild)
                    if wild
                    else self._files(entries, matches)
                )
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self._note(f"a directory can't be listed ({error.strerror})", directory)
            return []

    def _files(self, entries: Iterable[os.DirEntry[str]], matches: Callable[[str], object]) -> list[str]:
        return [entry.name for entry in entries if matches(entry.name) and self._is_file(entry)]

    def _files_and_directories(
        self, entries: Iterable[os.DirEntry[str]], matches: Callable[[str], object], wild: list[int]
    ) -> list[str]:
        names = []
        for entry in entries:
            if matches(entry.name) and self._is_file(entry):
                names.append(entry.name)
            elif _is_directory(entry):
                self._enter(entry, wild)
        return names

    def _is_file(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry whose name matches is a file; what is none is noted."""
        if entry.is_file(follow_symlinks=False) or os.path.isfile(entry.path):
            return True
        self._note(_oddity(entry), entry.path)
        return False

    def _enter(self, entry: os.DirEntry[str], wild: list[int]) -> None:
        for state in wild:
            step = self._steps[state]
            if not step.matches(entry.name):
                continue
            if step.kind == "wild":
                self._frontier.add(entry.path, state + 1)
            elif not entry.is_symlink() or self._leads_out(entry.path):
                self._frontier.add(entry.path, state)

    def _leads_out(self, link: str) -> bool:
        """Whether a link leads to a directory that neither holds nor is held by what is searched so far."""
        target = os.path.realpath(link)
        if any(_holds(target, searched) or _holds(searched, target) for searched in self._searched):
            self._note(SEARCHED, link)
            return False
        self._searched.append(target)
        return True


class _Frontier:
    """Directories still to visit, in order, each with its states."""

    def __init__(self, pattern: PathPattern) -> None:
        # DaCHS sorts the paths of files where a pattern has no descent, and directories where it has.
        self._separator = "" if pattern.descends else "/"
        self._heap: list[tuple[str, str]] = []
        self._states: dict[str, set[int]] = {}
        self.add(pattern.start, 0)

    def add(self, directory: str, state: int) -> None:
        states = self._states.get(directory)
        if states is None:
            heapq.heappush(self._heap, (directory + self._separator, directory))
            states = self._states[directory] = set()
        states.add(state)

    def __iter__(self) -> Iterator[tuple[str, set[int]]]:
        while self._heap:
            _key, directory = heapq.heappop(self._heap)
            yield directory, self._states.pop(directory)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a directory or a link to one; a link that can't be followed is none."""
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and os.path.isdir(entry.path))


def _oddity(entry: os.DirEntry[str]) -> str:
    if _is_directory(entry):
        return DIRECTORY
    return DANGLING if entry.is_symlink() and not os.path.exists(entry.path) else SPECIAL


def _nothing(_name: str) -> bool:
    return False


def _holds(outer: str, inner: str) -> bool:
    return f"{inner}/".startswith(outer.rstrip("/") + "/")
