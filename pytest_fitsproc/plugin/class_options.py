"""Options for processor classes, as ``--fitsproc-opt`` gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_fitsproc.errors import OptionError

_for_one = re.compile(r"(\w+):(-.*)", re.DOTALL).fullmatch


@dataclass(frozen=True)
class ClassOptions:
    """Words of a command line for processor classes.

    Attributes
    ----------
    words : in their order, each with the name of the class it is for; "" where it is for all
    """

    words: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, given: Iterable[str]) -> ClassOptions:
        """Return what was given: ``--cat-name=x`` for all classes, ``MyProc:--cat-name=x`` for one."""
        matches = [(_for_one(text), text) for text in given]
        return cls(tuple((match[1], match[2]) if match else ("", text) for match, text in matches))

    def of(self, name: str) -> list[str]:
        """Return the words for a class of this name."""
        return [word for owner, word in self.words if owner in ("", name)]

    def check(self, names: Iterable[str]) -> None:
        """Raise an `OptionError` where a word is for a class that is not among these."""
        unknown = {owner for owner, _ in self.words if owner}.difference(names)
        if unknown:
            raise OptionError(f"--fitsproc-opt: there is no processor class {min(unknown)!r}")
