"""A spectrum out of a FITS file: an image of one axis, or two columns of a table that look like it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsFormatError, FitsprocError
from pytest_fitsproc.fits.file import FitsFile, Hdu
from pytest_fitsproc.imaging.content import errors_as_damage, opened_hdu
from pytest_fitsproc.imaging.keywords import Keywords
from pytest_fitsproc.imaging.plane import DTYPES, read_scaling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SPECTRAL_MARKS = (
    ("TUTYP", r"spec(trum)?:(data\.)?spectralaxis\.value"),
    ("TUCD", r"em\.(wl|freq|energy|wavenumber)"),
    ("TTYPE", r"(log[_-]?)?(lam|lambda|wave|wavelengths?|wlen|wl|wav|freq|frequency|energy|wavenumber)"),
    ("TTYPE", r"spectral([_-]?(axis|coordinate))?|channel|e?_?(min|mid|mean|ref)?_?energy"),
    ("TUNIT", r"angstroms?|microns?|nm|[kmg]?hz"),
)
"""What tells the column of the spectral axis: keyword and pattern, the surest first."""

FLUX_MARKS = (
    ("TUTYP", r"spec(trum)?:(data\.)?fluxaxis\.value"),
    ("TUCD", r"phot\.(flux|fluence|count|radiance).*|arith\.ratio.*"),
    ("TTYPE", r"(opt_?|reduced_?|norm(alized|alised)?_?)?flux(es|_?density)?(_?(lambda|nu|reduced))?"),
    ("TTYPE", r"f_?(lambda|lam|nu)|intensity|spec(trum)?|counts?|rate|radiance|signal|net|brightness"),
    ("TUNIT", r".*erg.*|[mu]?jy.*"),
)
"""What tells the column of the flux."""

_LOGARITHMIC = re.compile(r"log[_-]?(lam|lambda|wave|wl|wavelength)", re.IGNORECASE)
_MAX_FIELDS = 999
_MAX_BYTES = 1 << 26


class NoSpectrumError(FitsprocError):
    """Nothing in a file, or in the HDU asked for, looks like a spectrum.

    Attributes
    ----------
    path : the file
    reason : what is there, without the path
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}; give the spectrum by a function get_spectrum(accref)")
        self.path, self.reason = path, reason


def read_spectrum(
    source: FitsFile | str | os.PathLike[str], hdu: int | None = None
) -> tuple[Numbers, Numbers]:
    """Return spectral coordinate and flux of the first HDU that looks like a spectrum.

    An image of one axis gets its coordinate by CRVAL, CRPIX, and CDELT or CD, also logarithmic ones (IRAF's
    DC-FLAG; CTYPE ending in -LOG: FITS standard 4.0, section 8.4); without CRVAL, pixels are counted from 1.
    A table needs columns that `SPECTRAL_MARKS` and `FLUX_MARKS` tell; of columns of arrays the first row
    counts. A column ``loglam`` (SDSS) holds logarithms to the base 10.

    Parameters
    ----------
    source : the file, also one packed by gzip or bzip2
    hdu : 0-based index; None for the first that has a spectrum

    Returns
    -------
    two float64 arrays of one length, in the file's order and units; missing values are NaN; both are
    empty where the only spectrum is a table without rows

    Raises
    ------
    NoSpectrumError
        There is none.
    FitsFormatError, FileAccessError
        The file can't be read, or is damaged.
    """
    if not isinstance(source, FitsFile):
        with FitsFile(os.fspath(source)) as file:
            return read_spectrum(file, hdu)
    reasons, without_rows = [], None
    for found in source.hdus():
        if hdu is None or found.hdu_index == hdu:
            spectrum = _spectrum_of(source, found)
            if isinstance(spectrum, str):
                reasons.append(f"HDU {found.hdu_index} {spectrum}")
            elif len(spectrum[1]):
                return spectrum
            else:
                without_rows = without_rows or spectrum
    if without_rows:
        return without_rows
    raise NoSpectrumError(source.path, "; ".join(reasons[:4]) or f"there is no HDU {hdu}")


