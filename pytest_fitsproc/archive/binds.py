"""What a rowfilter binds to ``//products#define``: accref, preview path, media type of each product."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.descriptor_macros import product_macros
from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.errors import NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

_DEFINES = ("//products#define", "__system__/products#define")

#: What a bind may be to be evaluated without Python: a quoted text, a number, a macro.
_QUOTED = re.compile(r"""(["'])((?:(?!\1).)*)\1""", re.DOTALL)
_ONE_WORD = re.compile(r"\\[A-Za-z_][A-Za-z_0-9]+(?:\{[^{}]*\})*|[+-]?[0-9]+(?:\.[0-9]*)?")

#: What DaCHS assumes for a product where nothing is bound.
_DEFAULTS = {"accref": r"\inputRelativePath{False}", "path": r"\inputRelativePath{True}"}


@dataclass(frozen=True, eq=False)
class ProductBinds:
    """The binds of the first rowfilter ``//products#define`` of a data descriptor.

    Attributes
    ----------
    dd : the data descriptor
    element : the rowfilter; the data element where there is none
    texts : each bind as written, by name
    """

    dd: DataDescriptor
    element: Element
    texts: Mapping[str, Text]

    @classmethod
    def from_data(cls, dd: DataDescriptor) -> ProductBinds:
        """Return the binds of a data descriptor; they are empty where it makes no products."""
        for element in dd.element.descendants():
            if element.name == "rowfilter" and element.attributes.get("procDef") in _DEFINES:
                return cls(dd, element, _read_binds(element))
        return cls(dd, dd.element, {})

    def evaluate(self, name: str, accref: str) -> str:
        r"""Return what a bind gives for a product.

        Quoted texts with macros in them, single macros (``\standardPreviewPath``) and numbers are evaluated.

        Raises
        ------
        NotFoundError
            There is no such bind, and DaCHS has no default for it that is known here.
        DescriptorError
            The bind is Python, which is never run, or has a macro that can't be expanded.
        """
        bound = self.texts.get(name)
        if bound is None and name in _DEFAULTS:
            bound = Text(_DEFAULTS[name], self.element.line)
        if bound is None:
            known = ", ".join(self.texts) or "none"
            raise NotFoundError(f"{self.dd.full_id} binds no {name!r} for its products; it binds: {known}")
        return self.dd.rd.expand(
            Text(self._literal(name, bound), bound.line), product_macros(self.dd, accref)
        )

    def _literal(self, name: str, bound: Text) -> str:
        quoted = _QUOTED.fullmatch(bound.text)
        if quoted:
            return quoted[2]
        if _ONE_WORD.fullmatch(bound.text):
            return bound.text
        raise self.element.error(f"bind {name!r} is Python, which is never run: {bound.text}", bound.line)


def _read_binds(rowfilter: Element) -> dict[str, Text]:
    binds = {}
    for bind in rowfilter.find_all("bind"):
        name = bind.attributes.get("key") or bind.attributes.get("name")
        if name is None:
            raise bind.error("<bind> needs a key")
        binds[name] = Text(bind.text.strip(), bind.line)
    return binds
