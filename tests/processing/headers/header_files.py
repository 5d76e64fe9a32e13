"""Small files, and what is in their headers."""

from __future__ import annotations

IMAGE = [
    "SIMPLE  =                    T / conforms to FITS standard",
    "BITPIX  =                   16 / bits",
    "NAXIS   =                    2 / axes",
    "NAXIS1  =                    4 / width",
    "NAXIS2  =                    3 / height",
]


def header_bytes(*cards: str | bytes) -> bytes:
    """Cards of any text, and END, in whole blocks."""
    raw = [card if isinstance(card, bytes) else card.encode("latin-1") for card in cards]
    text = b"".join(card.ljust(80) for card in [*raw, b"END"])
    return text.ljust(-(-len(text) // 2880) * 2880)


def image(*cards: str | bytes) -> bytes:
    """A FITS file of twelve pixels whose header has these cards."""
    return header_bytes(*IMAGE, *cards) + bytes(range(24)).ljust(2880, b"\0")


def cards_of(header: bytes) -> list[str]:
    """The cards of a header without blanks at their ends, up to END."""
    cards = [header[start : start + 80].decode("latin-1").rstrip() for start in range(0, len(header), 80)]
    return cards[: cards.index("END")]
