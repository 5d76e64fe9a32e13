"""What a rowmaker makes the columns of a table of, as far as it says so without Python."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.element import Element

if TYPE_CHECKING:
    from pytest_fitsproc.archive.table import Make

#: Children of a rowmaker that may change or drop any row.
_CODE = ("apply", "proc", "ignoreOn")
_NULLS = ("nullExpr", "nullExcs")

#: Contents of a map that stand for a key of the grammar's rows: ``wl``, ``@wl``, ``vars["wl"]``.
_KEY = re.compile(r"""@?(?P<name>[A-Za-z_]\w*)|vars\[\s*(?P<quote>["'])(?P<quoted>[^"']+)(?P=quote)\s*\]""")
_FLOAT = re.compile(r"float\(\s*(?P<argument>.*?)\s*\)", re.DOTALL)


def row_key(make: Make, column: str) -> str:
    """Return the key of the grammar's rows that a column of the table is made of.

    Maps, ``simplemaps`` and ``idmaps`` of the rowmaker are heeded; without a rowmaker, keys and columns have
    the same names, as in DaCHS.

    Raises
    ------
    DescriptorError
        The rowmaker needs code for that, or does not make such a column.
    """
    rowmaker = _rowmaker(make)
    if rowmaker is None:
        return column
    for child in rowmaker.find_all(*_CODE):
        raise child.error(f"<{child.name}> in a rowmaker is code, which is never run")
    key = _mapped_key(rowmaker, column)
    for variable in rowmaker.find_all("var"):
        if variable.value("key", "name") == key:
            raise variable.error(f"the variable {key!r} is Python, which is never run")
    return key


def _rowmaker(make: Make) -> Element | None:
    for child in make.element.find_all("rowmaker"):
        if child.attributes or child.children:
            return child
    reference = make.element.value("rowmaker")
    if not reference:
        return None
    found = make.rd.resolve(reference, make.element)
    if not isinstance(found, Element) or found.name != "rowmaker":
        raise make.element.error(f"{reference!r} is no rowmaker")
    return found


def _mapped_key(rowmaker: Element, column: str) -> str:
    for rule in reversed(rowmaker.find_all("map")):
        if rule.value("key", "dest") == column:
            return _key_of_map(rule, column)
    for given in rowmaker.values("simplemaps"):
        pairs = (pair.partition(":") for pair in given.text.split(","))
        for target, _, key in pairs:
            if target.strip() == column:
                return key.strip()
    for given in rowmaker.values("idmaps"):
        if any(fnmatchcase(column, pattern.strip()) for pattern in given.text.split(",")):
            return column
    raise rowmaker.error(f"this rowmaker makes no column {column!r}")


def _key_of_map(rule: Element, column: str) -> str:
    if any(rule.value(name) for name in _NULLS):
        raise rule.error(f"the map of {column!r} has a condition in Python, which is never run")
    content = rule.text.strip()
    if not content:
        return rule.value("source", "src") or column
    cast = _FLOAT.fullmatch(content)
    found = _KEY.fullmatch(cast["argument"] if cast else content)
    if found is None:
        raise rule.error(f"the map of {column!r} is Python, which is never run: {content}")
    return found["name"] or found["quoted"]
