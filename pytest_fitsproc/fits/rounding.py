"""The text of a double in a card, as AST writes it: 17 digits, with runs of zeros and nines rounded out."""

from __future__ import annotations

import math
import re

DEFAULT_DIGITS = 17
DEFAULT_ROUNDING = 10
VALUE_WIDTH = 20
_DEFAULT_FORMAT = f"%.{DEFAULT_DIGITS}G"

# Between these two AST asks for an exponent, although 17 digits would fit without.
_EXPONENT_ABOVE, _EXPONENT_BELOW = -0.001, -0.0001
_NUMBER = re.compile(r" *(-?)([0-9]+)(\.?)([0-9]*)(.*)")
_RUN = re.compile(r"0{4,}|9{4,}")
_LEADING_ZERO_OF_EXPONENT = re.compile(r"(?<=E[+-])0")


def format_double(value: float, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> str:
    """Return the text of a double, right-justified in at least 20 columns.

    Parameters
    ----------
    digits : significant digits (AST's FitsDigits); a negative number asks for as many as fit in 20 columns,
        and at most its absolute value
    rounding : a run of at least four zeros or nines that ends right of this significant digit (AST's
        FitsRounding) is rounded out

    Notes
    -----
    Not lossless: ``1.00000000000123`` becomes ``1.0``. NaN and infinities become ``0.0``.
    SUN/211, attributes FitsDigits and FitsRounding; the details are those of AST 9.5.
    """
    if value == 0 or not math.isfinite(value):
        return "0.0".rjust(VALUE_WIDTH)
    text = _formatted(value, abs(digits), rounding)
    while digits < 0 and len(text) > VALUE_WIDTH:
        digits += len(text) - VALUE_WIDTH
        text = _formatted(value, abs(digits), rounding)
    return text


def rounded_double(value: float, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING) -> float:
    """Return the value of the text that `format_double` gives, which is mostly the same."""
    if digits == DEFAULT_DIGITS and not _has_run(_DEFAULT_FORMAT % value):
        return value
    return float(format_double(value, digits, rounding))


def general_text(value: float) -> str:
    """Return the text that AST gives a double outside of cards: ``%.17g`` with its runs rounded out."""
    return _without_runs(f"{value:.{DEFAULT_DIGITS}g}", DEFAULT_ROUNDING).strip()


def _formatted(value: float, digits: int, rounding: int) -> str:
    text = _printed(value, digits)
    if _has_run(text):
        text = _without_runs(text, rounding)
    return _with_point(_with_short_exponent(text))


def _has_run(text: str) -> bool:
    """Return whether rounding could change the text: the quick answer for most doubles is no."""
    digits = text.replace(".", "", 1)
    return "0000" in digits or "9999" in digits or "0E" in digits


def _printed(value: float, digits: int) -> str:
    if _EXPONENT_ABOVE < value < _EXPONENT_BELOW:
        return f"{value:20.{digits - 1 if digits else 6}E}"
    return f"{value:20.{digits}G}"


def _without_runs(text: str, rounding: int) -> str:
    match = _NUMBER.fullmatch(text)
    assert match is not None
    sign, whole, point, fraction, exponent = match.groups()
    rounded = _rounded(whole + fraction, rounding)
    end_of_whole = len(rounded) - len(fraction)
    whole, fraction = rounded[:end_of_whole], rounded[end_of_whole:]
    if point:
        fraction = fraction.rstrip("0") or "0"
    return f"{sign}{whole}{point}{fraction}{exponent}".rjust(VALUE_WIDTH)


def _rounded(digits: str, rounding: int) -> str:
    """Return the digits with runs rounded out: as many, or one more where the first one carried over.

    >>> _rounded("12345699999", 5), _rounded("99999", 1)
    ('12345700000', '100000')
    """
    first = len(digits) - len(digits.lstrip("0"))
    size = len(digits)
    while run := _last_run(digits, first, first + rounding):
        head = digits[: run.start()]
        if run[0][0] == "9":
            digits = str(int(head or "0") + 1).zfill(len(head))
            size += len(digits) - len(head)
        else:
            digits = head
    return digits.ljust(size, "0")


def _last_run(digits: str, first: int, limit: int) -> re.Match[str] | None:
    """Return the rightmost run of zeros or nines from ``first`` on, where it ends right of ``limit``."""
    runs = list(_RUN.finditer(digits, first))
    return runs[-1] if runs and runs[-1].end() > limit else None


def _with_short_exponent(text: str) -> str:
    """Return E-5 for E-05; the freed column becomes a blank only where blanks led already."""
    shorter = _LEADING_ZERO_OF_EXPONENT.sub("", text)
    return shorter.rjust(VALUE_WIDTH) if text.startswith(" ") else shorter


def _with_point(text: str) -> str:
    mantissa, exponent_mark, exponent = text.partition("E")
    if "." in mantissa:
        return text
    point = ".0" if text.startswith("  ") else "."
    return f"{mantissa.lstrip()}{point}{exponent_mark}{exponent}".rjust(VALUE_WIDTH)
