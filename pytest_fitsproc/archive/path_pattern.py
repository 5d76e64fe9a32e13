"""Shell patterns for paths, taken apart so that a walk over directories can follow them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import translate
from typing import Literal

_MAGIC = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Step:
    """What one component of a path may be.

    Attributes
    ----------
    kind : a fixed name, a name with wildcards, or any number of directories
    text : the component as written
    matches : whether a name fits; names with a leading dot fit only what is written with one
    """

    kind: Literal["fixed", "wild", "descend"]
    text: str
    matches: Callable[[str], object]

    @classmethod
    def from_text(cls, text: str) -> Step:
        """Return the step for one component of a shell pattern (``*``, ``?``, ``[…]``)."""
        if not _MAGIC.search(text):
            return cls("fixed", text, text.__eq__)
        hidden = "" if text.startswith(".") else r"(?!\.)"
        return cls("wild", text, re.compile(hidden + translate(text)).match)


#: Any number of directories, none of them hidden.
DESCEND = Step("descend", "**", re.compile(r"(?!\.)").match)


@dataclass(frozen=True)
class PathPattern:
    """A shell pattern as a start and steps from there.

    Attributes
    ----------
    text : the pattern as the user wrote it
    start : absolute, normalised directory: all of the pattern before its first wildcard
    directories : the steps from there to directories with files
    name : the step for the file's own name
    """

    text: str
    start: str
    directories: tuple[Step, ...]
    name: Step

    @classmethod
    def from_text(cls, text: str, base: str, *, stars_descend: bool = False) -> PathPattern:
        """Return the pattern below the directory `base`; an absolute pattern stands for itself.

        Parameters
        ----------
        stars_descend : whether ``**`` means any number of directories; in DaCHS it is the same as ``*``

        Raises
        ------
        ValueError
            The pattern names no file, or goes up after a wildcard.
        """
        directory, name = os.path.split(text)
        if name in ("", ".", ".."):
            raise ValueError(f"pattern {text!r} names a directory, no files in it")
        parts = [part for part in directory.split("/") if part not in ("", ".")]
        wild = next((index for index, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
        if ".." in parts[wild:]:
            raise ValueError(f"pattern {text!r} goes up (..) after a wildcard")
        steps = (DESCEND if stars_descend and part == "**" else Step.from_text(part) for part in parts[wild:])
        fixed = "/".join(parts[:wild])
        start = os.path.normpath(os.path.join("/" if text.startswith("/") else base, fixed))
        return cls(text, start, tuple(steps), Step.from_text(name))

    @property
    def descends(self) -> bool:
        """Whether the pattern reaches into any number of directories."""
        return DESCEND in self.directories

    def recursive(self) -> tuple[PathPattern, ...]:
        """Return the patterns that also find files in all directories below, in the order DaCHS lists them.

        Where the directories have wildcards, DaCHS lists what they match before it descends.
        """
        if not self.directories:
            return (self._with_directories(DESCEND),)
        return self, self._with_directories(*self.directories, Step.from_text("*"), DESCEND)

    def may_overlap(self, other: PathPattern) -> bool:
        """Whether a file could match both patterns; False is certain, True is not."""
        if not (self._depth is None or other._depth is None or self._depth == other._depth):
            return False
        return _one_begins(self.start + "/", other.start + "/") and _one_begins(
            self._ending[::-1], other._ending[::-1]
        )

    def _with_directories(self, *steps: Step) -> PathPattern:
        return PathPattern(self.text, self.start, steps, self.name)

    @property
    def _depth(self) -> int | None:
        return None if self.descends else self.start.rstrip("/").count("/") + len(self.directories)

    @property
    def _ending(self) -> str:
        """What every name that matches ends with."""
        return re.split(r"[]*?[]", self.name.text)[-1]


def _one_begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
