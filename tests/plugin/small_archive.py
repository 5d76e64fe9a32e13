"""A small archive in a directory of pytester: a resource descriptor, FITS files, and processors."""

from __future__ import annotations

import json
import re
import warnings
from html import unescape
from pathlib import Path
from textwrap import dedent
from typing import Any
from xml.etree import ElementTree

import pytest

DD = "potsdam/q/import"

# pytest-randomly changes the order; Hypothesis' plugin imports Hypothesis, which takes a second.
_WITHOUT_PLUGINS = ("-p", "no:randomly", "-p", "no:hypothesispytest")

_BLOCK = 2880
_DESCRIPTOR = '<resource schema="potsdam"><data id="import"><sources pattern="data/*"/></data></resource>\n'


def fits_bytes(data: bytes = b"", **values: object) -> bytes:
    """Return a FITS file of one HDU: the mandatory cards, a card for each keyword, and `data` as an image."""
    cards = [_card("SIMPLE", True), _card("BITPIX", 8), _card("NAXIS", 1 if data else 0)]
    if data:
        cards.append(_card("NAXIS1", len(data)))
    cards += [_card(keyword, value) for keyword, value in values.items()]
    header = "".join([*cards, "END".ljust(80)]).encode("ascii")
    return _padded(header, b" ") + _padded(data, b"\0")


def _card(keyword: str, value: object) -> str:
    if isinstance(value, str):
        text = f"'{value:<8}'"
    else:
        text = f"{'FT'[value] if isinstance(value, bool) else value:>20}"
    return f"{keyword:<8}= {text}".ljust(80)


def _padded(content: bytes, filling: bytes) -> bytes:
    return content + filling * (-len(content) % _BLOCK)


class Archive:
    """An inputs directory with one resource directory, ``potsdam``, and pytest runs on it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.resdir = self.root / "potsdam"
        self.bin = self.resdir / "bin"
        self.bin.mkdir(parents=True)
        self.write("potsdam/q.rd", _DESCRIPTOR)
        self.write("pytest.ini", "[pytest]\n")

    def write(self, path: str, text: str) -> Path:
        """Write a text file below the inputs directory."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
        return target

    def add_file(self, name: str, content: bytes | None = None, **values: object) -> Path:
        """Write a file below the data directory; FITS with these keywords, unless the content is given."""
        path = self.resdir / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fits_bytes(**values) if content is None else content)
        return path

    def add_files(self, *names: str) -> None:
        """Write FITS files; each has its name's stem as OBJECT."""
        for name in names:
            self.add_file(name, OBJECT=name.partition(".")[0])

    def add_processors(self, text: str, name: str = "test_it.py") -> Path:
        """Write a file of processors."""
        return self.write(f"potsdam/bin/{name}", text)

    def run(self, *args: str, address: str | None = DD, own: bool = False) -> pytest.RunResult:
        """Run pytest on the archive, here or (`own`) in a process of its own; without the built-in checks.

        A worker of pytest-xdist always is a process of its own.
        """
        words = [*_WITHOUT_PLUGINS, *([f"--fitsproc={address}"] if address else [])]
        if not any(arg.startswith("--fitsproc-checks") for arg in args):
            words.append("--fitsproc-checks=none")
        if own:
            return self.pytester.runpytest_subprocess(*words, *args)
        with warnings.catch_warnings():
            # The filters of the run that this test is in are none of the archive's.
            warnings.resetwarnings()
            return self.pytester.runpytest_inprocess(*words, *args)

    def run_checks(self, *args: str, **kwargs: Any) -> pytest.RunResult:
        """Run pytest on the archive, the check `readable` as well."""
        return self.run("--fitsproc-checks=readable", *args, **kwargs)

    def junit(self) -> list[ElementTree.Element]:
        """The test cases in ``junit.xml``."""
        return list(ElementTree.parse(self.root / "junit.xml").getroot().iter("testcase"))

    def html(self) -> str:
        """The text of ``report.html``."""
        return (self.root / "report.html").read_text(encoding="utf-8")

    def html_data(self) -> dict[str, Any]:
        """The data that ``report.html`` shows as rows."""
        blob = re.search(r'data-jsonblob="([^"]*)"', self.html())
        assert blob is not None
        data: dict[str, Any] = json.loads(unescape(blob[1]))
        return data

    def html_counts(self) -> dict[str, int]:
        """The counts above the rows of ``report.html``, those that are not zero."""
        found = re.findall(r'<span class="(\w+)">(\d+) ', self.html())
        return {name: int(number) for name, number in found if int(number)}


def lines_between(result: pytest.RunResult, first: str, last: str) -> list[str]:
    """The lines of the output below the first that contains `first`, up to the next that contains `last`."""
    lines = result.outlines
    start = next(number for number, line in enumerate(lines) if first in line) + 1
    end = next(number for number, line in enumerate(lines[start:], start) if last in line)
    return lines[start:end]
