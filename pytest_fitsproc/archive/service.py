"""Services of a resource descriptor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fitsproc.archive.element import Element

if TYPE_CHECKING:
    from pytest_fitsproc.archive.descriptor import ResourceDescriptor


@dataclass(frozen=True, eq=False)
class Service:
    """A ``<service>``.

    Attributes
    ----------
    id : name in URLs
    rd : the descriptor that it stands in
    element : as written
    """

    id: str
    rd: ResourceDescriptor
    element: Element

    @property
    def line(self) -> int:
        """Line of the start tag."""
        return self.element.line

    def url(self, renderer: str, absolute: bool = True) -> str:
        """Return where a renderer of the service is found: ``https://example.org/potsdam/q/dl/static``.

        Parameters
        ----------
        renderer : ``static``, ``form``, …
        absolute : whether scheme and host are asked for

        Raises
        ------
        DescriptorError
            An absolute URL is asked for, and nobody says what the server is called.
        """
        path = f"/{self.rd.rd_id}/{self.id}/{renderer}"
        return self.rd.require_server_url(self.element) + path if absolute else path

    getURL = url  # noqa: N815
