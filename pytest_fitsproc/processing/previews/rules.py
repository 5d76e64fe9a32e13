"""How a function declares that it makes previews, and what holds for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import overload

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.kinds import Function, Kind, declare

_RULES = "__fitsproc_preview_rules__"


@dataclass(frozen=True)
class PreviewRules:
    """What holds for the previews that a processor makes.

    Attributes
    ----------
    stretch : how an array that it returns becomes grey: ``"zscale"`` or ``"dachs"``
    size : pixels of the longer side of a picture made of an array; None for what belongs to the stretch
    spectrum : how a spectrum that it returns is drawn; None where it returns pictures
    """

    stretch: str = "zscale"
    size: int | None = None
    spectrum: SpectrumRules | None = None

    def __post_init__(self) -> None:
        if self.stretch != "zscale":
            self._check_stretch()
        if self.size is not None and (not isinstance(self.size, int) or self.size < 1):
            raise FitsprocError(f"preview_maker: size is to be a whole number of pixels, not {self.size!r}")

    def _check_stretch(self) -> None:
        from pytest_fitsproc.imaging.preview import Stretch

        if self.stretch not in list(Stretch):
            known = " or ".join(map(repr, map(str, Stretch)))
            raise FitsprocError(f"preview_maker: stretch is to be {known}, not {self.stretch!r}")


@dataclass(frozen=True)
class SpectrumRules:
    """How spectra are drawn.

    Attributes
    ----------
    linear_fluxes : whether the flux axis is linear rather than logarithmic
    connect_points : whether points are connected by lines
    """

    linear_fluxes: bool = False
    connect_points: bool = True


@dataclass(frozen=True)
class PreviewSwitches:
    """Which previews a run makes beside those that are missing.

    Attributes
    ----------
    force : all
    stale : those that are older than their source
    axes : whether spectra are drawn with axes
    """

    force: bool = False
    stale: bool = False
    axes: bool = False


@overload
def preview_maker(function: Function, /) -> Function: ...


@overload
def preview_maker(*, stretch: str = "zscale", size: int | None = None) -> Callable[[Function], Function]: ...


def preview_maker(
    function: Function | None = None, /, *, stretch: str = "zscale", size: int | None = None
) -> Function | Callable[[Function], Function]:
    """Declare a function to be a preview maker: it returns the preview of a file.

    That is the bytes of a picture, a Pillow image, or an array: (ny, nx) or three of them for a colour one,
    row 0 at the bottom; or the source itself, for the picture that ``--fitsproc-previews`` makes. It is
    written where the data descriptor says, or below ``--fitsproc-previews-to``, for files that have none. A
    plain run makes nothing; ``--fitsproc-write`` makes what is missing, ``--fitsproc-force`` all.

    Parameters
    ----------
    stretch : how an array becomes grey: ``"zscale"``, or ``"dachs"`` for the picture that DaCHS makes
    size : pixels of the longer side of a picture made of an array, at most
    """
    return _declaring(function, PreviewRules(stretch, size))


@overload
def spectrum_preview_maker(function: Function, /) -> Function: ...


@overload
def spectrum_preview_maker(
    *, linear_fluxes: bool = False, connect_points: bool = True
) -> Callable[[Function], Function]: ...


def spectrum_preview_maker(
    function: Function | None = None, /, *, linear_fluxes: bool = False, connect_points: bool = True
) -> Function | Callable[[Function], Function]:
    """Declare a function to be a maker of previews of spectra: it returns the coordinates and the fluxes.

    Parameters
    ----------
    linear_fluxes : whether the flux axis is linear rather than logarithmic
    connect_points : whether points are connected by lines
    """
    return _declaring(function, PreviewRules(spectrum=SpectrumRules(linear_fluxes, connect_points)))


def preview_rules(function: object) -> PreviewRules:
    """The rules that a preview maker was declared with."""
    rules: PreviewRules = getattr(function, _RULES)
    return rules


def declare_preview_maker(function: Function, rules: PreviewRules) -> Function:
    """Declare a function to be a preview maker with these rules, and return it."""
    setattr(function, _RULES, rules)
    return declare(function, Kind.PREVIEW_MAKER)


def _declaring(function: Function | None, rules: PreviewRules) -> Function | Callable[[Function], Function]:
    if function is None:
        return lambda function: declare_preview_maker(function, rules)
    if not callable(function):
        raise FitsprocError(f"what makes previews is a function, not {function!r}; options are given by name")
    return declare_preview_maker(function, rules)
