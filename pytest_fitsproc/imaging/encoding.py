"""Pictures as bytes: JPEG, PNG and GIF by Pillow, and the format that bytes have."""

from __future__ import annotations

import os
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.errors import FitsprocError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"

MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"SIMPLE  ", "application/fits"),
)
"""First bytes and the mime they tell."""

_ALIASES = {
    "jpeg": JPEG,
    "jpg": JPEG,
    "png": PNG,
    "gif": GIF,
    "image/jpg": JPEG,
    "image/pjpeg": JPEG,
    "image/x-png": PNG,
}
_OTHER_SUFFIXES = {
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "svgz": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "dib": "image/bmp",
    "pdf": "application/pdf",
    "ps": "application/postscript",
    "eps": "application/postscript",
    "avif": "image/avif",
    "heic": "image/heic",
    "heif": "image/heif",
    "jxl": "image/jxl",
    "jp2": "image/jp2",
    "j2k": "image/jp2",
    "apng": "image/apng",
    "ico": "image/vnd.microsoft.icon",
    "pbm": "image/x-portable-bitmap",
    "pgm": "image/x-portable-graymap",
    "ppm": "image/x-portable-pixmap",
    "pnm": "image/x-portable-anymap",
    "tga": "image/x-tga",
}
"""Endings of formats of pictures that we do not write."""

_PILLOW_NAMES = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF"}
_PILLOW_MODES = {
    JPEG: frozenset({"L", "RGB", "CMYK"}),
    PNG: frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}),
    GIF: frozenset({"1", "L", "P", "RGB", "RGBA"}),
}
"""Modes of images that Pillow writes in a format; others are converted to grey or to colour."""

_GREY_MODES = frozenset({"1", "LA", "La", "F", "I", "I;16", "I;16B", "I;16L"})

DEFAULT_QUALITY = 85


def encode(picture: Image | NDArray[Any], mime: str = JPEG, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return the bytes of a picture in a format.

    Parameters
    ----------
    picture : a Pillow image, or an array of bytes (uint8), the top row first: (rows, columns) is grey,
        (rows, columns, 3) is red, green, blue
    mime : ``image/jpeg``, ``image/png``, ``image/gif``, or the ending of a file's name
    quality : of JPEG, 1 to 95

    Raises
    ------
    FitsprocError
        The format is none of these, or the array is no picture.
    """
    name = known_mime(mime)
    image = _as_image(picture)
    if image.mode not in _PILLOW_MODES[name]:
        image = image.convert("L" if image.mode in _GREY_MODES else "RGB")
    out = BytesIO()
    try:
        image.save(out, _PILLOW_NAMES[name], **({"quality": quality} if name == JPEG else {}))
    except (OSError, ValueError) as exc:
        raise FitsprocError(f"a picture of {image.width}×{image.height} can't be {name}: {exc}") from exc
    return out.getvalue()


def plain_jpeg(image: Image, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return the JPEG of a Pillow image of mode L or RGB that says nothing beside its pixels.

    The bytes are those of `encode`, in two thirds of the time for a small picture.

    Raises
    ------
    FitsprocError
        It is too large for JPEG.
    """
    try:
        return image.tobytes("jpeg", image.mode, quality)
    except (OSError, RuntimeError):
        # Which says what is wrong.
        return encode(image, JPEG, quality)


@lru_cache(maxsize=64)
def known_mime(name: str) -> str:
    """Return the mime of a format we write, given as mime or as the ending of a file's name.

    Raises
    ------
    FitsprocError
        It is none of them.
    """
    plain = name.partition(";")[0].strip().lower().removeprefix(".")
    mime = _ALIASES.get(plain, plain)
    if mime not in _PILLOW_NAMES:
        raise FitsprocError(f"previews are not written as {name!r}; use one of {', '.join(_PILLOW_NAMES)}")
    return mime


def mime_of_name(name: str) -> str:
    """Return the mime that the ending of a file's name tells, also of pictures we do not write; else ""."""
    ending = os.path.splitext(name)[1].removeprefix(".").lower()
    return _ALIASES.get(ending) or _OTHER_SUFFIXES.get(ending, "")


def format_of(data: bytes) -> str:
    """Return the mime that the first bytes of a picture tell; "" where they tell none."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:256].lstrip().startswith((b"<svg", b"<?xml")):
        return "image/svg+xml" if b"<svg" in data[:2048] else ""
    return next((mime for magic, mime in MAGIC if data.startswith(magic)), "")


def _as_image(picture: Image | NDArray[Any]) -> Image:
    from PIL import Image as pillow  # noqa: N813

    if isinstance(picture, pillow.Image):
        return picture
    shape, dtype = getattr(picture, "shape", None), getattr(picture, "dtype", None)
    is_picture = shape and dtype == "u1" and 0 not in shape and (len(shape) == 2 or shape[2:] == (3,))
    if not is_picture:
        raise FitsprocError(
            f"a picture is a Pillow image or an array of uint8, (rows, columns) or (rows, columns, 3), "
            f"not {type(picture).__name__} of shape {shape} and type {dtype}"
        )
    return pillow.fromarray(picture)
