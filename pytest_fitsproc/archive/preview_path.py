"""Where DaCHS puts the preview of a product."""

from __future__ import annotations

import base64


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
