"""What a preview maker returned, as the bytes that are published."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FindingError, FitsprocError, FitsprocWarning
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.imaging import (
    NoImageError,
    NoSpectrumError,
    Preview,
    array_preview,
    default_preview,
    encode,
    format_of,
    mime_of_name,
    read_spectrum,
    spectrum_preview,
)
from pytest_fitsproc.processing.outcome import SkipThis
from pytest_fitsproc.processing.previews.rules import PreviewRules, PreviewSwitches, SpectrumRules

if TYPE_CHECKING:
    from pytest_fitsproc.archive.preview_target import PreviewTarget

_DEFAULT = "image/jpeg"
_FILES = (Source, FitsFile)


class PictureError(FindingError):
    """What a preview maker returned is no preview of this file."""


def format_of_target(target: PreviewTarget) -> str:
    """Return the media type that a preview is to have: as published, else as its name says, else JPEG."""
    return target.mime or mime_of_name(target.file) or _DEFAULT


def picture_bytes(value: Any, mime: str, rules: PreviewRules, switches: PreviewSwitches) -> bytes:
    """Return the bytes of a preview.

    Parameters
    ----------
    value : bytes of a picture, a Pillow image, an array; for spectra a pair of arrays, coordinates and
        fluxes; or a source or its file, which stands for the picture of the first image or spectrum in it
    mime : the format that it must have

    Raises
    ------
    PictureError
        It is none of these, or its bytes have another format, or a source is damaged.
    SkipThis
        A source has neither an image nor a spectrum.
    """
    try:
        return _picture(value, mime, rules, switches)
    except (NoImageError, NoSpectrumError) as error:
        raise SkipThis(str(error)) from error
    except FindingError:
        raise
    except FitsprocError as error:
        raise PictureError(str(error)) from error


def _picture(value: Any, mime: str, rules: PreviewRules, switches: PreviewSwitches) -> bytes:
    if isinstance(value, bytes | bytearray):
        return _checked(bytes(value), mime)
    if rules.spectrum is not None and not hasattr(value, "getbands"):
        return _noted(_plot(value, mime, rules.spectrum, switches.axes))
    if hasattr(value, "getbands"):
        return encode(value, mime)
    return _noted(_preview(value, mime, rules, switches.axes))


def _plot(value: Any, mime: str, spectrum: SpectrumRules, axes: bool) -> Preview:
    try:
        spectral, flux = read_spectrum(value) if isinstance(value, _FILES) else value
    except (TypeError, ValueError) as error:
        raise PictureError(
            f"a spectrum is a pair (coordinates, fluxes), and {type(value).__name__} was returned"
        ) from error
    return spectrum_preview(
        spectral,
        flux,
        linear=spectrum.linear_fluxes,
        connect=spectrum.connect_points,
        axes=axes,
        mime=mime,
    )


def _checked(data: bytes, mime: str) -> bytes:
    found = format_of(data)
    if found != mime:
        what = f"is {found}" if found else f"is no picture that is known, it begins with {data[:8]!r}"
        raise PictureError(f"what was returned {what}, and the preview is published as {mime}")
    return data


def _preview(value: Any, mime: str, rules: PreviewRules, axes: bool) -> Preview:
    if isinstance(value, _FILES):
        return default_preview(value, stretch=rules.stretch, size=rules.size, mime=mime, axes=axes)
    if hasattr(value, "__array__"):
        return array_preview(value, stretch=rules.stretch, size=rules.size, mime=mime)
    raise PictureError(
        f"a preview is bytes, a Pillow image or an array, and {type(value).__name__} was returned"
    )


def _noted(preview: Preview) -> bytes:
    """Return the bytes of a preview, and warn of what it does not show."""
    for note in preview.notes:
        warnings.warn(FitsprocWarning(f"preview: {note}"), stacklevel=2)
    return preview.data
