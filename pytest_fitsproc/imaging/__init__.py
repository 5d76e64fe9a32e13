"""Pictures of FITS files: images scaled down in strips, stretches, JPEG and PNG, plots of spectra.

numpy, Pillow and astropy are imported when a function is called that needs them.
"""

from pytest_fitsproc.imaging.encoding import encode, format_of, known_mime, mime_of_name
from pytest_fitsproc.imaging.jpeg import color_jpeg_from_arrays, jpeg_from_array, make_lupton
from pytest_fitsproc.imaging.plane import NoImageError, Plane, find_plane
from pytest_fitsproc.imaging.plot import spectrum_plot
from pytest_fitsproc.imaging.preview import Preview, Stretch, array_preview, default_preview, spectrum_preview
from pytest_fitsproc.imaging.scaled_rows import block_mean, iter_scaled_rows
from pytest_fitsproc.imaging.spectrum import NoSpectrumError, read_spectrum

__all__ = [
    "NoImageError",
    "NoSpectrumError",
    "Plane",
    "Preview",
    "Stretch",
    "array_preview",
    "block_mean",
    "color_jpeg_from_arrays",
    "default_preview",
    "encode",
    "find_plane",
    "format_of",
    "iter_scaled_rows",
    "jpeg_from_array",
    "known_mime",
    "make_lupton",
    "mime_of_name",
    "read_spectrum",
    "spectrum_plot",
    "spectrum_preview",
]
