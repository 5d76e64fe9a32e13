"""A model of a disk that loses what it was not asked to keep: any of the pages and names not flushed yet.

The calls of the ``os`` module are recorded while they do their work. Then, for a power cut after any of them,
the files are put on disk as they may have been found: each page that was written since its file was last
flushed, each change of a directory since that was, and each growth of a file is there or not, in any
combination. A rename is there or not as a whole. That is less than any journalling file system promises.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PAGE = 4096
ALL_SUBSETS_UP_TO = 12
SAMPLES = 1000


@dataclass(frozen=True)
class Page:
    """Bytes written to one page of a file."""

    inode: int
    offset: int
    data: bytes

    @property
    def owner(self) -> int:
        """The inode whose flush makes it last."""
        return self.inode


@dataclass(frozen=True)
class Growth:
    """A new length of a file."""

    inode: int
    size: int

    @property
    def owner(self) -> int:
        """The inode whose flush makes it last."""
        return self.inode


@dataclass(frozen=True)
class Names:
    """New meanings of names in one directory, all or none; None for a name that went."""

    directory: int
    names: tuple[tuple[str, int | None], ...]

    @property
    def owner(self) -> int:
        """The inode whose flush makes it last."""
        return self.directory


Change = Page | Growth | Names


class Recorder:
    """The changes and flushes of a run, in order; a flush is the inode as a number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[Change | int] = []
        self._real = {
            name: getattr(os, name)
            for name in (
                "open",
                "pwrite",
                "copy_file_range",
                "posix_fallocate",
                "fsync",
                "rename",
                "unlink",
                "makedirs",
            )
        }
        for name in self._real:
            monkeypatch.setattr(os, name, getattr(self, f"_{name}"))

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        fd: int = self._real["open"](path, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT:
            self._name(path, dir_fd, os.fstat(fd).st_ino)
        return fd

    def _pwrite(self, fd: int, data: Any, offset: int) -> int:
        size = os.fstat(fd).st_size
        count: int = self._real["pwrite"](fd, data, offset)
        self._written(fd, size, bytes(data[:count]), offset)
        return count

    def _copy_file_range(self, source: int, fd: int, count: int, start: int, target: int) -> int:
        size = os.fstat(fd).st_size
        count = self._real["copy_file_range"](source, fd, count, start, target)
        self._written(fd, size, os.pread(fd, count, target), target)
        return count

    def _posix_fallocate(self, fd: int, offset: int, size: int) -> None:
        self._real["posix_fallocate"](fd, offset, size)
        self.events.append(Growth(os.fstat(fd).st_ino, offset + size))

    def _fsync(self, fd: int) -> None:
        self._real["fsync"](fd)
        self.events.append(os.fstat(fd).st_ino)

    def _rename(self, source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        inode = os.stat(source, dir_fd=src_dir_fd).st_ino
        self._real["rename"](source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        self.events.append(Names(os.fstat(src_dir_fd).st_ino, ((source, None), (target, inode))))

    def _unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._real["unlink"](path, dir_fd=dir_fd)
        self._name(path, dir_fd, None)

    def _makedirs(self, path: str, exist_ok: bool = False) -> None:
        self._real["makedirs"](path, exist_ok=exist_ok)
        self._name(path, None, os.stat(path).st_ino)

    def _written(self, fd: int, old_size: int, data: bytes, offset: int) -> None:
        inode = os.fstat(fd).st_ino
        if offset + len(data) > old_size:
            self.events.append(Growth(inode, offset + len(data)))
        while data:
            count = PAGE - offset % PAGE
            self.events.append(Page(inode, offset, data[:count]))
            data, offset = data[count:], offset + count

    def _name(self, path: Any, dir_fd: int | None, inode: int | None) -> None:
        directory = os.stat(os.path.dirname(path)).st_ino if dir_fd is None else os.fstat(dir_fd).st_ino
        self.events.append(Names(directory, ((os.path.basename(path), inode),)))


class Disk:
    """What is on disk: file contents and directory entries by inode; made from a folder as it is.

    Attributes
    ----------
    root : inode of the folder
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder.stat().st_ino
        self._files: dict[int, bytes] = {}
        self._directories: dict[int, dict[str, int]] = {}
        for path in [folder, *folder.rglob("*")]:
            inode = path.stat().st_ino
            if path.is_dir():
                self._directories[inode] = {child.name: child.stat().st_ino for child in path.iterdir()}
            else:
                self._files[inode] = path.read_bytes()

    def after(self, changes: list[Change]) -> tuple[dict[int, bytes], dict[int, dict[str, int]]]:
        """Return files and directories with some changes done."""
        files = dict(self._files)
        directories = {inode: dict(names) for inode, names in self._directories.items()}
        for change in changes:
            if isinstance(change, Names):
                entries = directories.setdefault(change.directory, {})
                for name, inode in change.names:
                    entries.pop(name, None)
                    entries.update({name: inode} if inode is not None else {})
            elif isinstance(change, Growth):
                files[change.inode] = files.get(change.inode, b"").ljust(change.size, b"\0")
            else:
                files[change.inode] = _with_page(files.get(change.inode, b""), change)
        return files, directories

    def tree_after(self, changes: list[Change]) -> frozenset[tuple[str, bytes]]:
        """Return path below the root → content, as a set, of the files that can be reached."""
        files, directories = self.after(changes)
        return frozenset(_reached(self.root, "", files, directories))


def _with_page(content: bytes, page: Page) -> bytes:
    """Write a page as far as the file reaches: beyond, its bytes are lost with its length."""
    stop = min(page.offset + len(page.data), len(content))
    if stop <= page.offset:
        return content
    return content[: page.offset] + page.data[: stop - page.offset] + content[stop:]


def _reached(
    inode: int, path: str, files: dict[int, bytes], directories: dict[int, dict[str, int]]
) -> Iterator[tuple[str, bytes]]:
    for name, child in directories.get(inode, {}).items():
        below = os.path.join(path, name)
        # A directory's inode that was made in the run has no entries before they are flushed.
        if child in directories:
            yield from _reached(child, below, files, directories)
        elif child in files:
            yield below, files[child]


def possible_trees(
    before: Disk, events: list[Change | int], choices: random.Random
) -> Iterator[frozenset[tuple[str, bytes]]]:
    """Yield what may be found after a power cut, for one after each event; some come more than once."""
    for stop in range(len(events) + 1):
        yield from _trees_at(before, events[:stop], choices)


def trees_at_end(
    before: Disk, events: list[Change | int], choices: random.Random
) -> Iterator[frozenset[tuple[str, bytes]]]:
    """Yield what may be found after a power cut when all is done."""
    return _trees_at(before, events, choices)


def _trees_at(
    before: Disk, events: list[Change | int], choices: random.Random
) -> Iterator[frozenset[tuple[str, bytes]]]:
    last_flush = {event: number for number, event in enumerate(events) if isinstance(event, int)}
    changes = [(number, event) for number, event in enumerate(events) if not isinstance(event, int)]
    is_loose = [number > last_flush.get(change.owner, -1) for number, change in changes]
    for kept in _subsets(sum(is_loose), choices):
        keep = iter(kept)
        yield before.tree_after(
            [change for (_, change), loose in zip(changes, is_loose, strict=True) if not loose or next(keep)]
        )


def _subsets(count: int, choices: random.Random) -> Iterator[tuple[bool, ...]]:
    """Yield which of `count` changes are kept: all combinations, or some at random of very many."""
    if count <= ALL_SUBSETS_UP_TO:
        yield from itertools.product((False, True), repeat=count)
        return
    yield (True,) * count
    yield (False,) * count
    for _ in range(SAMPLES):
        yield tuple(choices.random() < 0.5 for _ in range(count))
