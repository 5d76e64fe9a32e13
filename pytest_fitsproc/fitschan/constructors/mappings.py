"""Mappings: how coordinates become others (SUN/211 §5-6)."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fitsproc.fitschan.constructors.items import make_item, make_items, make_object
from pytest_fitsproc.fitschan.errors import FitsChanError
from pytest_fitsproc.fitschan.objects import AstObject, IsA, Item

_MAPPING = IsA("Mapping", "Mapping between coordinate systems")


def unit_map(naxes: int) -> AstObject:
    """Return a UnitMap: coordinates stay what they are."""
    return _mapping("UnitMap", naxes)


def zoom_map(naxes: int, zoom: float) -> AstObject:
    """Return a ZoomMap: all coordinates times one factor."""
    return _mapping("ZoomMap", naxes, own=make_items(Zoom=float(zoom)))


def shift_map(shifts: Sequence[float]) -> AstObject:
    """Return a ShiftMap: a number is added to the coordinate of axis 1, 2, ..."""
    own = [make_item(f"Sft{axis}", float(shift)) for axis, shift in enumerate(shifts, 1)]
    return _mapping("ShiftMap", len(shifts), own=own)


def win_map(
    in_a: Sequence[float], in_b: Sequence[float], out_a: Sequence[float], out_b: Sequence[float]
) -> AstObject:
    """Return a WinMap: of two opposite corners, ``in_a`` becomes ``out_a`` and ``in_b`` becomes ``out_b``.

    Raises
    ------
    FitsChanError : the corners have different numbers of coordinates, or no extent along an axis
    """
    if len({len(corner) for corner in (in_a, in_b, out_a, out_b)}) > 1:
        raise FitsChanError("BADIN", "the four corners of a WinMap need the same number of coordinates")
    if any(a == b for a, b in zip(in_a, in_b, strict=True)):
        raise FitsChanError("BADIN", "the input window of a WinMap has no extent along an axis")
    own = []
    for axis, (a, b, u, v) in enumerate(zip(in_a, in_b, out_a, out_b, strict=True), 1):
        scale = (v - u) / (b - a)
        own += [make_item(f"Sft{axis}", float(u - a * scale)), make_item(f"Scl{axis}", float(scale))]
    return _mapping("WinMap", len(in_a), own=own)


def matrix_map(rows: Sequence[Sequence[float]]) -> AstObject:
    """Return a MatrixMap; AST computes the inverse when it loads one.

    Parameters
    ----------
    rows : (n_out, n_in)

    Raises
    ------
    FitsChanError : rows of different lengths
    """
    if not rows or len({len(row) for row in rows}) > 1:
        raise FitsChanError("BADIN", "the rows of a MatrixMap need the same number of elements")
    elements = [float(element) for row in rows for element in row]
    own = [make_item(f"M{number}", element) for number, element in enumerate(elements)]
    return _mapping("MatrixMap", len(rows[0]), len(rows), [*own, make_item("Form", "Full")])


def cmp_map(first: AstObject, second: AstObject, series: bool = True) -> AstObject:
    """Return a CmpMap: one Mapping after the other, or side by side on different axes.

    Raises
    ------
    FitsChanError : in series, the second does not take as many coordinates as the first gives
    """
    if series and n_out(first) != n_in(second):
        reason = f"a {first.class_name} gives {n_out(first)} coordinates, the {second.class_name} takes "
        raise FitsChanError("BADIN", f"{reason}{n_in(second)}")
    inputs = n_in(first) if series else n_in(first) + n_in(second)
    outputs = n_out(second) if series else n_out(first) + n_out(second)
    own = [make_item("MapA", first), make_item("MapB", second)]
    return _mapping("CmpMap", inputs, outputs, own if series else [make_item("Series", 0), *own])


def n_in(mapping: AstObject) -> int:
    """Return how many coordinates a Mapping takes."""
    return _count(mapping, "Nin")


def n_out(mapping: AstObject) -> int:
    """Return how many coordinates a Mapping gives."""
    return _count(mapping, "Nout") if "Nout" in mapping else n_in(mapping)


def _count(mapping: AstObject, name: str) -> int:
    value = mapping[name]
    assert isinstance(value, int)
    return value


def _mapping(class_name: str, inputs: int, outputs: int = 0, own: Sequence[Item] = ()) -> AstObject:
    counts = make_items(Nin=inputs, Nout=outputs if outputs not in (0, inputs) else None)
    return make_object(class_name, counts, _MAPPING, own)
