"""The bytes of astropy headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astropy.io.fits import Card, Header


def header_bytes(header: Header) -> bytes:
    """Return the cards of an astropy header without END, each as it came if nobody touched it.

    Raises
    ------
    astropy.io.fits.VerifyError : a card that was changed can't be written
    """
    return "".join(map(_image, header.cards)).encode("latin-1")


def _image(card: Card) -> str:
    # str(card) mends what it does not like: a header that is only carried along would come out changed.
    if card._image and not card._modified:
        return str(card._image)
    return str(card)
