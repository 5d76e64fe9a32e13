"""The templates that have a name."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fitsproc.errors import NotFoundError
from pytest_fitsproc.fits.templates.minimal_template import MINIMAL_IMAGE
from pytest_fitsproc.fits.templates.template import Entry, Template, TemplateError
from pytest_fitsproc.fits.templates.wcs_template import WCS
from pytest_fitsproc.fits.templates.wfpdb_template import WFPDB

# A header tells its template by name only, in HISTORY, so that what a name means must be known everywhere. A
# name never changes its meaning.
_registered: dict[str, tuple[tuple[Entry, ...], Template]] = {
    name: (entries, Template.of(name, entries))
    for name, entries in (("minimal", MINIMAL_IMAGE), ("wcs", WCS), ("wfpdb", WFPDB))
}


def register_template(name: str, entries: Iterable[Entry]) -> Template:
    """Return a template of entries, which can be asked for by its name from now on.

    Parameters
    ----------
    name : one word; better with something of yours in it: ``potsdam_plate`` rather than ``plate``
    entries : see `template.Entry`

    Raises
    ------
    TemplateError
        The name has another meaning already, or name or entries are not as they should be.
    """
    written = tuple(entries)
    new = Template.of(name, written)
    if not name:
        raise TemplateError("a template is registered under a name, not under ''")
    _, template = _registered.setdefault(name, (written, new))
    if template != new:
        raise TemplateError(
            f"the template {name!r} is registered already, with other cards; take another name"
        )
    return template


def find_template(template: Template | str | Iterable[Entry]) -> Template:
    """Return the template of a name or of entries; of entries that are not registered, one without a name.

    Raises
    ------
    NotFoundError
        No template has the name; the message tells those there are.
    """
    if isinstance(template, Template):
        return template
    if isinstance(template, str):
        return _named(template)[1]
    written = tuple(template)
    found = (known for entries, known in _registered.values() if entries == written)
    return next(found, None) or Template.of("", written)


def registered_entries(name: str) -> tuple[Entry, ...]:
    """Return the entries of the template of a name, to make others with.

    Raises
    ------
    NotFoundError
        No template has the name.
    """
    return _named(name)[0]


def known_titles() -> frozenset[str]:
    """Return the titles of all templates that have a name, without what frames them."""
    return frozenset().union(*(template.titles for _, template in _registered.values()))


def _named(name: str) -> tuple[tuple[Entry, ...], Template]:
    if name not in _registered:
        raise NotFoundError(
            f"no template is registered as {name!r}; there are {', '.join(sorted(_registered))}"
        )
    return _registered[name]
