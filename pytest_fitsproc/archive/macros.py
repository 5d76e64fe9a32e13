r"""Macros in descriptors: ``\schema``, ``\getConfig{web}{serverURL}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

#: A macro takes the arguments in its braces.
Macro = Callable[..., str]

#: Characters that a value may have after all macros in it are expanded; what needs more is an attack.
MAX_EXPANSION = 1_000_000

_TOKEN = re.compile(r"\\(?:(?P<escaped>\\)|(?P<joined>\n)|(?P<glue>\+)|(?P<name>[A-Za-z_][A-Za-z_0-9]+))")
_ARGUMENT_PART = re.compile(r"\\[\\{}]|[{}\\]|[^{}\\]+")
_ESCAPED_BRACE = re.compile(r"\\([{}])")

#: Braces within braces; more are no arguments, so that no text takes quadratic time.
_MAX_NESTING = 20


class UnknownMacroError(LookupError):
    """A macro that nobody defines; the argument is its name."""


class MacroArgumentsError(ValueError):
    """A macro gets too few or too many arguments."""


class TooLongError(ValueError):
    """Macros expand to more than `MAX_EXPANSION` characters."""


def expand(text: str, macros: Mapping[str, Macro], *, keep_unknown: bool = False) -> str:
    r"""Return `text` with its macros replaced by what they give.

    ``\\`` gives a backslash, ``\+`` nothing (it ends the name before it), a backslash before the end of a
    line a blank. Arguments may contain macros; braces in them are written ``\{`` and ``\}``. What a macro
    gives is not expanded again. A backslash before anything else is kept.

    Parameters
    ----------
    keep_unknown : leave unknown macros as they are, arguments and all

    Raises
    ------
    UnknownMacroError, MacroArgumentsError, TooLongError
    """
    if "\\" not in text:
        return text
    pieces: list[str] = []
    length = position = 0
    while found := _TOKEN.search(text, position):
        expansion, end = _expansion(text, found, macros, keep_unknown)
        pieces += (text[position : found.start()], expansion)
        length += found.start() - position + len(expansion)
        if length > MAX_EXPANSION:
            raise TooLongError(f"macros expand to more than {MAX_EXPANSION} characters")
        position = end
    return "".join(pieces) + text[position:]


def _expansion(
    text: str, found: re.Match[str], macros: Mapping[str, Macro], keep_unknown: bool
) -> tuple[str, int]:
    """What a token gives, and where the text goes on."""
    name = found["name"]
    if name is None:
        return "\\" if found["escaped"] else " " if found["joined"] else "", found.end()
    arguments, end = _arguments(text, found.end())
    macro = macros.get(name)
    if macro is not None:
        expanded = (expand(argument, macros, keep_unknown=keep_unknown) for argument in arguments)
        return _called(name, macro, [_ESCAPED_BRACE.sub(r"\1", argument) for argument in expanded]), end
    if keep_unknown:
        return text[found.start() : end], end
    raise UnknownMacroError(name)


def _called(name: str, macro: Macro, arguments: list[str]) -> str:
    try:
        return macro(*arguments)
    except TypeError as error:
        # The signature is looked at only now, since that takes longer than the macro.
        if _takes(macro, arguments):
            raise
        raise MacroArgumentsError(f"macro \\{name} does not take {len(arguments)} arguments") from error


def _takes(macro: Macro, arguments: list[str]) -> bool:
    from inspect import signature

    try:
        signature(macro).bind(*arguments)
    except TypeError:
        return False
    return True


def _arguments(text: str, position: int) -> tuple[list[str], int]:
    """The texts in the braces that follow a macro's name, and where the last one ends."""
    arguments = []
    while text.startswith("{", position):
        end = _closing_brace(text, position)
        if end is None:
            break
        arguments.append(text[position + 1 : end])
        position = end + 1
    return arguments, position


def _closing_brace(text: str, position: int) -> int | None:
    depth = 0
    for part in _ARGUMENT_PART.finditer(text, position):
        depth += {"{": 1, "}": -1}.get(part[0], 0)
        if depth == 0:
            return part.start()
        if depth > _MAX_NESTING:
            break
    return None
