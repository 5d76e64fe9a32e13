"""Resource descriptors: XML files that say what a data collection is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pytest_fitsproc.archive.data_descriptor import DataDescriptor, read_properties
from pytest_fitsproc.archive.descriptor_macros import rd_macros
from pytest_fitsproc.archive.element import Element, Text
from pytest_fitsproc.archive.expansion import expand_element
from pytest_fitsproc.archive.ignored_sources import Database
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.macros import Macro, UnknownMacroError, expand
from pytest_fitsproc.archive.reader import read_element
from pytest_fitsproc.archive.service import Service
from pytest_fitsproc.archive.table import Table
from pytest_fitsproc.errors import DescriptorError, NotFoundError

_NO_SERVER = (
    "the server's URL is not known: give fitsproc_server_url in the ini file,"
    " or serverURL in section [web] of DaCHS' configuration"
)


@dataclass(frozen=True, eq=False, repr=False)
class ResourceDescriptor:
    """A ``<resource>``.

    Attributes
    ----------
    rd_id : path of the file below the inputs directory, without ``.rd``
    path : the file
    resdir : absolute path of the resource directory
    schema : name of the database schema
    inputs : the inputs directory
    element : as written, with all that streams, loops and ``original`` add
    server_url : scheme and host of the server, None where nobody says
    database : answers the queries of ignore lists
    """

    rd_id: str
    path: Path
    resdir: str
    schema: str
    inputs: InputsDirectory
    element: Element
    server_url: str | None = None
    database: Database | None = None

    def __repr__(self) -> str:
        return f"<ResourceDescriptor {self.rd_id}>"

    @cached_property
    def dds(self) -> tuple[DataDescriptor, ...]:
        """The data descriptors that have an id, in document order."""
        return tuple(
            DataDescriptor(element.attributes["id"], self, element)
            for element in self.element.find_all("data")
            if "id" in element.attributes
        )

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services that have an id, in document order."""
        elements = self.element.find_all("service")
        return tuple(Service(e.attributes["id"], self, e) for e in elements if "id" in e.attributes)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables that have an id, in document order."""
        elements = self.element.find_all("table")
        return tuple(Table(e.attributes["id"], self, e) for e in elements if "id" in e.attributes)

    @cached_property
    def properties(self) -> dict[str, str]:
        """Texts of ``<property>``, by ``key`` or ``name``."""
        return read_properties(self.element)

    @property
    def notices(self) -> list[str]:
        """What the user should know, one line each: that the resource directory is missing."""
        if os.path.isdir(self.resdir):
            return []
        return [f"{self.element.place}:{self.element.line}: there is no resource directory {self.resdir}"]

    def dd(self, dd_id: str) -> DataDescriptor:
        """Return a data descriptor.

        Raises
        ------
        NotFoundError
            There is none of that id; the message names those that are.
        """
        for dd in self.dds:
            if dd.id == dd_id:
                return dd
        known = ", ".join(dd.id for dd in self.dds) or "none"
        raise NotFoundError(f"{self.element.place} has no data descriptor {dd_id!r}; it has: {known}")

    def get_by_id(self, element_id: str) -> DataDescriptor | Table | Service | Element:
        """Return what has this id: a data descriptor, table or service, any other element as written.

        Raises
        ------
        NotFoundError
            Nothing has.
        """
        found = self._by_id.get(element_id)
        if found is None:
            known = ", ".join(self._by_id) or "none"
            raise NotFoundError(
                f"{self.element.place} has no element with id {element_id!r}; it has: {known}"
            )
        return found

    @cached_property
    def _by_id(self) -> dict[str, DataDescriptor | Table | Service | Element]:
        found: dict[str, DataDescriptor | Table | Service | Element] = {}
        for element in self.element.descendants():
            if "id" in element.attributes:
                found[element.attributes["id"]] = element
        found.update((table.id, table) for table in self.tables)
        found.update((service.id, service) for service in self.services)
        found.update((dd.id, dd) for dd in self.dds)
        return found

    def resolve(self, reference: str, at: Element) -> DataDescriptor | Table | Service | Element:
        """Return what a reference means: an id here, or ``other/rd#id``.

        Parameters
        ----------
        at : the element that refers, for errors

        Raises
        ------
        DescriptorError
            There is nothing of that id, or it is one of DaCHS' own descriptors (``//…``).
        """
        rd_id, _, element_id = reference.rpartition("#")
        if rd_id.startswith("//"):
            raise at.error(f"{reference!r} is in one of DaCHS' own descriptors, which are not read here")
        try:
            return self._descriptor(rd_id).get_by_id(element_id)
        except NotFoundError as error:
            raise at.error(str(error)) from error

    def _descriptor(self, rd_id: str) -> ResourceDescriptor:
        if rd_id in ("", self.rd_id):
            return self
        return load_descriptor(rd_id, self.inputs, server_url=self.server_url, database=self.database)

    def absolute_path(self, path: str) -> str:
        """Return `path`, which is relative to the resource directory; an absolute one as it is."""
        return os.path.join(self.resdir, path)

    def require_server_url(self, at: Element) -> str:
        """Return the server's URL without a slash at its end.

        Raises
        ------
        DescriptorError
            Nobody says what it is.
        """
        if self.server_url is None:
            raise at.error(_NO_SERVER)
        return self.server_url

    @cached_property
    def relative_resdir(self) -> str:
        """The resource directory, relative to the inputs directory."""
        return os.path.relpath(self.resdir, self.inputs.path)

    @cached_property
    def macros(self) -> Mapping[str, Macro]:
        """The macros that all of the descriptor may use."""
        return rd_macros(self)

    def expand(self, value: Text, macros: Mapping[str, Macro] | None = None) -> str:
        """Return a value of the descriptor with its macros expanded.

        Raises
        ------
        DescriptorError
            A macro is unknown, or gets the wrong arguments.
        """
        try:
            return expand(value.text, self.macros if macros is None else macros)
        except UnknownMacroError as error:
            reason = f"macro \\{error} is not known"
        except (ValueError, NotFoundError) as error:
            reason = f"a macro can't be expanded: {error}"
        raise DescriptorError(self.element.place, value.line, reason)

    @property
    def sourceId(self) -> str:  # noqa: N802
        """DaCHS' name for `rd_id`."""
        return self.rd_id

    getById = get_by_id  # noqa: N815
    getAbsPath = absolute_path  # noqa: N815


