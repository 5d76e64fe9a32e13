"""FrameSets: Frames that are connected by Mappings (SUN/211 §13)."""

from __future__ import annotations

from pytest_fitsproc.fitschan.constructors.items import make_item, make_items, make_object
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.objects import AstObject, Item, ItemKind


def frame_set(base: AstObject, *steps: tuple[int, AstObject, AstObject], current: int = 0) -> AstObject:
    """Return a FrameSet: Frames, and the Mappings between them.

    Parameters
    ----------
    base : Frame 1, the base Frame
    steps : for Frame 2, 3, ...: 1-based number of the Frame it is derived from, the Mapping from
        there, the Frame itself
    current : 1-based number of the current Frame; 0 for the last

    Raises
    ------
    FitsChanError : a step starts from a Frame that comes later

    Examples
    --------
    >>> pixels = frame(2, domain="PIXEL")
    >>> sky = frame_set(pixels, (1, zoom_map(2, 1e-5), sky_frame("ICRS")))
    """
    for number, (origin, _, _) in enumerate(steps, 2):
        if not 1 <= origin < number:
            raise FitsChanError("BADIN", f"Frame {number} can't be derived from Frame {origin}")
    numbered = list(enumerate(steps, 2))
    frames = [base, *(step[2] for step in steps)]
    return make_object(
        "FrameSet",
        [
            *make_items(Nframe=len(frames), Currnt=current or len(frames)),
            *(_link(number, origin) for number, (origin, _, _) in numbered),
            *(make_item(f"Frm{number}", to) for number, to in enumerate(frames, 1)),
            *(_map_item(number, origin, mapping) for number, (origin, mapping, _) in numbered),
        ],
    )


def _link(number: int, origin: int) -> Item:
    comment = f"Node {number} is derived from node {origin}"
    return Item(f"Lnk{number}", ItemKind.INT, origin, True, comment)


def _map_item(number: int, origin: int, mapping: AstObject) -> Item:
    comment = f"Mapping between nodes {origin} and {number}"
    return Item(f"Map{number}", ItemKind.OBJECT, mapping, True, comment)
