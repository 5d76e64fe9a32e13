"""What needs AST itself: its objects, and the encodings that only it understands (extra ``[ast]``)."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from pytest_fitsproc.fits.cards import Card, parse_card
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.objects import AstObject


def starlink_ast() -> ModuleType:
    """Return the module starlink.Ast.

    Raises
    ------
    FitsChanError : it is not installed
    """
    try:
        from starlink import Ast
    except ImportError as error:
        hint = 'this needs AST: pip install "pytest-fitsproc[ast]"'
        raise FitsChanError("NOAST", hint) from error
    module: ModuleType = Ast
    return module


def from_ast(ast_object: Any, full: int = -1) -> AstObject:
    """Return the tree of an object of starlink.Ast; see `AstObject.from_ast`."""
    lines = _Lines()
    channel = starlink_ast().Channel(None, lines, f"Full={full}")
    if _called(channel.write, ast_object) != 1:
        raise FitsChanError("BADIN", f"AST does not dump {ast_object!r}")
    return AstObject.from_text("\n".join(lines.written))


def to_ast(ast_object: AstObject) -> Any:
    """Return an object of starlink.Ast; see `AstObject.to_ast`."""
    text = ast_object.without_defaults().to_text(comments=False)
    return _called(starlink_ast().Channel(_Lines(text.splitlines()), None).read)


class _Lines:
    """The source and the sink of a Channel."""

    def __init__(self, lines: list[str] | None = None) -> None:
        self._unread = iter(lines or [])
        self.written: list[str] = []

    def astsource(self) -> str | None:
        return next(self._unread, None)

    def astsink(self, line: str) -> None:
        self.written.append(line)


class LiveChan:
    """A FitsChan of starlink.Ast with the cards of one of ours, and what became of each.

    Parameters
    ----------
    cards : those of our channel
    number : 1-based number of the current one
    attributes : by AST's names, as text
    """

    def __init__(self, cards: list[Card], number: int, attributes: dict[str, str]) -> None:
        self._chan = starlink_ast().FitsChan(None, None, "Warnings= ")
        for card in cards:
            _called(self._chan.putfits, _ascii_text(card), False)
        self._before = list(self._shown())
        for name, value in attributes.items():
            _called(self._chan.set, f"{name}={value or ' '}")
        self._chan.Card = number

    def read(self) -> AstObject | None:
        """Return the next object, whose cards vanish; None where there is none."""
        found = _called(self._chan.read, False)
        return None if found is None else from_ast(found)

    def write(self, ast_object: AstObject) -> int:
        """Write an object; return 0 where its encoding can't hold it."""
        return int(_called(self._chan.write, to_ast(ast_object)))

    def purge(self) -> None:
        """Remove all cards that describe coordinates."""
        _called(self._chan.purgewcs)

    def outcome(self) -> Outcome:
        """Return what cards there are now, and the number of the current one."""
        number = int(self._chan.Card)
        return Outcome(_aligned(self._before, list(self._shown())), number)

    def _shown(self) -> Iterator[str]:
        """Yield all cards; the first is the current one afterwards."""
        for number in range(1, int(self._chan.Ncard) + 1):
            self._chan.Card = number
            try:
                yield _called(self._chan.findfits, "%f", False)[1]
            except FitsChanError:
                # A string that is too long to be written stands in the card; AST reads it all the same.
                yield str(self._chan.get("CardName"))
        self._chan.clear("Card")


class Outcome(NamedTuple):
    """The cards after an operation: 0-based positions of those that were there before, or new ones."""

    entries: list[int | Card]
    number: int


def _aligned(before: list[str], after: list[str]) -> list[int | Card]:
    entries: list[int | Card] = []
    position = 0
    for text in after:
        try:
            position = before.index(text, position) + 1
            entries.append(position - 1)
        except ValueError:
            entries.append(parse_card(text))
    return entries


def _ascii_text(card: Card) -> str:
    text = card.to_bytes().decode("ascii", "replace").replace("\ufffd", "?").replace("\0", "?")
    return text.rstrip(" ")


def _called(function: Any, *arguments: object) -> Any:
    """Return what a function of starlink.Ast returns, its errors as ours."""
    try:
        return function(*arguments)
    except Exception as error:
        if not isinstance(error, starlink_ast().AstError | UnicodeError):
            raise
        reason = " ".join(str(error).split())
        raise FitsChanError(type(error).__name__, f"AST: {reason}") from error