def _spectrum_of(file: FitsFile, hdu: Hdu) -> tuple[Numbers, Numbers] | str:
    """Return the spectrum of an HDU, or what it has instead."""
    keywords = Keywords(hdu.header, file.path, hdu.hdu_index)
    extension = keywords.text("XTENSION") if hdu.hdu_index else "IMAGE"
    is_table = extension in ("BINTABLE", "TABLE")
    if not hdu.structure.axes or (0 in hdu.structure.axes and not is_table):
        return "has no data"
    if not file.is_compressed and hdu.data_end > file.size:
        reason = f"its data end {hdu.data_end - file.size} bytes early"
        raise FitsFormatError(file.path, reason, hdu_index=hdu.hdu_index)
    if is_table:
        return _spectrum_of_table(file, hdu, keywords)
    long_axes = [n for n, length in enumerate(hdu.structure.axes, 1) if length > 1]
    if extension != "IMAGE" or len(long_axes) > 1:
        return "is no spectrum of one axis"
    flux = _values_of_image(file, hdu, keywords)
    return _coordinate(keywords, long_axes[0] if long_axes else 1, len(flux)), flux


def _values_of_image(file: FitsFile, hdu: Hdu, keywords: Keywords) -> Numbers:
    import numpy as np

    size, dtype = hdu.structure.data_size, np.dtype(DTYPES[hdu.structure.bitpix])
    if size > _MAX_BYTES:
        reason = f"its spectrum has {size // dtype.itemsize} points, too many to be plotted"
        raise FitsFormatError(file.path, reason, hdu_index=hdu.hdu_index)
    data = file.read_at(hdu.data_offset, size)
    if len(data) < size:
        raise FitsFormatError(
            file.path, f"its data end {size - len(data)} bytes early", hdu_index=hdu.hdu_index
        )
    scaling = read_scaling(keywords, hdu.structure.bitpix)
    stored = np.frombuffer(data, dtype)
    # A signalling NaN makes numpy warn of an invalid value.
    with np.errstate(invalid="ignore", over="ignore"):
        values: Numbers = stored * float(scaling.bscale) + scaling.bzero
    if scaling.blank is not None:
        values[stored == scaling.blank] = np.nan
    return values


def _coordinate(keywords: Keywords, axis: int, count: int) -> Numbers:
    """Return the coordinate of each pixel along an axis, counted from 1."""
    import numpy as np

    reference = keywords.number(f"CRVAL{axis}", 0.0)
    pixels = np.arange(1, count + 1) - keywords.number(f"CRPIX{axis}", 0.0)
    step = keywords.number(f"CDELT{axis}", 0.0) or keywords.number(f"CD{axis}_{axis}", 0.0) or 1.0
    with np.errstate(over="ignore"):
        if keywords.text(f"CTYPE{axis}").endswith("-LOG") and reference:
            logarithmic: Numbers = reference * np.exp(pixels * step / reference)
            return logarithmic
        values: Numbers = reference + pixels * step
        return 10.0**values if keywords.number("DC-FLAG", 0) == 1 else values


def _spectrum_of_table(file: FitsFile, hdu: Hdu, keywords: Keywords) -> tuple[Numbers, Numbers] | str:
    import numpy as np

    count = min(keywords.natural("TFIELDS"), _MAX_FIELDS)
    spectral = _column(keywords, count, SPECTRAL_MARKS, 0)
    flux = _column(keywords, count, FLUX_MARKS, spectral)
    if not spectral or not flux:
        missing = "the flux" if spectral else "the spectral coordinate"
        return f"is a table without a column that looks like {missing}"
    if 0 in hdu.structure.axes:
        return np.empty(0), np.empty(0)
    with (
        opened_hdu(file, keywords.hdu_index) as opened,
        errors_as_damage(file.path, keywords.hdu_index, "its columns can't be read"),
    ):
        found = _flat(opened.data, spectral), _flat(opened.data, flux)
    if len(found[0]) != len(found[1]):
        return f"has columns of {len(found[0])} and {len(found[1])} values"
    is_logarithmic = _LOGARITHMIC.fullmatch(keywords.text(f"TTYPE{spectral}"))
    return (10.0 ** found[0] if is_logarithmic else found[0]), found[1]


def _column(keywords: Keywords, count: int, marks: tuple[tuple[str, str], ...], taken: int) -> int:
    """Return the number of the column that the surest mark tells, counted from 1; or 0."""
    for keyword, pattern in marks:
        for number in range(1, count + 1):
            text = keywords.text(f"{keyword}{number}")
            if number != taken and re.fullmatch(pattern, text, re.IGNORECASE):
                return number
    return 0


def _flat(data: Any, column: int) -> Numbers:
    """Return the values of a column; of one with an array in each row those of the first row."""
    import numpy as np

    values = data.field(column - 1)
    if values.dtype == object or values.ndim > 1:
        values = values[0]
    flat: Numbers = np.asarray(values).reshape(-1).astype("f8")
    return flat
