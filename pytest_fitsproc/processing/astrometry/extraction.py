"""Sources of an image, found by source-extractor."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry.errors import ProgramFailed
from pytest_fitsproc.processing.astrometry.sandbox import IMAGE, SOURCES, Sandbox

PROGRAM = "source-extractor"

#: The limits that DaCHS' manual gives for scanned plates (section "What to Try"): pixels, and sigmas above
#: the sky. source-extractor's own are 5 and 1.5.
PLATE_MINAREA, PLATE_THRESHOLD = 300, 4.0

#: The columns that DaCHS' object filters find in ``img.axy``.
COLUMNS = ("X_IMAGE", "Y_IMAGE", "MAG_ISO", "FLUX_AUTO", "ELONGATION")
_POSITIONS = ("X_IMAGE", "Y_IMAGE")

CONTROL, PARAMETERS, FILTER = "anet.control", "anet.param", "anet.filter"

_FIXED = f"""CATALOG_TYPE     FITS_1.0
CATALOG_NAME     {SOURCES}
PARAMETERS_NAME  {PARAMETERS}
FILTER_NAME      {FILTER}
"""

# The mask that comes with source-extractor for stars of 2 pixels FWHM, by distance from its centre along
# either axis. DaCHS and solve-field take it: with another one, cards would differ in their last digits.
_MASK = ((0.894573, 0.483068, 0.075183), (0.483068, 0.260856, 0.040599), (0.075183, 0.040599, 0.006319))

# source-extractor goes on after this; a parameter with a slip in its name would have no effect.
_UNKNOWN = re.compile(r"WARNING: (\S+) keyword unknown")


@dataclass(frozen=True)
class SourceExtraction:
    """How source-extractor is to find the sources.

    Attributes
    ----------
    control : its parameters, as in its configuration file, each in a line; they win over all others
    minarea : DETECT_MINAREA, pixels that a source has at least; None for the program's own
    threshold : DETECT_THRESH, in sigmas above the sky; None for the program's own
    sort_column : tells which sources are brightest: FLUX_… or MAG_…
    columns : of the table of sources, for object filters that need more than `COLUMNS`
    """

    control: str = ""
    minarea: float | None = None
    threshold: float | None = None
    sort_column: str = "FLUX_AUTO"
    columns: tuple[str, ...] = COLUMNS

    def __post_init__(self) -> None:
        if not self.sort_column.startswith(("FLUX_", "MAG_")):
            raise OptionError(f"sources are sorted by a column FLUX_… or MAG_…, not by {self.sort_column!r}")
        columns = dict.fromkeys((*_POSITIONS, *self.columns, self.sort_column))
        object.__setattr__(self, "columns", tuple(columns))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Those without which the solver can't do."""
        return (*_POSITIONS, self.sort_column)

    def control_text(self) -> str:
        """Return the configuration file of source-extractor."""
        limits = (("DETECT_MINAREA", self.minarea), ("DETECT_THRESH", self.threshold))
        given = "".join(f"{name:16} {value:g}\n" for name, value in limits if value is not None)
        return f"{_FIXED}{given}{self.control.strip()}\n"

    def options(self, width: int, height: int) -> list[str]:
        """Return the options by which solve-field understands the table of sources."""
        ascending = ["--sort-ascending"] if self.sort_column.startswith("MAG_") else []
        columns = [
            "--x-column",
            _POSITIONS[0],
            "--y-column",
            _POSITIONS[1],
            "--sort-column",
            self.sort_column,
        ]
        return [*columns, *ascending, "--width", str(width), "--height", str(height)]


def extract_sources(sandbox: Sandbox, extraction: SourceExtraction) -> None:
    """Write the sources of the image in a sandbox to ``img.axy`` there.

    Raises
    ------
    ProgramFailed
        source-extractor ended with an error, did not know a parameter, or wrote another file.
    """
    sandbox.path(CONTROL).write_text(extraction.control_text(), encoding="utf-8")
    sandbox.path(PARAMETERS).write_text("".join(f"{column}\n" for column in extraction.columns))
    sandbox.path(FILTER).write_text(_mask())
    output = sandbox.run(PROGRAM, ["-c", CONTROL, IMAGE])
    unknown = _UNKNOWN.search(output)
    if unknown:
        _fail(sandbox, f"{PROGRAM}: {unknown[1]} keyword unknown; correct the control text", output)
    if not sandbox.path(SOURCES).is_file():
        _fail(
            sandbox, f"{PROGRAM} did not write {SOURCES}: leave CATALOG_NAME out of the control text", output
        )


def _fail(sandbox: Sandbox, reason: str, output: str) -> None:
    raise ProgramFailed(reason, shlex.join(sandbox.commands[-1]), 0, output)


def _mask() -> str:
    """Return the file with the convolution mask, of 5 × 5 pixels."""
    rows = [[_MASK[abs(y)][abs(x)] for x in range(-2, 3)] for y in range(-2, 3)]
    return "CONV NORM\n" + "".join(" ".join(map(str, row)) + "\n" for row in rows)
