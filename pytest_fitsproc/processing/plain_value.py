"""Values as they travel from a worker to a table: None, truth values, numbers and text of plain Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date, time
from typing import Any, TypeAlias

from pytest_fitsproc.errors import FitsprocError

Plain: TypeAlias = bool | int | float | str | None

_LARGEST = 2**63


class GatherError(FitsprocError):
    """A field can't be gathered under its name, or its value has no plain form."""


def plain_value(field: str, value: object) -> Plain:
    r"""Return `value` as a plain Python value that survives JSON and the way between processes.

    ================================================= ==================================================
    None, numpy's ``masked``, an undefined FITS value None
    bool, int, float, str and numpy's scalars of them that, without the subclass; NaN and ±inf are kept
    an integer beyond 64 bits                         its decimal text
    a lone surrogate (from a file name, not UTF-8)    ``\udcNN``, written out, as part of the text
    bytes                                             text, read as UTF-8; other bytes ``\xNN``
    a path                                            its text
    date, time, datetime, datetime64, astropy's Time  ISO 8601 (Time: to the ms, in its own scale)
    astropy's Quantity                                text with the unit, ``"3.5 km / s"``, which
                                                      ``Quantity(text)`` reads back; a number where it
                                                      has no dimension
    a numpy array without axes                        what is in it
    ================================================= ==================================================

    Raises
    ------
    GatherError
        it is anything else; the message names the field, the type and what to do
    """
    if value is None:
        return None
    for kind, convert in _CONVERSIONS:
        if isinstance(value, kind):
            return convert(field, value)
    for module, unwrap in _LIBRARIES:
        if module in sys.modules:  # else nothing can be an object of it
            found, inner = unwrap(sys.modules[module], value)
            if found:
                return plain_value(field, inner)
    raise GatherError(
        f"gather({field}=…): {_described(value)} can't be put into a table: "
        "gather a number, a text, a truth value, a date or None made of it"
    )


def _integer(field: str, value: int) -> int | str:
    number = int(value)
    if -_LARGEST <= number < _LARGEST:
        return number
    try:
        return str(number)
    except ValueError as error:
        raise GatherError(
            f"gather({field}=…): an integer of {number.bit_length()} bits is too long"
        ) from error


def _text(_field: str, value: str) -> str:
    return str.__str__(value).encode("utf-8", "backslashreplace").decode("utf-8")


_CONVERSIONS: tuple[tuple[type | tuple[type, ...], Callable[[str, Any], Plain]], ...] = (
    (bool, lambda _field, value: value),
    (int, _integer),
    (float, lambda _field, value: float(value)),
    (str, _text),
    (bytes, lambda _field, value: value.decode("utf-8", "backslashreplace")),
    (os.PathLike, lambda field, value: plain_value(field, os.fspath(value))),
    ((date, time), lambda _field, value: value.isoformat()),
)


def _from_cards(card: Any, value: Any) -> tuple[bool, object]:
    return isinstance(value, card.Undefined), None


def _from_units(units: Any, value: Any) -> tuple[bool, object]:
    if not isinstance(value, units.Quantity) or not value.isscalar:
        return False, None
    if value.unit == units.dimensionless_unscaled:
        return True, value.value
    return True, f"{value.value} {value.unit}"


def _from_time(time: Any, value: Any) -> tuple[bool, object]:
    return (True, value.isot) if isinstance(value, time.Time) and value.isscalar else (False, None)


def _from_numpy(numpy: Any, value: Any) -> tuple[bool, object]:
    if value is numpy.ma.masked:
        return True, None
    if isinstance(value, numpy.longdouble):  # its item() is a longdouble again
        return True, float(value)
    if isinstance(value, numpy.datetime64):
        return True, None if numpy.isnat(value) else str(value)
    numbers = numpy.bool_ | numpy.integer | numpy.floating
    if isinstance(value, numbers) and not isinstance(value, numpy.timedelta64):
        return True, value.item()
    if type(value) is numpy.ndarray and value.ndim == 0:
        return True, value[()]
    return False, None


_LIBRARIES: tuple[tuple[str, Callable[[Any, Any], tuple[bool, object]]], ...] = (
    ("astropy.io.fits.card", _from_cards),
    ("astropy.units", _from_units),
    ("astropy.time", _from_time),
    ("numpy", _from_numpy),
)


def _described(value: object) -> str:
    shape = getattr(value, "shape", ())
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return f"a value of type {kind}" + (f" and shape {shape}" if shape else "")
