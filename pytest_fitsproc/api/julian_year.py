"""Julian years (J2000.0) as dates, with DaCHS' names, parameters and results."""

from __future__ import annotations

from datetime import datetime, timedelta

_J2000 = datetime(2000, 1, 1, 12)
_DAYS = 365.25


def jYearToDateTime(jYear: float) -> datetime:
    """Return the date and time of a fractional Julian year, without a time zone.

    Raises
    ------
    OverflowError
        The year is not between 1 and 9999.

    Examples
    --------
    >>> jYearToDateTime(2000.5)
    datetime.datetime(2000, 7, 2, 3, 0)
    """
    return _J2000 + timedelta(days=(jYear - 2000) * _DAYS)
