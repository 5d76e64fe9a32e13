"""Frames: coordinate systems (SUN/211 §7-8)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from pytest_fitsproc.fitschan.constructors.items import CLASS_COMMENTS, make_item, make_items, make_object
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.objects import AstObject, IsA, Item

_FRAME = IsA("Frame", CLASS_COMMENTS["Frame"])


def frame(
    naxes: int,
    *,
    title: str = "",
    domain: str = "",
    epoch: float | None = None,
    system: str = "",
    labels: Sequence[str] = (),
    symbols: Sequence[str] = (),
    units: Sequence[str] = (),
) -> AstObject:
    """Return a Frame: a coordinate system without further meaning.

    Parameters
    ----------
    epoch : of observation, Julian years
    labels, symbols, units : those of axis 1, 2, ...; "" leaves AST's default
    """
    items = _framemake_items(naxes, title, domain, epoch, system)
    return make_object("Frame", items + _axes("Axis", naxes, labels, symbols, units))


def sky_frame(
    system: str = "",
    *,
    epoch: float | None = None,
    equinox: float | None = None,
    title: str = "",
    domain: str = "",
    projection: str = "",
    labels: Sequence[str] = (),
) -> AstObject:
    """Return a SkyFrame: longitude and latitude on the sky.

    Parameters
    ----------
    system : ICRS, FK5, FK4, GALACTIC, ECLIPTIC, AZEL, ...; "" is ICRS
    epoch, equinox : Julian years (Besselian for FK4)
    """
    items = _framemake_items(2, title, domain, epoch, system) + _axes("SkyAxis", 2, labels)
    own = make_items(Proj=projection, Eqnox=equinox)
    return make_object("SkyFrame", items, _FRAME, own)


def spec_frame(
    system: str = "",
    *,
    unit: str = "",
    epoch: float | None = None,
    std_of_rest: str = "",
    ref_ra: float | None = None,
    ref_dec: float | None = None,
    rest_freq: float | None = None,
) -> AstObject:
    """Return a SpecFrame: a position in a spectrum.

    Parameters
    ----------
    system : FREQ, WAVE, AWAV, VRAD, VOPT, ZOPT, ...; "" is WAVE
    epoch : of observation, Julian years
    std_of_rest : LSRK, HELIO, TOPO, ...
    ref_ra, ref_dec : where the source is, radians, FK5 J2000
    rest_freq : Hz
    """
    items = _framemake_items(1, "", "", epoch, system) + _axes("Axis", 1, units=[unit])
    own = make_items(SoR=std_of_rest, RefRA=ref_ra, RefDec=ref_dec, RstFrq=rest_freq)
    return make_object("SpecFrame", items, _FRAME, own)


def time_frame(
    system: str = "", *, unit: str = "", time_scale: str = "", time_origin: float | None = None
) -> AstObject:
    """Return a TimeFrame: a moment.

    Parameters
    ----------
    system : MJD, JD, JEPOCH, BEPOCH; "" is MJD
    time_scale : TAI, UTC, TT, TDB, ...
    time_origin : zero of the axis, in the unit of the system
    """
    items = _framemake_items(1, "", "", None, system) + _axes("Axis", 1, units=[unit])
    return make_object("TimeFrame", items, _FRAME, make_items(TmScl=time_scale, TmOrg=time_origin))


def _framemake_items(naxes: int, title: str, domain: str, epoch: float | None, system: str) -> list[Item]:
    return make_items(Title=title, Naxes=naxes, Domain=domain.upper(), Epoch=epoch, System=system)


def _axes(
    class_name: str,
    naxes: int,
    labels: Sequence[str] = (),
    symbols: Sequence[str] = (),
    units: Sequence[str] = (),
) -> list[Item]:
    parts = list(zip_longest(labels, symbols, units, range(naxes), fillvalue=""))
    if len(parts) > naxes:
        raise FitsChanError("BADIN", f"there are labels, symbols or units for more than {naxes} axes")
    return [_axis(class_name, axis, *part[:3]) for axis, part in enumerate(parts, 1)]


def _axis(class_name: str, axis: int, label: str, symbol: str, unit: str) -> Item:
    items = make_items(Label=label, Symbol=symbol, Unit=unit)
    inherited = IsA("Axis", CLASS_COMMENTS["Axis"]) if items and class_name != "Axis" else None
    return make_item(f"Ax{axis}", make_object(class_name, items, inherited))
