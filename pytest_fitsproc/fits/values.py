"""The value field of a card: its types, how each is read from columns 10-80 and how AST writes it."""

from __future__ import annotations

import re
from enum import IntEnum

from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING, VALUE_WIDTH, format_double

CardValue = str | bool | int | float | complex | None


class CardType(IntEnum):
    """What a card holds; the numbers are those of AST's CardType attribute."""

    NONE = -1
    COMMENT = 0
    INT = 1
    FLOAT = 2
    STRING = 3
    COMPLEXF = 4
    COMPLEXI = 5
    LOGICAL = 6
    CONTINUE = 7
    UNDEF = 8
    INT64 = 9


INT32_LIMIT, INT64_LIMIT = 2**31, 2**63
MIN_INT64_DIGITS = 10
MAX_STRING = 68
MIN_STRING = 8

# What C's isspace and isgraph say in its default locale.
SPACES = " \t\n\v\f\r"
NOT_GRAPHIC = "".join(chr(code) for code in range(256) if not 0x20 < code < 0x7F)
_LOGICAL_WORDS = {"YES": True, "TRUE": True, "NO": False, "FALSE": False}
_LOGICALS = {word[:n]: value for word, value in _LOGICAL_WORDS.items() for n in range(1, len(word) + 1)}
_STRING = re.compile(r"\s*'([^']*(?:''[^']*)*)(?:'(.*))?", re.DOTALL)
_INT = re.compile(r"[+-]?([0-9]+)")
_COMPLEX_INT = re.compile(r"([+-]?[0-9]+)(?:\s+|(?=[+-]))([+-]?[0-9]+)")
_WITH_E = re.compile("[dD]")
_PLAIN_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MARKS_OF_FLOAT = re.compile(r"[.EeDd]")
# What C's scanf takes for a double, unlike Python's float(): "1e" and "0x1.8p3" are numbers.
_SCANNED_FLOAT = re.compile(
    r"""\s*(?P<sign>[+-]?)(?>
        0[xX](?P<hex>(?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]*)(?:[pP][+-]?[0-9]*)?)
      | (?P<decimal>[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]*))?
      | (?P<word>(?i:infinity|inf|nan))
    )\s*""",
    re.VERBOSE,
)


def parse_value(text: str) -> tuple[CardType, CardValue, str] | None:
    """Return type, value and comment of columns 10-80 of a value card; None where the value is illegal.

    As AST does it (SUN/211, astPutFits; the FITS standard, section 4.2, is stricter): a missing closing quote
    is supplied, ``T``, ``TRUE`` and ``y`` are logical, ``1D5`` is a double, two numbers are a complex value.
    """
    if match := _STRING.match(text):
        quoted, rest = match.groups()
        if rest is None and len(quoted) > MAX_STRING:
            # The missing closing quote took the blanks of the card into the string, which is too long now.
            quoted = quoted.rstrip(" ")
        return CardType.STRING, quoted.replace("''", "'"), _comment_behind_string(rest or "")
    field, _, comment = text.partition("/")
    parsed = _parse_unquoted(field.strip(SPACES))
    return parsed and (*parsed, _trimmed(comment))


def _comment_behind_string(rest: str) -> str:
    before, slash, comment = rest.partition("/")
    return _trimmed(comment if slash else before)


def _trimmed(text: str) -> str:
    return text.lstrip(SPACES).rstrip(NOT_GRAPHIC)


def _parse_unquoted(field: str) -> tuple[CardType, CardValue] | None:
    if match := _INT.fullmatch(field):
        return _integer(int(field), len(match[1]))
    if _PLAIN_FLOAT.fullmatch(field):
        return CardType.FLOAT, float(field)
    word = field.rstrip(NOT_GRAPHIC)
    if not word:
        return CardType.UNDEF, None
    if (logical := _LOGICALS.get(word.upper())) is not None:
        return CardType.LOGICAL, logical
    if not _MARKS_OF_FLOAT.search(field):
        return _complex_int(field)
    return _scanned_floats(field) or _scanned_floats(_WITH_E.sub("e", field))


def _integer(value: int, n_digits: int) -> tuple[CardType, CardValue]:
    if n_digits < MIN_INT64_DIGITS:
        return CardType.INT, value
    return CardType.INT64, _clamped_to_int64(value)


def _clamped_to_int64(value: int) -> int:
    return max(-INT64_LIMIT, min(value, INT64_LIMIT - 1))


def _complex_int(field: str) -> tuple[CardType, CardValue] | None:
    match = _COMPLEX_INT.fullmatch(field)
    return match and (CardType.COMPLEXI, complex(_as_c_int(match[1]), _as_c_int(match[2])))


def _as_c_int(digits: str) -> int:
    """Return what C's ``%d`` makes of the digits: 64 bits at most, of which the lower 32 are kept."""
    return (_clamped_to_int64(int(digits)) + INT32_LIMIT) % (2 * INT32_LIMIT) - INT32_LIMIT


def _scanned_floats(field: str) -> tuple[CardType, CardValue] | None:
    """Return the one or two numbers that C's ``scanf`` finds, provided they are all of the field."""
    first = _SCANNED_FLOAT.match(field)
    if first is None:
        return None
    if first.end() == len(field):
        return CardType.FLOAT, _float_of(first)
    second = _SCANNED_FLOAT.fullmatch(field, first.end())
    return second and (CardType.COMPLEXF, complex(_float_of(first), _float_of(second)))


def _float_of(scanned: re.Match[str]) -> float:
    sign = -1.0 if scanned["sign"] == "-" else 1.0
    if scanned["hex"] is not None:
        return sign * _hex_float(scanned["hex"])
    if scanned["word"]:
        return sign * float(scanned["word"])
    exponent = scanned["exponent"] or "0"
    return sign * float(f"{scanned['decimal']}e{exponent if exponent[-1].isdigit() else 0}")


def _hex_float(digits: str) -> float:
    mantissa, _, exponent = digits.lower().partition("p")
    if mantissa == ".":
        return 0.0
    return float.fromhex(f"0x{mantissa}p{exponent if exponent[-1:].isdigit() else 0}")


def format_value(
    kind: CardType, value: CardValue, digits: int = DEFAULT_DIGITS, rounding: int = DEFAULT_ROUNDING
) -> str | None:
    """Return columns 11 and following of a value card as AST writes it; None for a string that does not fit.

    Parameters
    ----------
    digits, rounding : for doubles, see `format_double`
    """
    match kind, value:
        case CardType.STRING | CardType.CONTINUE, str():
            return _format_string(value)
        case CardType.LOGICAL, _:
            return ("T" if value else "F").rjust(VALUE_WIDTH)
        case CardType.INT | CardType.INT64, int():
            return str(value).rjust(VALUE_WIDTH)
        case CardType.FLOAT, float() | int():
            return format_double(value, digits, rounding)
        case CardType.COMPLEXI, complex():
            return f"{int(value.real):20d}{int(value.imag):21d}"
        case CardType.COMPLEXF, complex():
            return format_double(value.real, digits, rounding) + format_double(value.imag, digits, rounding)
    return ""


def _format_string(value: str) -> str | None:
    quoted = value.replace("'", "''").ljust(MIN_STRING)
    return f"'{quoted}'" if len(quoted) <= MAX_STRING else None
