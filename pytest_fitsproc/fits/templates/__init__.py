"""Header templates: which cards a header has, in which order, with which comments."""

from __future__ import annotations

from pytest_fitsproc.fits.templates.copying import copy_fields
from pytest_fitsproc.fits.templates.history import HistoryEntryError, add_history_card, template_name
from pytest_fitsproc.fits.templates.making import (
    make_header_from_template,
    unknown_keywords,
    update_templated_header,
)
from pytest_fitsproc.fits.templates.minimal_template import MINIMAL_IMAGE
from pytest_fitsproc.fits.templates.registry import find_template, register_template, registered_entries
from pytest_fitsproc.fits.templates.template import Template, TemplateCard, TemplateError
from pytest_fitsproc.fits.templates.wcs_template import WCS
from pytest_fitsproc.fits.templates.wfpdb_template import WFPDB

__all__ = [
    "MINIMAL_IMAGE",
    "WCS",
    "WFPDB",
    "HistoryEntryError",
    "Template",
    "TemplateCard",
    "TemplateError",
    "add_history_card",
    "copy_fields",
    "find_template",
    "make_header_from_template",
    "register_template",
    "registered_entries",
    "template_name",
    "unknown_keywords",
    "update_templated_header",
]
