"""The image of a field, as the programs get it: ``img.fits``, unpacked, with the image in its primary HDU."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from pytest_fitsproc.fits.content import BZIP2_MAGIC, GZIP_MAGIC, content_name
from pytest_fitsproc.processing.astrometry.errors import ImageError

if TYPE_CHECKING:
    from astropy.io.fits import HDUList
    from numpy.typing import NDArray

_OPENERS: tuple[tuple[bytes, Callable[[Path], BinaryIO]], ...] = (
    (GZIP_MAGIC, lambda path: cast(BinaryIO, gzip.GzipFile(path))),
    (BZIP2_MAGIC, lambda path: cast(BinaryIO, bz2.BZ2File(path))),
)


def place_image(path: Path, target: Path, *, hdu_index: int = 0, inverts: bool = False) -> tuple[int, int]:
    """Put the image of a file where the programs read it, and return its width and height in pixels.

    `target` becomes a link to the file where nothing is to be done to it.

    Parameters
    ----------
    path : the file; it may be packed by gzip or bzip2
    hdu_index : of the image; 0 is the primary
    inverts : make dark stars bright

    Raises
    ------
    ImageError
        The file can't be read as FITS, or has no image with two axes there.
    """
    _unpack_or_link(path, target)
    with _opened(target) as hdus:
        shape = _image_shape(hdus, hdu_index)
        _require_pixels(hdus[hdu_index])
        if hdu_index or inverts or len(hdus[0].shape) != 2:
            _rewrite(target, _pixels(hdus[hdu_index], shape), inverts)
    return shape[1], shape[0]


def _unpack_or_link(path: Path, target: Path) -> None:
    try:
        # A named pipe would wait for a writer for ever.
        if not S_ISREG(os.stat(path).st_mode):
            raise ImageError("can't be read: it is not a regular file")
        with open(path, "rb") as file:
            head = file.read(512)
    except OSError as error:
        raise ImageError(f"can't be read: {error.strerror}") from error
    opener = _opener(head)
    if opener:
        _unpack(path, opener, target)
    elif not head.startswith(b"SIMPLE  "):
        raise ImageError(f"no FITS file, but {content_name(head)}")
    else:
        target.symlink_to(os.path.abspath(path))


def _opener(head: bytes) -> Callable[[Path], BinaryIO] | None:
    return next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)


def _unpack(path: Path, opener: Callable[[Path], BinaryIO], target: Path) -> None:
    with open(target, "wb") as unpacked:
        try:
            with opener(path) as packed:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        except (EOFError, OSError, zlib.error) as error:
            if getattr(error, "errno", None) is not None:
                raise
            raise ImageError(f"can't be unpacked: {error}") from error


@contextmanager
def _opened(file: Path) -> Iterator[HDUList]:
    """Open a file, without the warnings about its headers, which are other checks' business."""
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(file) as hdus:
                yield hdus
        except (OSError, ValueError, TypeError, fits.VerifyError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise ImageError(f"can't be read as FITS: {' '.join(str(error).split())}") from error


def _image_shape(hdus: HDUList, hdu_index: int) -> tuple[int, int]:
    """Return (ny, nx) of an HDU's image; axes of one pixel do not count."""
    if hdu_index >= len(hdus):
        raise ImageError(f"there is no HDU {hdu_index}; the file has {len(hdus)}{_hint(hdus)}")
    shape = _shape(hdus[hdu_index])
    if len(shape) == 2:
        return shape
    found = f"an array of shape {' × '.join(map(str, shape))}" if shape else "no image"
    raise ImageError(f"HDU {hdu_index} has {found}, not one with two axes{_hint(hdus)}")


def _shape(hdu: Any) -> tuple[int, ...]:
    if not getattr(hdu, "is_image", False) or 0 in hdu.shape:
        return ()
    return tuple(length for length in hdu.shape if length > 1)


def _hint(hdus: HDUList) -> str:
    images = [str(index) for index, hdu in enumerate(hdus) if len(_shape(hdu)) == 2]
    return f"; there is one in HDU {', '.join(images)}" if images else ""


def _pixels(hdu: Any, shape: tuple[int, int]) -> NDArray[Any]:
    return cast("NDArray[Any]", hdu.data.reshape(shape))


def _require_pixels(hdu: Any) -> None:
    """Make sure that an image has one pixel, at least, that is a number; mostly, the first row tells."""
    import numpy as np

    if hdu.header["BITPIX"] < 0 and not any(np.isfinite(row).any() for row in hdu.data):
        raise ImageError("no pixel of the image is a number: all are NaN")


def _rewrite(target: Path, pixels: NDArray[Any], inverts: bool) -> None:
    import numpy as np
    from astropy.io import fits

    if inverts:
        pixels = np.float32(np.nanmax(pixels)) + np.float32(np.nanmin(pixels)) - pixels.astype("f4")
    fresh = target.with_suffix(".new")
    fits.PrimaryHDU(pixels).writeto(fresh)
    fresh.replace(target)
