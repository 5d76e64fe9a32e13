"""Objects that people write by hand: Frames, a few Mappings, FrameSets.

Each function gives the tree that AST's constructor of the same name gives (SUN/211, appendix B). Numbers are
in the units of AST's dumps: angles in radians, frequencies in Hz; axes count from 1, as in AST.
"""

from pytest_fitsproc.fitschan.constructors.frames import frame, sky_frame, spec_frame, time_frame
from pytest_fitsproc.fitschan.constructors.framesets import frame_set
from pytest_fitsproc.fitschan.constructors.mappings import (
    cmp_map,
    matrix_map,
    shift_map,
    unit_map,
    win_map,
    zoom_map,
)

__all__ = [
    "cmp_map",
    "frame",
    "frame_set",
    "matrix_map",
    "shift_map",
    "sky_frame",
    "spec_frame",
    "time_frame",
    "unit_map",
    "win_map",
    "zoom_map",
]
