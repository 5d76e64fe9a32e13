"""Where the cards of a FitsChan come from and go to: functions and text files (SUN/211 §16.2, §16.14)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pytest_fitsproc.fits.blocks import CARD_SIZE
from pytest_fitsproc.fitschan.errors import FitsChanError

Source = Callable[[], str | bytes | None] | Iterable[str | bytes]
"""Gives cards: a function that returns one at each call and None at the end, or an iterable."""

Sink = Callable[[str], object]
"""Takes one card of 80 characters at each call."""


def cards_of_source(source: Source) -> Iterator[str | bytes]:
    """Return the cards that a source has to give."""
    return iter(source, None) if callable(source) else iter(source)


def cards_of_file(path: str) -> list[bytes]:
    """Return the lines of a text file; what is beyond column 80 is a card of its own, as in AST.

    Raises
    ------
    FitsChanError : code RDERR, the file can't be read
    """
    try:
        lines = Path(path).read_bytes().splitlines()
    except (OSError, ValueError) as error:
        raise FitsChanError("RDERR", f"SourceFile {path!r} can't be read: {_reason(error)}") from error
    starts = ((line, range(0, max(len(line), 1), CARD_SIZE)) for line in lines)
    return [line[start : start + CARD_SIZE] for line, columns in starts for start in columns]


def write_file(path: str, cards: Iterable[str]) -> None:
    """Write cards as the lines of a text file.

    Raises
    ------
    FitsChanError : code WRERR, the file can't be written
    """
    lines = "".join(f"{card}\n" for card in cards)
    try:
        Path(path).write_bytes(lines.encode("latin-1"))
    except (OSError, ValueError) as error:
        raise FitsChanError("WRERR", f"SinkFile {path!r} can't be written: {_reason(error)}") from error


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
