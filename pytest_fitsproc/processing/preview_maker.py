"""DaCHS' base classes of preview makers, as the manual "File Processing" describes them.

The names in them are DaCHS' own, since processors override and call them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_fitsproc.archive.current_database import current_products, offering
from pytest_fitsproc.archive.database import DatabaseError
from pytest_fitsproc.archive.source import Identified
from pytest_fitsproc.errors import FindingError, FitsprocError
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.previews.making import MadePreview, make_preview, preview_class
from pytest_fitsproc.processing.previews.places import target_below
from pytest_fitsproc.processing.previews.rules import PreviewRules, PreviewSwitches, SpectrumRules
from pytest_fitsproc.processing.switch import add_switch

if TYPE_CHECKING:
    from optparse import OptionParser

    from pytest_fitsproc.archive.preview_target import PreviewTarget
    from pytest_fitsproc.archive.products import Products


#: Options that are fields of `PreviewSwitches`.
_SWITCHES = ("force", "stale", "axes")


class NoPreviewError(FindingError):
    """A product can't have its preview; the message says why."""


class PreviewMaker(FileProcessor):
    """Makes the previews of products; override `getPreviewData`.

    It goes through the accrefs in the table that the data go into, and writes what is missing where the
    products table says.
    """

    _previews_to: Path | None = None
    # Each process has its own connection to the database.
    _ungathered: ClassVar[frozenset[str]] = frozenset({"products"})

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare ``--force`` and ``--stale`` beside the options of all processors."""
        FileProcessor.addOptions(optParser)
        add_switch(optParser, "--force", "force", "make previews also where there are some")
        add_switch(optParser, "--stale", "stale", "make previews anew that are older than their files")

    @cached_property
    def products(self) -> Products:
        """The products of the data descriptor, by accref."""
        return current_products(self.dd)

    def iterIdentifiers(self) -> Iterable[object]:
        """Yield the accrefs of the products."""
        return iter(self.products.accrefs())

    def getPreviewPath(self, accref: str) -> str:
        """Return the absolute path of a product's preview.

        Raises
        ------
        FitsprocError
            There is no such product, or its preview has no place.
        """
        return str(self._target(accref).path)

    def getPreviewData(self, accref: str) -> Any:
        """Return the preview of a product: the bytes of a picture, a Pillow image, or an array."""
        raise NotImplementedError(f"{type(self).__name__} has no getPreviewData method")

    def classify(self, accref: Any) -> str:
        """Return ``with`` or ``without``, for what `process` would make of a product."""
        return preview_class(self._target(accref), self._switches())

    def process(self, accref: Any) -> MadePreview:
        """Make the preview of a product, if it has none or the options ask for it."""
        return make_preview(
            self._target(accref), self._rules(), self._switches(), lambda: self.getPreviewData(accref)
        )

    def _switches(self) -> PreviewSwitches:
        """What the options ask for; whoever makes a processor by hand may leave them out."""
        return PreviewSwitches(**{name: bool(getattr(self.opts, name, False)) for name in _SWITCHES})

    def _rules(self) -> PreviewRules:
        return PreviewRules()

    def _target(self, accref: str) -> PreviewTarget:
        with _as_findings():
            if self._previews_to is not None:
                return target_below(self._previews_to, Identified(accref, accref, self.dd), self.products)
            return self.products.preview_of(accref)


class SpectralPreviewMaker(PreviewMaker):
    """Makes plots of spectra; name in `sdmId` the data element that makes them, or override `get_spectrum`.

    Attributes
    ----------
    sdmId : id of the data element, in the descriptor of the data, that turns a product into a spectrum
    linearFluxes : whether the flux axis is linear rather than logarithmic
    connectPoints : whether points are connected by lines
    spectralColumn, fluxColumn : of the table that the data element makes
    """

    sdmId: str | None = None
    linearFluxes: bool = False
    connectPoints: bool = True
    spectralColumn: str = "spectral"
    fluxColumn: str = "flux"

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare ``--spectrum-axes`` beside the options of all preview makers."""
        PreviewMaker.addOptions(optParser)
        add_switch(
            optParser, "--spectrum-axes", "axes", "draw axes, for which matplotlib has to be installed"
        )

    def get_spectrum(self, accref: str) -> tuple[Any, Any]:
        """Return the spectral coordinates and the fluxes of a product, arrays of one length.

        Raises
        ------
        FitsprocError
            The data element can't be read without running its code, or the product can't.
        """
        from pytest_fitsproc.processing.previews.sdm import read_spectrum_by

        with _as_findings(), offering(lambda: self.products):
            return read_spectrum_by(self.dd, self.sdmId, accref, self.spectralColumn, self.fluxColumn)

    def getPreviewData(self, accref: str) -> Any:
        """Return the coordinates and the fluxes, which are drawn."""
        return self.get_spectrum(accref)

    def _rules(self) -> PreviewRules:
        return PreviewRules(spectrum=SpectrumRules(self.linearFluxes, self.connectPoints))


@contextmanager
def _as_findings() -> Iterator[None]:
    """Turn our errors into such as are shown without a traceback."""
    try:
        yield
    except (DatabaseError, FindingError):
        raise
    except FitsprocError as error:
        raise NoPreviewError(str(error)) from error
