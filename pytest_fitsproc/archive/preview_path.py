"""Where DaCHS puts the preview of a product."""

from __future__ import annotations

import base64
import os

#: Bytes that the name of a file may have on the file systems in use.
MAX_NAME = 255
_KEPT_BYTES = 180


def standard_preview_path(prefix: str, accref: str) -> str:
    """Return the preview's accref where all previews are in one directory, under names made of the accref.

    The name is the base64 of the accref in UTF-8 with ``$`` and ``!`` for ``+`` and ``/``.

    Parameters
    ----------
    prefix : accref of the directory with previews, without a slash at its end
    """
    encoded = base64.b64encode(accref.encode("utf-8", "surrogateescape"), altchars=b"$!")
    return f"{prefix}/{encoded.decode('ascii')}"


def split_preview_path(prefix: str, accref: str, extension: str) -> str:
    """Return the preview's accref where previews are in directories like those of the products.

    The accref is appended whole, resource directory and all.
    """
    return f"{prefix}/{accref}{extension}"


def fitting_path(path: str) -> str:
    """Return a path whose every name a file system can hold.

    A name of more than 255 bytes (DaCHS makes them of accrefs over 189 bytes, and can't write the file)
    becomes its first 180 bytes, a hyphen, the first 32 hexadecimal digits of its SHA-256, and its suffix.
    """
    if len(os.fsencode(path)) <= MAX_NAME:
        return path
    return "/".join(map(_fitting_name, path.split("/")))


def _fitting_name(name: str) -> str:
    encoded = os.fsencode(name)
    if len(encoded) <= MAX_NAME:
        return name
    from hashlib import sha256

    suffix = os.fsencode(os.path.splitext(name)[1])
    if len(suffix) > MAX_NAME - _KEPT_BYTES - 33:
        suffix = b""
    kept = encoded[:_KEPT_BYTES].decode("utf-8", "ignore")
    return f"{kept}-{sha256(encoded).hexdigest()[:32]}{os.fsdecode(suffix)}"
