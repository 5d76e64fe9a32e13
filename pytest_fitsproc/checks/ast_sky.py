"""The check `ast`: are AST's objects in the headers whole, and do AST and wcslib see the same sky?"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.file import FileAccessError, FitsFile, Hdu
from pytest_fitsproc.fitschan import BAD, FitsChan, FitsChanError, ObjectCardError

CODES = {
    "FP200": (Level.ERROR, "a native AST object in a header can't be read"),
    "FP201": (Level.WARNING, "AST can't read the coordinates that wcslib reads"),
    "FP202": (Level.ERROR, "AST and wcslib see a corner of the image at different places"),
    "FP203": (Level.INFO, "the coordinates were not compared: AST is not installed"),
}
"""What `ast` finds: code, level, meaning."""

TOLERANCE_ARCSEC = 0.1
"""How far AST's place of a corner may be from wcslib's."""

# Longitudes of the celestial systems that both know; solar ones are wcslib's alone.
_SHARED_SYSTEMS = ("RA", "GLON", "ELON")

Position = tuple[float, float]


def compare_skies(file: FitsFile) -> list[Finding]:
    """Return what the check `ast` finds in a file."""
    try:
        return [finding for hdu in file.hdus() for finding in _findings(hdu)]
    except (FitsFormatError, FileAccessError):
        return []


def _findings(hdu: Hdu) -> Iterator[Finding]:
    chan = FitsChan.from_bytes(hdu.header)
    try:
        _read_natives(chan.copy())
    except ObjectCardError as error:
        yield _finding("FP200", str(error), hdu, error.number)
    if b"CTYPE" not in hdu.header or len(hdu.structure.axes) != 2:
        return
    expected = _by_wcslib(chan, _corners(hdu))
    if not expected:
        return
    try:
        found = _by_ast(chan, _corners(hdu))
    except FitsChanError as error:
        code = "FP203" if error.code == "NOAST" else "FP201"
        yield _finding(code, str(error), hdu)
        return
    yield from _disagreements(hdu, expected, found)


def _read_natives(chan: FitsChan) -> None:
    chan.encoding = "NATIVE"
    chan.card = 1
    while chan.read() is not None:
        pass


def _corners(hdu: Hdu) -> list[Position]:
    """Centres of the corner pixels, the first pixel of an axis being 1."""
    width, height = hdu.structure.axes
    return [(x, y) for x in (1.0, float(width)) for y in (1.0, float(height))]


def _by_wcslib(chan: FitsChan, pixels: list[Position]) -> list[Position]:
    """Longitudes and latitudes in degrees; none where wcslib finds no celestial axes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            wcs = chan.wcs()
            if wcs.naxis != 2 or wcs.wcs.lngtyp.strip() not in _SHARED_SYSTEMS:
                return []
            lon, lat = wcs.wcs.lng, wcs.wcs.lat
            world = wcs.all_pix2world(pixels, 1)
        except Exception:
            # Whatever wcslib and its wrapper raise on a header, there is nothing to compare with.
            return []
    return [(float(place[lon]), float(place[lat])) for place in world]


def _by_ast(chan: FitsChan, pixels: list[Position]) -> list[Position]:
    """Longitudes and latitudes in degrees; none where AST finds another frame than a sky frame.

    Raises
    ------
    FitsChanError
        AST is not installed, or can't read the header.
    """
    copy = chan.copy()
    copy.card = 1
    found = copy.read()
    frames = None if found is None else found.to_ast()
    if frames is None or not frames.getframe(frames.Current).isaskyframe():
        return []
    xs, ys = zip(*pixels, strict=True)
    places = frames.tran([xs, ys])
    lon, lat = (int(frames.get(axis)) - 1 for axis in ("LonAxis", "LatAxis"))
    return [(_degrees(place[lon]), _degrees(place[lat])) for place in zip(*places, strict=True)]


def _degrees(radians: float) -> float:
    """An angle of AST's, NaN where AST has none."""
    return math.nan if radians == BAD else math.degrees(radians)


def _disagreements(hdu: Hdu, expected: list[Position], found: list[Position]) -> Iterator[Finding]:
    for (x, y), one, other in zip(_corners(hdu), expected, found, strict=False):
        distance = _separation_arcsec(one, other)
        if distance > TOLERANCE_ARCSEC:
            yield _finding(
                "FP202",
                f"pixel ({x:.0f}, {y:.0f}) is at {_shown(one)} by wcslib, {_shown(other)} by AST:"
                f' {distance:.4g}" apart',
                hdu,
            )


def _separation_arcsec(one: Position, other: Position) -> float:
    """Angular distance of two places by the haversine formula; 0 where one of them is off the projection."""
    if any(map(math.isnan, (*one, *other))):
        return 0.0
    lon1, lat1, lon2, lat2 = map(math.radians, (*one, *other))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(chord)))) * 3600


def _shown(place: Position) -> str:
    return f"{place[0] % 360:.6f} {place[1]:+.6f}"


def _finding(code: str, message: str, hdu: Hdu, card: int | None = None) -> Finding:
    return Finding(code, CODES[code][0], message, hdu.hdu_index, card)
