r"""The macros that descriptors may use: those of a file and those of a product."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.element import Element
from pytest_fitsproc.archive.macros import Macro, TooLongError, expand
from pytest_fitsproc.archive.preview_path import split_preview_path, standard_preview_path
from pytest_fitsproc.errors import NotFoundError

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor

#: Whether DaCHS lets an accref through where it is told to be strict.
is_strict = re.compile(r"[,-:=@-Z_a-z{}~-]+").fullmatch
_MAX_NESTED_MACROS = 50

#: Macros that differ from product to product.
PRODUCT_MACROS = ("inputRelativePath", "standardPreviewPath", "splitPreviewPath")

_FALSE = ("false", "no", "f", "off", "disabled", "0")


def rd_macros(rd: ResourceDescriptor) -> Mapping[str, Macro]:
    r"""Return the macros that all of a descriptor may use: ``\schema`` and those it defines."""
    configuration = rd.inputs.configuration

    def get_config(section: str, name: str | None = None) -> str:
        return configuration.get(section, name) if name else configuration.get("general", section)

    own: dict[str, Macro] = {
        "rdId": lambda: rd.rd_id,
        "rdIdDotted": lambda: rd.rd_id.replace("/", "."),
        "schema": lambda: rd.schema,
        "resdir": lambda: rd.relative_resdir,
        "getConfig": get_config,
        "quote": lambda text: '"' + text.replace('"', '\\"') + '"',
        "upper": str.upper,
        "lower": str.lower,
    }
    return own | defined_macros(rd.element, own)


def product_macros(dd: DataDescriptor, accref: str) -> Mapping[str, Macro]:
    r"""Return the macros that a rowfilter may use for one product, ``\standardPreviewPath`` among them."""

    def input_relative_path(liberal: str = "True") -> str:
        if liberal.lower() in _FALSE and not is_strict(accref):
            raise ValueError(
                f"\\inputRelativePath{{False}}: {accref!r} has characters that make a bad accref"
            )
        return accref

    return {
        **dd.rd.macros,
        "inputRelativePath": input_relative_path,
        "standardPreviewPath": lambda: standard_preview_path(preview_prefix(dd), accref),
        "splitPreviewPath": lambda extension: split_preview_path(preview_prefix(dd), accref, extension),
    }


def preview_prefix(dd: DataDescriptor) -> str:
    """Return the accref of the directory with the previews, which the property previewDir names.

    Raises
    ------
    NotFoundError
        The data descriptor has no property previewDir.
    """
    directory = dd.get_property("previewDir", None)
    if directory is None:
        raise NotFoundError(
            f"{dd.full_id} has no property 'previewDir'; give it one, such as"
            ' <property key="previewDir">previews</property>'
        )
    return os.path.normpath(os.path.join(dd.rd.relative_resdir, directory))


def defined_macros(root: Element, others: Mapping[str, Macro] | None = None) -> dict[str, Macro]:
    """Return the macros that a descriptor defines by ``<macDef>``.

    They may use each other; one that uses itself is an error when it is expanded.

    Parameters
    ----------
    others : macros that their texts may use as well; without them, macros that are not known yet stay
    """
    texts = {
        name: element.text.strip()
        for element in root.find_all("macDef")
        if (name := element.attributes.get("name"))
    }
    results: dict[str, str] = {}
    open_macros: list[str] = []

    def expanded(name: str) -> str:
        if name in open_macros or len(open_macros) > _MAX_NESTED_MACROS:
            raise TooLongError(f"macro \\{name} is defined by itself, or by too many others")
        if name not in results:
            open_macros.append(name)
            try:
                results[name] = expand(texts[name], macros, keep_unknown=others is None)
            finally:
                open_macros.pop()
        return results[name]

    defined: dict[str, Macro] = {name: partial(expanded, name) for name in texts}
    macros = {**(others or {}), **defined}
    return defined
