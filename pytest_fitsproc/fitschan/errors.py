"""What goes wrong in a FitsChan; ``code`` is the name AST gives the same error."""

from __future__ import annotations

from pytest_fitsproc.errors import FitsprocError, NotFoundError


class FitsChanError(FitsprocError):
    """Root of the errors of a FitsChan; the message is one line.

    Attributes
    ----------
    code : AST's name of the error: BADAT, BADIN, BDFMT, BDFTS, ...
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        super().__init__(reason)


class ObjectCardError(FitsChanError):
    """The cards of an AST object can't be read as one.

    Attributes
    ----------
    number : 1-based number of the card where reading stopped
    text : its 80 characters
    """

    def __init__(self, code: str, reason: str, number: int, text: str) -> None:
        self.number, self.text = number, text
        super().__init__(code, f"card {number}: {reason}: {text.rstrip()!r}")


class KeywordNotFoundError(NotFoundError, KeyError):
    """``chan[keyword]`` of a keyword, or ``chan[index]`` of a card, that is not there."""

    __str__ = Exception.__str__
