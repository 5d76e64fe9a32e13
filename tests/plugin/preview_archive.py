"""An archive of images and spectra whose descriptor says where their previews belong."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table
from PIL import Image
from small_archive import Archive

DESCRIPTOR = r"""
<resource schema="potsdam"><table id="main"/><table id="spectrum"/>
<data id="import"><property key="previewDir">previews</property><sources pattern="data/*" recurse="True"/>
<fitsProdGrammar><rowfilter procDef="//products#define"><bind key="table">"\schema.main"</bind>
<bind key="path">\inputRelativePath{True}</bind><bind key="accref">\inputRelativePath{True}</bind>
BINDS</rowfilter></fitsProdGrammar><make table="main"/></data>
<data id="build_sdm_data" auto="False">SDM</data></resource>
"""
_PATH, _MIME = '<bind key="preview">{}</bind>', '<bind key="preview_mime">"{}"</bind>'


def describe(
    archive: Archive, mime: str | None = "image/png", path: str = r"\splitPreviewPath{.png}", sdm: str = ""
) -> None:
    """Write the descriptor: the format and the path of previews, and what makes spectra."""
    binds = _PATH.format(path) + (_MIME.format(mime) if mime else "")
    archive.write("potsdam/q.rd", DESCRIPTOR.replace("BINDS", binds).replace("SDM", sdm))


def pixels(shape: tuple[int, ...] = (20, 30), dtype: str = "f4") -> Any:
    """A slope, which has all values between the least and the greatest."""
    return np.arange(np.prod(shape), dtype="f8").reshape(shape).astype(dtype)


def image_bytes(data: Any = None, **cards: Any) -> bytes:
    """A FITS file with an image in its primary HDU."""
    out = BytesIO()
    fits.PrimaryHDU(pixels() if data is None else data, fits.Header(cards)).writeto(out)
    return out.getvalue()


def spectrum_bytes(spectral: Any, flux: Any) -> bytes:
    """A FITS file with a table of two columns, ``spectral`` and ``flux``."""
    out = BytesIO()
    Table({"spectral": spectral, "flux": flux}).write(out, format="fits")
    return out.getvalue()


def add_images(archive: Archive, *names: str) -> None:
    for name in names:
        archive.add_file(name, image_bytes())


def preview(archive: Archive, name: str, suffix: str = ".png") -> Path:
    """Where the preview of a file belongs, by the descriptor."""
    return archive.resdir / "previews" / "potsdam" / "data" / (name + suffix)


def size_and_format(path: Path) -> tuple[tuple[int, int], str | None]:
    with Image.open(path) as picture:
        picture.load()
        return picture.size, picture.format


def files_below(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
