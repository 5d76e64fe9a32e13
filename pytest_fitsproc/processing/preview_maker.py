"""DaCHS' base classes of preview makers, as the manual "File Processing" describes them.

The names in them are DaCHS' own, since processors override and call them.
"""

# ruff: noqa: N802, N803, N815

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.current_database import current_products
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.previews.making import MadePreview, has_preview, make_preview
from pytest_fitsproc.processing.previews.rules import PreviewRules, PreviewSwitches, SpectrumRules

if TYPE_CHECKING:
    from optparse import OptionParser

    from pytest_fitsproc.archive.preview_target import PreviewTarget
    from pytest_fitsproc.archive.products import Products


class PreviewMaker(FileProcessor):
    """Makes the previews of products; override `getPreviewData`.

    It goes through the accrefs in the table that the data go into, and writes what is missing where the
    products table says.
    """

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare ``--force`` beside the options of all processors."""
        FileProcessor.addOptions(optParser)
        optParser.add_option(
            "--force",
            action="store_true",
            dest="force",
            default=False,
            help="make previews also where there are some",
        )

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
        return "with" if not self._is_forced and has_preview(self._target(accref)) else "without"

    def process(self, accref: Any) -> MadePreview:
        """Make the preview of a product, if it has none or the options ask for it."""
        switches = PreviewSwitches(force=self._is_forced)
        return make_preview(
            self._target(accref), self._rules(), switches, lambda: self.getPreviewData(accref)
        )

    @property
    def _is_forced(self) -> bool:
        return bool(getattr(self.opts, "force", False))

    def _rules(self) -> PreviewRules:
        return PreviewRules()

    def _target(self, accref: str) -> PreviewTarget:
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

    def get_spectrum(self, accref: str) -> tuple[Any, Any]:
        """Return the spectral coordinates and the fluxes of a product, arrays of one length.

        Raises
        ------
        FitsprocError
            The data element can't be read without running its code, or the product can't.
        """
        from pytest_fitsproc.processing.previews.sdm import read_spectrum_by

        return read_spectrum_by(self.dd, self.sdmId, accref, self.spectralColumn, self.fluxColumn)

    def getPreviewData(self, accref: str) -> Any:
        """Return the coordinates and the fluxes, which are drawn."""
        return self.get_spectrum(accref)

    def _rules(self) -> PreviewRules:
        return PreviewRules(spectrum=SpectrumRules(self.linearFluxes, self.connectPoints))
