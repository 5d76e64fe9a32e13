"""The attributes of a FitsChan: their names, defaults and what each accepts (SUN/211, appendix C)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pytest_fitsproc.fits.rounding import DEFAULT_DIGITS, DEFAULT_ROUNDING
from pytest_fitsproc.fitschan.errors import FitsChanError

T = TypeVar("T", int, bool, str)

NATIVE = "NATIVE"
FITS_WCS = "FITS-WCS"
ENCODINGS = (NATIVE, FITS_WCS, "FITS-PC", "FITS-IRAF", "FITS-AIPS", "FITS-AIPS++", "FITS-CLASS", "DSS")
CARD_ATTRIBUTES = ("Encoding", "FitsDigits", "FitsRounding", "Clean", "Warnings")
"""The attributes that AST must know, too, where it reads or writes for us."""

DEFAULT_WARNINGS = "BadKeyName BadKeyValue Tnx Zpx BadPV BadCel BadMat BadCTYPE"
CONDITIONS = (
    "distortion noequinox noradesys nomjd-obs nolonpole nolatpole tnx zpx badcel noctype badlat badmat badval"
    " badctype badpv badkeyname badkeyvalue badalt"
)

_COMMA_BEFORE_SETTING = re.compile(r",+(?=[^,=]*=)")
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*")


def _any(value: T) -> T:
    return value


def _full_level(value: int) -> int:
    return max(-1, min(value, 1))


def check_encoding(name: str) -> str:
    """Return the name of an encoding in capitals."""
    if name.upper() not in ENCODINGS:
        raise FitsChanError("BADAT", f"unknown encoding {name!r}; there are {', '.join(ENCODINGS)}")
    return name.upper()


def _conditions(names: str) -> str:
    for name in names.split():
        if name.lower() not in CONDITIONS.split():
            raise FitsChanError("ATTIN", f"Warnings: there is no condition {name!r}, but {CONDITIONS}")
    return names


class Stored(Generic[T]):
    """A property that keeps its value in the settings of its object, and has a default without one."""

    def __init__(self, name: str, default: T, accept: Callable[[T], T] = _any) -> None:
        self.name = name
        self.default: T = default
        self.accept: Callable[[T], T] = accept

    def __get__(self, owner: Attributes, _: type[Attributes]) -> T:
        value: T = owner.settings.get(self.name, self.default)
        return value

    def __set__(self, owner: Attributes, value: T) -> None:
        expected = type(self.default)
        if not isinstance(value, int if expected in (int, bool) else expected):
            raise FitsChanError("BADAT", f"{self.name} can't be {value!r}: it is of type {expected.__name__}")
        owner.settings[self.name] = self.accept(expected(value))


@dataclass(frozen=True)
class _Name:
    """How an attribute is called in AST and here, and how its value is written in a string."""

    name: str
    python_name: str
    read: Callable[[str], Any] | None

    @property
    def is_read_only(self) -> bool:
        return self.read is None


def _read_flag(text: str) -> bool:
    return bool(int(text))


_NAMES = {
    entry.name.lower(): entry
    for entry in (
        _Name("Card", "card", int),
        _Name("CardComm", "comment", None),
        _Name("CardName", "keyword", None),
        _Name("CardType", "type", None),
        _Name("Clean", "clean", _read_flag),
        _Name("Comment", "with_comments", _read_flag),
        _Name("Encoding", "encoding", str),
        _Name("FitsDigits", "fits_digits", int),
        _Name("FitsRounding", "fits_rounding", int),
        _Name("Full", "full", int),
        _Name("Indent", "indent", int),
        _Name("Ncard", "ncard", None),
        _Name("Nkey", "nkey", None),
        _Name("ReportLevel", "report_level", int),
        _Name("SinkFile", "sink_file", str),
        _Name("Skip", "skip", _read_flag),
        _Name("SourceFile", "source_file", str),
        _Name("Strict", "strict", _read_flag),
        _Name("Warnings", "warnings", str),
    )
}


class Attributes:
    """What a FitsChan can be told by attributes; base of `FitsChan`.

    Attributes
    ----------
    clean : remove the cards of an object even where reading it failed
    with_comments : write comments with an object's cards (AST calls it Comment)
    fits_digits : significant digits of doubles; negative: as many as fit in 20 columns
    fits_rounding : the digit behind which runs of zeros and nines are rounded out
    full : -1 writes what is set, 0 also helpful defaults, 1 all defaults, each as COMMENT
    indent : kept for AST's sake; a card can't be indented
    report_level : kept for AST's sake
    skip : read past cards that are no part of an object
    strict : an item that its class does not have is an error
    warnings : names of the conditions that put ASTWARN cards into the channel
    sink_file : where `close` writes the cards; "" for nowhere
    """

    clean = Stored("Clean", False)
    with_comments = Stored("Comment", True)
    fits_digits = Stored("FitsDigits", DEFAULT_DIGITS)
    fits_rounding = Stored("FitsRounding", DEFAULT_ROUNDING)
    full = Stored("Full", -1, _full_level)
    indent = Stored("Indent", 3)
    report_level = Stored("ReportLevel", 1)
    skip = Stored("Skip", True)
    strict = Stored("Strict", False)
    warnings = Stored("Warnings", DEFAULT_WARNINGS, _conditions)
    sink_file = Stored("SinkFile", "")

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}

    def set_attributes(self, text: str) -> None:
        """Set attributes by a text such as ``"Full=1, Skip=0"``: all of them, or none on an error.

        SUN/211, astSet. Names in either case; blanks around names and values do not count.

        Raises
        ------
        FitsChanError : code BADAT for an unknown name or a bad value, NOWRT for a read-only attribute
        """
        parsed = [_parse_setting(setting) for setting in _COMMA_BEFORE_SETTING.split(text) if text.strip()]
        saved = self.settings.copy()
        try:
            for attribute, value in parsed:
                setattr(self, attribute.python_name, value)
        except Exception:
            self.settings = saved
            raise

    def get_attr(self, name: str) -> str:
        """Return an attribute as text: numbers in digits, flags as 1 or 0 (SUN/211, astGetC).

        Raises
        ------
        FitsChanError : code BADAT for an unknown name
        """
        value = getattr(self, _named(name).python_name)
        if value is None:
            return ""
        return str(int(value)) if isinstance(value, int) else str(value)

    def clear(self, name: str) -> None:
        """Give an attribute its default again (SUN/211, astClear); clearing Card rewinds.

        Raises
        ------
        FitsChanError : code BADAT for an unknown name, NOWRT for a read-only attribute
        """
        attribute = _named(name)
        if attribute.is_read_only:
            raise _read_only(attribute.name)
        self.settings.pop(attribute.name, None)

    def test_attr(self, name: str) -> bool:
        """Return whether an attribute has a value that was set (SUN/211, astTest).

        Raises
        ------
        FitsChanError : code BADAT for an unknown name
        """
        return _named(name).name in self.settings


def _parse_setting(setting: str) -> tuple[_Name, Any]:
    name, equals, text = setting.partition("=")
    if not equals:
        raise FitsChanError("BADAT", f"the attribute setting {setting!r} is not of the form name=value")
    attribute = _named(name)
    if attribute.read is None:
        raise _read_only(attribute.name)
    if attribute.read is not str and not _INTEGER.fullmatch(text):
        raise FitsChanError("BADAT", f"{attribute.name} needs a whole number, not {text.strip()!r}")
    return attribute, attribute.read(text.strip())


def _named(name: str) -> _Name:
    attribute = _NAMES.get(name.strip().lower())
    if attribute is None:
        known = ", ".join(entry.name for entry in _NAMES.values())
        raise FitsChanError("BADAT", f"a FitsChan has no attribute {name.strip()!r}; it has {known}")
    return attribute


def _read_only(name: str) -> FitsChanError:
    return FitsChanError("NOWRT", f"{name} is read-only")
