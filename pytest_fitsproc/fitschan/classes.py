"""The classes of AST objects, and which is derived from which (SUN/211, appendix A)."""

from __future__ import annotations

from functools import lru_cache

ROOT = "Object"

# Each class and those that are derived from it directly.
_DERIVED = {
    ROOT: "Mapping Channel KeyMap PointSet Axis",
    "Axis": "SkyAxis",
    "Channel": "FitsChan XmlChan StcsChan YamlChan MocChan",
    "KeyMap": "Table",
    "Table": "FitsTable",
    "Mapping": (
        "Frame CmpMap DssMap GrismMap IntraMap LutMap MathMap MatrixMap NormMap PcdMap PermMap PolyMap "
        "RateMap SelectorMap ShiftMap SlaMap SpecMap SphMap SplineMap SwitchMap TimeMap TranMap UnitMap "
        "UnitNormMap WcsMap WinMap XphMap ZoomMap"
    ),
    "PolyMap": "ChebyMap",
    "Frame": "CmpFrame FluxFrame FrameSet Region SkyFrame SpecFrame TimeFrame",
    "CmpFrame": "SpecFluxFrame",
    "SpecFrame": "DSBSpecFrame",
    "FrameSet": "Plot",
    "Plot": "Plot3D",
    "Region": "Box Circle CmpRegion Ellipse Interval Moc NullRegion PointList Polygon Prism Stc",
    "Stc": "StcCatalogEntryLocation StcObsDataLocation StcResourceProfile StcSearchLocation",
}

PARENTS = {child: parent for parent, children in _DERIVED.items() for child in children.split()}


def is_known(class_name: str) -> bool:
    """Return whether AST has such a class."""
    return class_name == ROOT or class_name in PARENTS


@lru_cache(maxsize=128)
def ancestors(class_name: str) -> tuple[str, ...]:
    """Return the classes that a class is derived from, the root first."""
    parent = PARENTS.get(class_name)
    return () if parent is None else (*ancestors(parent), parent)
