"""What `procmain` prints about the files: progress, errors, classes, the closing line."""

from __future__ import annotations

from typing import TextIO

from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.classes import ClassTable, shown_label
from pytest_fitsproc.processing.ending import Ending
from pytest_fitsproc.processing.outcome import Verdict

_CLASSIFIER = "classify"


class Bailed(Exception):
    """The first error has come, and there should be no second."""


class Tally:
    """Counts files and errors, and says so in DaCHS' words.

    Parameters
    ----------
    out, err : where progress and results go, and where errors
    bail : whether to end at the first error
    """

    def __init__(self, out: TextIO, err: TextIO, bail: bool) -> None:
        self._out, self._err, self._bail = out, err, bail
        self._is_watched = out.isatty()
        self._classes = ClassTable()
        self.processed = self.errors = 0

    def add(self, place: int, source: Source, ending: Ending) -> None:
        """Count a file and show the progress; one that was skipped does not count.

        Raises
        ------
        Bailed
            This was the error to end at.
        """
        if ending.verdict is Verdict.SKIPPED:
            return
        if ending.error:
            self._add_error(shown_name(source), ending)
        elif ending.label is not None:
            self._classes.add(_CLASSIFIER, ending.label, shown_name(source), place)
        self.processed += 1
        self._out.write(f"{self.processed:6d} (-{self.errors:5d})\r")
        if self._is_watched:
            self._out.flush()

    def close(self, with_classes: bool, verbose: bool) -> None:
        """Print the class frequencies if they are asked for, and the closing line."""
        if with_classes:
            self._print_classes(verbose)
        print(
            f"{self.processed} files processed, {self.errors} files with errors", file=self._out, flush=True
        )

    def _add_error(self, name: str, ending: Ending) -> None:
        self.errors += 1
        if self._bail:
            print(f"*** {name}\n{(ending.traceback or ending.error).rstrip()}", file=self._err)
            raise Bailed
        print(f"Skipping source {name}: {printable(ending.error)}", file=self._err, flush=True)

    def _print_classes(self, verbose: bool) -> None:
        lines = ["", "", "Processor Report", "================", ""]
        if self.errors:
            lines.append(f"Warning: There were {self.errors} errors during classification")
        lines += [self._frequencies(), "", ""]
        if verbose:
            lines += self._files()
        print("\n".join(lines), file=self._out)

    def _frequencies(self) -> str:
        """A line for each class, the largest last and next to the prompt."""
        rows = sorted(self._classes.rows(_CLASSIFIER), key=lambda row: (row.count, row.label))
        labels = [shown_label(row.label) for row in rows]
        counts = [str(row.count) for row in rows]
        widths = max(map(len, counts), default=0), max(map(len, labels), default=0)
        pairs = zip(counts, labels, strict=True)
        return "\n".join(f"{count:>{widths[0]}}  {label:>{widths[1]}}" for count, label in pairs)

    def _files(self) -> list[str]:
        lines = []
        for row in self._classes.rows(_CLASSIFIER):
            lines += [f"{shown_label(row.label)}:"]
            lines += [f"    {name}" for name in self._classes.files(_CLASSIFIER, row.label)]
            lines.append("")
        return lines


def shown_name(source: Source) -> str:
    """Return how a source is called in messages: its path, or what `iterIdentifiers` gave for it."""
    identifier = source.identifier
    return printable(identifier if isinstance(identifier, str) else source.label)
