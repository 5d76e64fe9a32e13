"""An invented sky with its index files, and fields of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_fitsproc.processing.astrometry import SolverParameters

PROGRAMS = ("solve-field", "source-extractor", "build-astrometry-index")


@pytest.fixture(scope="session")
def programs(require_program: Callable[[str], str]) -> None:
    """astrometry.net and source-extractor are installed."""
    for name in PROGRAMS:
        require_program(name)


@pytest.fixture(scope="session")
def sky():
    """Stars: ra, dec, magnitudes."""
    import star_fields

    return star_fields.invented_sky()


@pytest.fixture(scope="session")
def index_path(programs, sky, tmp_path_factory) -> Path:
    """A directory with the index files of the sky."""
    import star_fields

    directory = tmp_path_factory.mktemp("indices")
    star_fields.write_indices(directory, sky)
    return directory


@pytest.fixture(scope="session")
def images(sky):
    """Images by their kind."""
    import star_fields

    easy = star_fields.star_image(sky, star_fields.true_wcs())
    return {
        "easy": easy,
        "plate": star_fields.scratched(easy),
        "negative": 32767 - easy,
        "foreign": star_fields.foreign_image(),
        "noise": star_fields.noise_image(),
    }


@pytest.fixture(scope="session")
def field(images, tmp_path_factory):
    """Return a function: the path of a FITS file with the image of a kind."""
    directory = tmp_path_factory.mktemp("fields")

    def path_of(kind: str) -> Path:
        path = directory / f"{kind}.fits"
        if not path.exists():
            from astropy.io import fits

            fits.PrimaryHDU(images[kind]).writeto(path)
        return path

    return path_of


@pytest.fixture
def parameters() -> SolverParameters:
    """Parameters that fit the fields."""
    import star_fields

    return star_fields.PARAMETERS
