"""What a rowfilter binds to ``//products#define``: accref, preview path, media type of each product."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.descriptor_macros import (
    PRODUCT_MACROS,
    is_strict,
    preview_prefix,
    product_macros,
)
from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.archive.preview_path import standard_preview_path
from pytest_fitsproc.errors import NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor

_DEFINES = ("//products#define", "__system__/products#define")

#: What a bind may be to be evaluated without Python: quoted texts, numbers and macros, also several added up.
_TERM = re.compile(
    r"""(?P<quote>["'])(?P<text>(?:(?!(?P=quote)).)*)(?P=quote)"""
    r"|(?P<word>\\[A-Za-z_][A-Za-z_0-9]+(?:\{[^{}]*\})*|[+-]?[0-9]+(?:\.[0-9]*)?)",
    re.DOTALL,
)
_PLUS = re.compile(r"\s*\+\s*")
_NULL = "None"
_STANDARD_PREVIEW = r"\standardPreviewPath"
_is_path = re.compile(r"\\inputRelativePath(?:\{\w*\})?").fullmatch

#: What DaCHS assumes for a product where nothing is bound.
_DEFAULTS = {
    "accref": r"\inputRelativePath{False}",
    "path": r"\inputRelativePath{True}",
    "owner": _NULL,
    "embargo": _NULL,
    "mime": "'image/fits'",
    "preview": "'AUTO'",
    "preview_mime": _NULL,
    "datalink": _NULL,
}


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

    @property
    def is_defined(self) -> bool:
        """Whether there is such a rowfilter, so that DaCHS makes products of the data."""
        return self.element is not self.dd.element

    @property
    def accrefs_are_paths(self) -> bool:
        """Whether the accref of a product is nothing but the path of its file."""
        bound = self.texts.get("accref")
        return bound is None or _is_path(bound.text) is not None

    def evaluate(self, name: str, accref: str) -> str | None:
        r"""Return what a bind gives for a product, None for Python's None.

        Quoted texts with macros in them, single macros (``\standardPreviewPath``), numbers and sums of these
        are evaluated.

        Raises
        ------
        NotFoundError
            There is no such bind, and DaCHS has no default for it.
        DescriptorError
            The bind is Python, which is never run, or has a macro that can't be expanded.
        """
        return self.evaluator(name)(accref)

    def evaluator(self, name: str) -> Callable[[str], str | None]:
        """Return what evaluates a bind for an accref; the same as `evaluate`, faster for many products."""
        bound = self.texts.get(name)
        if bound is None and name in _DEFAULTS:
            bound = Text(_DEFAULTS[name], self.element.line)
        if bound is None:
            known = ", ".join(self.texts) or "none"
            raise NotFoundError(f"{self.dd.full_id} binds no {name!r} for its products; it binds: {known}")
        if bound.text == _NULL:
            return lambda accref: None
        literal = Text(self._literal(name, bound), bound.line)
        if not any(f"\\{macro}" in literal.text for macro in PRODUCT_MACROS):
            value = self.dd.rd.expand(literal)
            return lambda accref: value

        def expanded(accref: str) -> str:
            return self.dd.rd.expand(literal, product_macros(self.dd, accref))

        if literal.text == _STANDARD_PREVIEW and self.dd.get_property("previewDir", None):
            # The most frequent bind of a preview, and nothing in it has to be expanded anew for each.
            return partial(standard_preview_path, preview_prefix(self.dd))
        if _is_path(literal.text):
            # The most frequent bind, and the same whatever the macro's argument is.
            return lambda accref: accref if is_strict(accref) else expanded(accref)
        return expanded

    def _literal(self, name: str, bound: Text) -> str:
        """The text to be expanded."""
        terms = []
        position = 0
        while term := _TERM.match(bound.text, position):
            terms.append(term["word"] or term["text"])
            if term.end() == len(bound.text):
                # The glue ends the name of a macro.
                return r"\+".join(terms)
            plus = _PLUS.match(bound.text, term.end())
            position = plus.end() if plus else len(bound.text)
        raise self.element.error(f"bind {name!r} is Python, which is never run: {bound.text}", bound.line)


def _read_binds(rowfilter: Element) -> dict[str, Text]:
    binds = {}
    for bind in rowfilter.find_all("bind"):
        name = bind.attributes.get("key") or bind.attributes.get("name")
        if name is None:
            raise bind.error("<bind> needs a key")
        binds[name] = Text(bind.text.strip(), bind.line)
    return binds
