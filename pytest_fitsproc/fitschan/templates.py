"""The keyword templates of find_fits: ``CD%6d``, ``CRVAL%d%0c``, ``%f`` (SUN/211, astFindFits)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from pytest_fitsproc.fitschan.errors import FitsChanError

_CHARACTERS = {"c": "[A-Z]", "d": "[0-9]", "f": "[A-Za-z0-9_-]"}
_REPEATS = {"": "+", "0": "*"}
_PART = re.compile(r"([^%]*)(%[0-9]?.?)?", re.DOTALL)
_ANY_CARD = ("%f", "%0f")


@lru_cache(maxsize=256)
def compile_template(template: str) -> Callable[[str], bool]:
    """Return the test whether a keyword matches a template.

    A template is literal text in either case and fields ``%<width><type>``. Types: ``c`` capital letters,
    ``d`` digits, ``f`` any character a keyword may have. Width: a digit; none for one or more, 0 for any
    number. The whole keyword must match. ``%f`` alone matches every card, with a blank keyword, too; no
    other template matches those.

    As in AST, a mistake in a template is found when a keyword is compared as far as the mistake.

    Raises
    ------
    FitsChanError : by the test returned, code BDFMT
    """
    trimmed = template.rstrip(" ")
    if trimmed in _ANY_CARD:
        return lambda keyword: True
    pattern, mistake = _pattern(trimmed)
    expression = re.compile(pattern)
    if mistake is None:
        return lambda keyword: keyword != "" and expression.fullmatch(keyword) is not None

    def reaches_mistake(keyword: str) -> bool:
        if expression.match(keyword):
            raise FitsChanError("BDFMT", mistake)
        return False

    return reaches_mistake


def _pattern(template: str) -> tuple[str, str | None]:
    """Return a regular expression, and what is wrong with the template behind the part it stands for."""
    pattern = ""
    for literal, field in _PART.findall(template):
        pattern += re.escape(literal.upper())
        if field:
            expression, mistake = _field(field, template)
            if mistake:
                return pattern, mistake
            pattern += expression
    return pattern, None


def _field(field: str, template: str) -> tuple[str, str | None]:
    width, kind = (field[1], field[2:]) if field[1:2].isdigit() else ("", field[1:])
    if not kind:
        return "", f"Incomplete field specifier found at end of filter template {template!r}"
    if kind not in _CHARACTERS:
        return "", f"Illegal field type or width specifier {kind!r} found in filter template {template!r}"
    return _CHARACTERS[kind] + _REPEATS.get(width, f"{{{width}}}"), None
