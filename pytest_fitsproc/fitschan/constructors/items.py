"""Items and objects with the comments that AST gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_fitsproc.fitschan.objects import AstObject, IsA, Item, ItemKind

# What AST says of each class and item; {} is the number in the name of the item.
CLASS_COMMENTS = {
    "Axis": "Coordinate axis",
    "CmpMap": "Compound Mapping",
    "Frame": "Coordinate system description",
    "FrameSet": "Set of inter-related coordinate systems",
    "MatrixMap": "Matrix transformation",
    "ShiftMap": "Shift each coordinate axis",
    "SkyAxis": "Celestial coordinate axis",
    "SkyFrame": "Description of celestial coordinate system",
    "SpecFrame": "Description of spectral coordinate system",
    "TimeFrame": "Description of time coordinate system",
    "UnitMap": "Unit (null) Mapping",
    "WinMap": "Map one window on to another",
    "ZoomMap": "Zoom about the origin",
}
_ITEM_COMMENTS = {
    "Ax": "Axis number {}",
    "Currnt": "Index of current Frame",
    "Domain": "Coordinate system domain",
    "Epoch": "Julian epoch of observation",
    "Eqnox": "Julian epoch of mean equinox",
    "Form": "Matrix storage form",
    "Frm": "Frame number {}",
    "Label": "Axis Label",
    "M": "Forward matrix value",
    "MapA": "First component Mapping",
    "MapB": "Second component Mapping",
    "Naxes": "Number of coordinate axes",
    "Nframe": "Number of Frames in FrameSet",
    "Nin": "Number of input coordinates",
    "Nout": "Number of output coordinates",
    "Proj": "Description of sky projection",
    "RefDec": "Reference Dec (rads, FK5 J2000)",
    "RefRA": "Reference RA (rads, FK5 J2000)",
    "RstFrq": "Rest frequency (Hz)",
    "Scl": "Scale factor for axis {}",
    "Series": "Component Mappings applied in parallel",
    "Sft": "Shift for axis {}",
    "SoR": "Standard of rest",
    "Symbol": "Axis symbol",
    "System": "Coordinate system type",
    "Title": "Title of coordinate system",
    "TmOrg": "Time offset",
    "TmScl": "Time scale",
    "Unit": "Axis units",
    "Zoom": "Zoom factor",
}
# Those of Mappings are doubles already.
_DOUBLES = frozenset({"Epoch", "Eqnox", "RefDec", "RefRA", "RstFrq", "TmOrg"})
_KINDS = {int: ItemKind.INT, float: ItemKind.DOUBLE, str: ItemKind.STRING, AstObject: ItemKind.OBJECT}
_NUMBER = re.compile(r"[0-9]+")


def make_object(
    class_name: str, items: Iterable[Item], inherited: IsA | None = None, own: Iterable[Item] = ()
) -> AstObject:
    """Return an object of some items, the end of what it inherits, and items of its own class."""
    entries: list[Item | IsA] = [*items, *([inherited] if inherited else []), *own]
    return AstObject(class_name, tuple(entries), CLASS_COMMENTS[class_name])


def make_items(**values: int | float | str | None) -> list[Item]:
    """Return items, without those that have no value."""
    return [make_item(name, value) for name, value in values.items() if value is not None and value != ""]


def make_item(name: str, value: int | float | str | AstObject) -> Item:
    """Return an item with the comment that AST gives it, and as a double where AST has one."""
    unnumbered = _NUMBER.sub("", name)
    comment = _ITEM_COMMENTS[unnumbered].format(*_NUMBER.findall(name))
    if unnumbered in _DOUBLES and isinstance(value, int | float):
        value = float(value)
    return Item(name, _KINDS[type(value)], value, True, comment)
