"""Spectra as a data element of a resource descriptor declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_fitsproc.archive.data_descriptor import DataDescriptor


def read_spectrum_by(
    dd: DataDescriptor, sdm_id: str | None, accref: str, spectral_column: str, flux_column: str
) -> tuple[Any, Any]:
    """Return the spectral coordinates and the fluxes of a product, as a data element declares them."""
    raise NotImplementedError