def load_descriptor(
    rd_id: str,
    inputs: InputsDirectory,
    *,
    server_url: str | None = None,
    database: Database | None = None,
) -> ResourceDescriptor:
    """Return the resource descriptor that ``<rd_id>.rd`` below the inputs directory holds.

    Nothing in it is executed.

    Parameters
    ----------
    rd_id : with or without ``.rd``; an absolute path below the inputs directory will do
    server_url : scheme and host of the server; by default what DaCHS' configuration says
    database : takes a query and gives its rows, for ignore lists out of a database

    Raises
    ------
    DescriptorError
        The file can't be read, or not be used as it is written.
    NotFoundError
        There is no such file.
    OptionError
        There is no inputs directory.
    """
    path = descriptor_path(rd_id, inputs)
    if not path.is_file():
        inputs.require()
        raise NotFoundError(f"there is no resource descriptor {inputs.accref(path)} in {inputs.path}")
    place = inputs.accref(path)
    root = read_element(path, place)
    if root.name != "resource":
        raise root.error(f"a resource descriptor begins with <resource>, not <{root.name}>")
    element = expand_element(root, inputs)
    schema = element.value("schema") or ""
    return ResourceDescriptor(
        place.removesuffix(".rd"),
        path,
        _resdir(element, schema, inputs),
        schema,
        inputs,
        element,
        server_url.rstrip("/") if server_url else inputs.configuration.server_url,
        database,
    )


def descriptor_path(rd_id: str, inputs: InputsDirectory) -> Path:
    """Return where a descriptor would be, whether it is there or not.

    Raises
    ------
    OutsideInputsError
        That is not below the inputs directory.
    """
    path = os.path.join(inputs.path, rd_id.removesuffix(".rd") + ".rd")
    return inputs.path_of(inputs.accref(path))


def _resdir(element: Element, schema: str, inputs: InputsDirectory) -> str:
    """DaCHS' rule: the attribute, relative to the inputs directory, by default the schema."""
    given = element.value("resdir") or schema
    if not given:
        raise element.error("<resource> needs a schema or a resdir")
    resdir = os.path.normpath(os.path.join(inputs.path, given))
    if not inputs.contains(resdir):
        raise element.error(f"resdir {given!r} leads out of the inputs directory {inputs.path}")
    return resdir
