"""An HDU as astropy sees it, for what we do not read ourselves: compressed tiles and columns of tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from pytest_fitsproc.fits.compressed import DamagedError
from pytest_fitsproc.fits.file import FitsFile


@contextmanager
def opened_hdu(file: FitsFile, hdu_index: int) -> Iterator[Any]:
    """Yield astropy's HDU, whose images give stored values.

    A packed file is unpacked into memory, within the limits of its `FitsFile`.

    Raises
    ------
    DamagedError
        astropy can't open it.
    FitsFormatError
        The file can't be unpacked.
    """
    content = BytesIO(file.read_at(0, file.content_size)) if file.is_compressed else file.file
    with errors_as_damage(file.path, hdu_index, "it can't be opened"):
        from astropy.io import fits

        hdus = fits.open(content, do_not_scale_image_data=True, memmap=False)
        hdu = hdus[hdu_index]
    try:
        yield hdu
    finally:
        hdus.close()


@contextmanager
def errors_as_damage(path: str, hdu_index: int, what: str) -> Iterator[None]:
    """Turn any error of astropy's into a DamagedError that says `what` is wrong; its warnings are not shown.

    Damaged tiles and tables make it raise errors of nearly every kind. Warnings are the business of checks.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError:
        raise
    except Exception as exc:
        shown = " ".join(str(exc).split()) or type(exc).__name__
        raise DamagedError(path, f"{what} ({shown})", hdu_index=hdu_index) from exc
