"""Angles and times as sexagesimal text, with DaCHS' names, parameters and results."""

from __future__ import annotations

# As a float, 0.29° is a little less than 17'24", and must not be cut down to 17'23".
_ROUNDING_PARTS = 2**51


def degToDms(
    deg: float,
    sepChar: str = " ",
    secondFracs: int = 2,
    preserveLeading: bool = False,
    truncate: bool = False,
    addSign: bool = True,
) -> str:
    """Return an angle as degrees, minutes and seconds of arc.

    Parameters
    ----------
    deg : in degrees
    sepChar : stands between the parts
    secondFracs : number of decimals of the seconds
    preserveLeading : write the degrees with two digits at least
    truncate : cut further decimals off, as names of objects need it, instead of rounding
    addSign : write a plus before what is not negative

    Raises
    ------
    ValueError, OverflowError
        The angle is not finite.

    Examples
    --------
    >>> degToDms(-3.24722, "", 0, True, True)
    '-031449'
    >>> degToDms(7.5, ":", addSign=False)
    '7:30:00.00'
    """
    degrees, rest = _parts(deg, secondFracs, truncate)
    sign = "-" if deg < 0 else "+" if addSign else ""
    return sign + sepChar.join([f"{degrees:02d}" if preserveLeading else str(degrees), *rest])


def degToHms(deg: float, sepChar: str = " ", secondFracs: int = 3, truncate: bool = False) -> str:
    """Return an angle in degrees as hours, minutes and seconds of time; parameters as those of `degToDms`.

    Examples
    --------
    >>> degToHms(122.057, secondFracs=1)
    '08 08 13.7'
    """
    return _hms(deg / 15, sepChar, secondFracs, truncate)


def hoursToHms(decimal_hours: float, sepChar: str = ":", secondFracs: int = 0) -> str:
    """Return hours as hours, minutes and seconds; parameters as those of `degToDms`.

    Examples
    --------
    >>> hoursToHms(23.525)
    '23:31:30'
    """
    return _hms(decimal_hours, sepChar, secondFracs, truncate=False)


def _hms(hours: float, separator: str, decimals: int, truncate: bool) -> str:
    whole, rest = _parts(hours, decimals, truncate)
    return ("-" if hours < 0 else "") + separator.join([f"{whole:02d}", *rest])


def _parts(value: float, decimals: int, truncate: bool) -> tuple[int, list[str]]:
    """Return the whole part of a number, and its minutes and seconds as text, all without a sign."""
    from fractions import Fraction

    scale = 10**decimals
    exact = abs(Fraction(value)) * 3600 * scale
    units = int(exact + exact / _ROUNDING_PARTS) if truncate else round(exact)
    seconds, fraction = divmod(units, scale)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    return whole, [f"{minutes:02d}", f"{seconds:02d}" + (f".{fraction:0{decimals}d}" if decimals else "")]
