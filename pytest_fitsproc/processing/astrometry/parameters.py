"""The parameters of solve-field, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from pytest_fitsproc.errors import OptionError

#: What ``--scale-units`` takes (solve-field 0.93, ``--help``).
PIXEL_UNITS = (
    "degwidth",
    "degw",
    "dw",
    "arcminwidth",
    "amw",
    "aw",
    "arcsecperpix",
    "app",
    "focalmm",
)

#: Parameters that are numbers, and the options of solve-field that they become.
_OPTIONS = (
    ("total_timelimit", "--cpulimit"),
    ("fields", "--fields"),
    ("lower_pix", "--scale-low"),
    ("upper_pix", "--scale-high"),
    ("endob", "--depth"),
    ("downsample", "--downsample"),
)
_INTEGERS = ("fields", "endob", "downsample")
_TRUTHS = ("tweak", "plots", "invert", "helpers")

# solve-field looks at its limit of CPU time seldom, and two may share a processor.
_WALL_FACTOR, _WALL_MARGIN_S = 2.0, 30.0


@dataclass(frozen=True)
class SolverParameters:
    """What solve-field is told; the names are those of DaCHS' ``sp_`` attributes.

    Attributes
    ----------
    indices : names of index files, or glob patterns, with or without ``.fits``; empty for all there are
    total_timelimit : CPU seconds after which solve-field gives up
    tweak : fit a polynomial to the distortion of the field
    fields : number of the table extension in a list of sources
    endob : brightest sources to look at; the larger, the longer an unsolvable field takes
    lower_pix, upper_pix : limits of the pixel scale, in `pix_units`
    pix_units : ``app`` is arcsec/pixel; see `PIXEL_UNITS`
    plots : let solve-field draw its pictures into the sandbox
    downsample : factor, for its own source extraction only
    invert : the stars are dark (a negative plate)
    helpers : let solve-field remove lines and uniformise a list of sources that was extracted by
        source-extractor; that takes 0.3 s and has given no better solution (measured). With them, as DaCHS
        has them always, cards are those of DaCHS to the last digit
    """

    indices: tuple[str, ...] = ()
    total_timelimit: float = 600
    tweak: bool = True
    fields: int = 1
    endob: int | None = None
    lower_pix: float | None = None
    upper_pix: float | None = None
    pix_units: str = "app"
    plots: bool = False
    downsample: int | None = None
    invert: bool = False
    helpers: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "indices", tuple(_flattened(self.indices)))
        for name, _ in _OPTIONS:
            self._set_number(name)
        for name in _TRUTHS:
            object.__setattr__(self, name, bool(getattr(self, name)))
        if self.pix_units not in PIXEL_UNITS:
            raise OptionError(
                f"solver parameter pix_units: {self.pix_units!r} is none of {_listed(PIXEL_UNITS)}"
            )
        if self.lower_pix and self.upper_pix and self.lower_pix > self.upper_pix:
            raise OptionError(
                f"solver parameter lower_pix: {self.lower_pix:g} is above upper_pix, {self.upper_pix:g}"
            )

    @classmethod
    def from_dachs(cls, values: Mapping[str, Any]) -> Self:
        """Return parameters from a dictionary as DaCHS' processors have it (``solverParameters``).

        Raises
        ------
        OptionError
            A name is unknown, or a value is not what its parameter takes.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise OptionError(f"unknown solver parameter {name!r}; there are {_listed(known)}")
        return cls(**values)

    @property
    def wall_limit_s(self) -> float:
        """Seconds on the clock after which nothing can be expected of solve-field any more."""
        return _WALL_FACTOR * self.total_timelimit + _WALL_MARGIN_S

    def options(self) -> list[str]:
        """Return the options of solve-field."""
        given = [(option, getattr(self, name)) for name, option in _OPTIONS]
        words = [word for option, value in given if value is not None for word in (option, f"{value:.15g}")]
        words += ["--scale-units", self.pix_units]
        words += [] if self.tweak else ["--no-tweak"]
        return words + ([] if self.plots else ["--no-plots"])

    def _set_number(self, name: str) -> None:
        value = getattr(self, name)
        if value is None and name not in ("total_timelimit", "fields"):
            return
        kind = int if name in _INTEGERS else float
        try:
            number = kind(value)
        except (TypeError, ValueError) as error:
            raise OptionError(f"solver parameter {name}: {value!r} is not a number") from error
        if not 0 < number < 1e9:
            raise OptionError(f"solver parameter {name}: {value!r} is not a positive number")
        object.__setattr__(self, name, number)


def _flattened(names: object) -> Iterable[str]:
    """Yield the names in a name or in a sequence of names, or of sequences of them.

    The manual has ``sp_indices = ["index-4215"],``, whose last comma makes a tuple of it.
    """
    if isinstance(names, str):
        yield names
    elif isinstance(names, Iterable):
        for name in names:
            yield from _flattened(name)
    else:
        raise OptionError(f"solver parameter indices: {names!r} is not the name of an index file")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
