"""What processors take from ``gavo.helpers.fitstricks``: headers made from templates."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocWarning, NotFoundError
from pytest_fitsproc.fits import templates
from pytest_fitsproc.fits.header_order import COMMENTARY
from pytest_fitsproc.fits.templates.copying import DEFAULT_IGNORED
from pytest_fitsproc.fits.templates.template import Entry

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header

__all__ = [
    "DEFAULT_IGNORED_HEADERS",
    "MINIMAL_IMAGE_TEMPLATE",
    "WCS_TEMPLATE",
    "WFPDB_TEMPLATE",
    "addHistoryCard",
    "copyFields",
    "getHeaderAsDict",
    "getNameForTemplate",
    "getTemplateForName",
    "getTemplateNameFromHistory",
    "makeHeaderFromTemplate",
    "registerTemplate",
    "updateTemplatedHeader",
]

# Lists, because processors add lists of their own to them.
MINIMAL_IMAGE_TEMPLATE = list(templates.MINIMAL_IMAGE)
WCS_TEMPLATE = list(templates.WCS)
WFPDB_TEMPLATE = list(templates.WFPDB)

DEFAULT_IGNORED_HEADERS = frozenset(map(str.lower, DEFAULT_IGNORED))


def makeHeaderFromTemplate(
    template: str | Iterable[Entry], originalHeader: Header | None = None, **values: Any
) -> Header:
    """Return a new header with values put into a template; see `templates.make_header_from_template`.

    Without `originalHeader`, values that the template has no card for come after it, and a `FitsprocWarning`
    names them; with one, they are ignored.
    """
    if originalHeader is None:
        originalHeader = _header_of_unknown(template, values)
    return templates.make_header_from_template(template, originalHeader, **values)


def updateTemplatedHeader(hdr: Header, templateName: str | None = None, **kwargs: Any) -> Header:
    """Return a header with some values changed; see `templates.update_templated_header`."""
    return templates.update_templated_header(hdr, templateName, **kwargs)


def registerTemplate(templateName: str, template: Iterable[Entry]) -> None:
    """Give a template a name; see `templates.register_template`."""
    templates.register_template(templateName, template)


def getTemplateForName(templateName: str) -> list[Entry]:
    """Return the entries of the template that has a name.

    Raises
    ------
    NotFoundError
        No template has it.
    """
    return list(templates.registered_entries(templateName))


def getNameForTemplate(template: str | Iterable[Entry]) -> str:
    """Return the name under which a template is registered.

    Raises
    ------
    NotFoundError
        The template is not registered.
    """
    name = templates.find_template(template).name
    if not name:
        raise NotFoundError("this template is not registered: give it a name with registerTemplate")
    return name


def getTemplateNameFromHistory(hdr: Header) -> str:
    """Return the name of the template that a header was made from; see `templates.template_name`."""
    return templates.template_name(hdr)


def addHistoryCard(header: Header, entry: str, recognizer: str) -> None:
    """Write or overwrite a HISTORY card with the date of today; see `templates.add_history_card`."""
    templates.add_history_card(header, entry, recognizer)


def copyFields(
    header: Header, cardList: Iterable[Card], ignoredHeaders: Collection[str] = DEFAULT_IGNORED_HEADERS
) -> None:
    """Copy cards into a header; see `templates.copy_fields`."""
    templates.copy_fields(header, cardList, ignoredHeaders)


def getHeaderAsDict(hdr: Header) -> dict[str, Any]:
    """Return values by keyword, without HISTORY, COMMENT and blank cards; of several, the last."""
    return {
        card.keyword: hdr[number] for number, card in enumerate(hdr.cards) if card.keyword not in COMMENTARY
    }


def _header_of_unknown(template: str | Iterable[Entry], values: dict[str, Any]) -> Header | None:
    unknown = templates.unknown_keywords(template, values)
    if not unknown:
        return None
    from astropy.io.fits import Header

    warnings.warn(
        f"the template has no card for {', '.join(unknown)}; they come after it",
        FitsprocWarning,
        stacklevel=3,
    )
    header = Header()
    for keyword in unknown:
        header[keyword] = values[keyword]
    return header
