"""CHECKSUM and DATASUM (FITS standard 4.0, section 4.4.2.7 and appendix J)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import CARD_SIZE, split_cards
from pytest_fitsproc.fits.file import FitsFile
from pytest_fitsproc.fits.layout import with_card
from pytest_fitsproc.fits.structure import find_card

CHECKSUM, DATASUM = b"CHECKSUM", b"DATASUM "
# As astropy formats them: it puts a card into its own format before it sums a header up to verify it.
EMPTY_CHECKSUM = b"CHECKSUM= '0000000000000000'   / HDU checksum".ljust(CARD_SIZE)
DATASUM_FORMAT = "DATASUM = {:20} / data unit checksum"

_ALL_ONES = 0xFFFFFFFF
_PIECE_SIZE = 1 << 16
_ASCII_ZERO = 0x30
_PUNCTUATION = frozenset(b":;<=>?@[\\]^_`")
_VALUE = slice(11, 27)
_comment = re.compile(rb"CHECKSUM= *(?:'[^']*'|[^'/]*) *(/.*)?", re.DOTALL).match
_undefined = re.compile(rb"CHECKSUM= *(?:' *')? *(?:/|$)").match
_stated_sum = re.compile(rb"DATASUM = *'? *([0-9]{1,10}) *'? *(?:/|$)").match
_TIME_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class ChecksumMode(StrEnum):
    """What happens to CHECKSUM and DATASUM when a header is edited.

    KEEP leaves the cards as they are, UPDATE makes a CHECKSUM that is there hold for the edited header, and
    ADD adds those that are missing, too. A DATASUM that is there is kept by all of them: an edited header
    leaves the data as they are, and a sum that does not hold tells of damage that must not be covered up.
    """

    KEEP = "keep"
    UPDATE = "update"
    ADD = "add"


def ones_complement_sum(pieces: Iterable[bytes]) -> int:
    """Return the 32-bit ones' complement sum of whole words, big-endian, in pieces of whole words."""
    total = 0
    for piece in pieces:
        # 2**32 is 1 modulo 2**32 - 1, so the whole number has the remainder of the sum of its words.
        total += int.from_bytes(piece, "big") % _ALL_ONES or (_ALL_ONES if piece.strip(b"\0") else 0)
    return total and (total - 1) % _ALL_ONES + 1


def encode_checksum(complement: int) -> bytes:
    """Return the 16 characters of a CHECKSUM value (FITS standard 4.0, appendix J.2).

    Parameters
    ----------
    complement : of the sum of the HDU whose CHECKSUM is 16 zeros
    """
    columns = [_encode_byte(byte) for byte in complement.to_bytes(4, "big")]
    text = bytes(column[row] for row in range(4) for column in columns)
    return text[-1:] + text[:-1]


def _encode_byte(byte: int) -> list[int]:
    """Return four letters or digits that add up to the byte and four zeros."""
    quotient, remainder = divmod(byte, 4)
    codes = [quotient + _ASCII_ZERO + (remainder if number == 0 else 0) for number in range(4)]
    for first in (0, 2):
        while codes[first] in _PUNCTUATION or codes[first + 1] in _PUNCTUATION:
            codes[first] += 1
            codes[first + 1] -= 1
    return codes


def with_checksum_cards(cards: bytes, mode: ChecksumMode, data_sum: Callable[[], int]) -> bytes:
    """Return the cards of a header, with those that `mode` asks for.

    Parameters
    ----------
    cards : 80 bytes each, without END
    data_sum : returns the ones' complement sum of the data; called only when it is needed
    """
    if mode is not ChecksumMode.ADD:
        return cards
    keywords = {card[:8] for card in split_cards(cards)}
    if DATASUM not in keywords:
        text = DATASUM_FORMAT.format(f"'{data_sum():<8}'")
        cards = with_card(cards, text.encode("ascii").ljust(CARD_SIZE))
    return cards if CHECKSUM in keywords else with_card(cards, EMPTY_CHECKSUM)


def updated_checksum(header: bytes, data_sum: Callable[[], int], now: datetime | None = None) -> bytes:
    """Return a header whose CHECKSUM holds, if it has a CHECKSUM that is not empty.

    The sum of the data is the one that DATASUM states; where there is none, it is asked for. A time stamp in
    the comment becomes the present one.

    Parameters
    ----------
    header : in whole blocks
    data_sum : returns the ones' complement sum of the data
    now : for the time stamp; None for the present time
    """
    offset = find_card(header, CHECKSUM)
    card = header[offset : offset + CARD_SIZE]
    if offset < 0 or _undefined(card):
        return header
    zeroed = _TIME_STAMP.sub(_time_stamp(now), _with_zeros(card))
    header = header[:offset] + zeroed + header[offset + CARD_SIZE :]
    total = ones_complement_sum([header, _stated_or(data_sum, header).to_bytes(4, "big")])
    value = encode_checksum(_ALL_ONES ^ total)
    return header[: offset + _VALUE.start] + value + header[offset + _VALUE.stop :]


def data_sum(file: FitsFile, hdu_index: int = 0) -> int:
    """Return the ones' complement sum of an HDU's data, padding included, as DATASUM states it.

    Raises
    ------
    FitsFormatError : the file is not FITS up to that HDU, or ends before its data do
    """
    hdu = next((hdu for hdu in file.hdus() if hdu.hdu_index == hdu_index), None)
    if hdu is None:
        raise FitsFormatError(file.path, "there is no such HDU", hdu_index=hdu_index)
    if hdu.end > file.content_size:
        raise FitsFormatError(file.path, "its data are cut short and can't be summed", hdu_index=hdu_index)
    return ones_complement_sum(
        file.read_at(start, min(_PIECE_SIZE, hdu.end - start))
        for start in range(hdu.data_offset, hdu.end, _PIECE_SIZE)
    )


def _with_zeros(card: bytes) -> bytes:
    """Return a CHECKSUM card with its comment and 16 zeros where the standard has the value."""
    match = _comment(card)
    comment = match[1] if match and match[1] else b""
    return (EMPTY_CHECKSUM.partition(b"/")[0] + comment).ljust(CARD_SIZE)[:CARD_SIZE]


def _time_stamp(now: datetime | None) -> bytes:
    return (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S").encode("ascii")


def _stated_or(data_sum: Callable[[], int], header: bytes) -> int:
    """Return the sum that DATASUM states, or the one that `data_sum` returns."""
    offset = find_card(header, DATASUM)
    stated = _stated_sum(header, offset, offset + CARD_SIZE) if offset >= 0 else None
    return int(stated[1]) & _ALL_ONES if stated else data_sum()
