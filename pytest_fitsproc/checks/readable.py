"""The check `readable`: is the file FITS, is it complete, do its headers parse?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from pytest_fitsproc.checks.card_rules import are_legal
from pytest_fitsproc.checks.findings import Finding, Level
from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.fits.blocks import BLOCK_SIZE, CARD_SIZE, end_offset, split_cards
from pytest_fitsproc.fits.content import content_name
from pytest_fitsproc.fits.file import FileAccessError, FitsFile, ForeignContentError, Hdu, MissingEndError
from pytest_fitsproc.fits.structure import axis_keys, find_card

ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO

CODES = {
    "FP100": (ERROR, "the file can't be opened or read"),
    "FP101": (ERROR, "the file holds something other than FITS"),
    "FP102": (ERROR, "a header has no END card, or is cut short"),
    "FP103": (ERROR, "the data are cut short"),
    "FP104": (WARNING, "only the padding of the last block is missing"),
    "FP105": (ERROR, "something other than an extension follows the last HDU"),
    "FP106": (WARNING, "NUL bytes or blanks follow the last HDU"),
    "FP110": (ERROR, "the size of the data can't be told: a structural keyword is missing or absurd"),
    "FP111": (ERROR, "mandatory cards are missing or out of order"),
    "FP112": (WARNING, "SIMPLE is not T: the file does not claim to follow the standard"),
    "FP113": (ERROR, "the header's last block is not filled with blanks"),
    "FP120": (ERROR, "a keyword has illegal characters"),
    "FP121": (ERROR, "a header has bytes other than printable ASCII"),
    "FP122": (ERROR, "a value can't be read"),
    "FP123": (WARNING, "a number is written in a way that the standard does not know"),
    "FP124": (WARNING, "an = in column 9 has no blank after it, and so makes no value"),
    "FP125": (WARNING, "CONTINUE continues nothing"),
    "FP130": (ERROR, "compressed data are damaged or cut short"),
    "FP131": (ERROR, "compressed data unpack to far more than their size: a bomb"),
    "FP132": (WARNING, "something follows the compressed data"),
    "FP133": (WARNING, "the name says compressed, the content is not"),
    "FP134": (INFO, "the content is compressed, the name does not say so"),
}
"""What `readable` finds: code, level, meaning. Codes stay; a level may change with a release."""

MAX_CARD_FINDINGS = 20
"""Findings of single cards that are listed for one header."""

_PACKED_SUFFIXES = (".gz", ".bz2")
_TILED_SUFFIX = ".fz"
_TILED_KEYS = (b"ZIMAGE  ", b"ZTABLE  ")
_TABLES = (b"XTENSION= 'BINTABLE'", b"XTENSION= 'TABLE   '")
_STANDARD = b"SIMPLE  =                    T"
_is_true = re.compile(rb"SIMPLE  = *T *(?:/|$)").match
_FILL = b"\0 "


def readable(file: FitsFile) -> list[Finding]:
    """Return what keeps a file from being read as FITS: other content, lost bytes, headers that don't parse.

    The data themselves are not looked at, but compressed content is unpacked to its end and compared with its
    check sum. What the standard forbids and all common readers bear is a warning; `CODES` lists everything.
    """
    findings: list[Finding] = []
    try:
        for hdu in file.hdus():
            if not _is_fine(hdu):
                findings += _header_findings(hdu)
        is_compressed = file.is_compressed
        if is_compressed or hdu.end != file.size:
            findings += _end_findings(file, hdu)
        if is_compressed or not file.path.endswith(".fits"):
            findings += _name_findings(file)
    except FileAccessError as exc:
        findings.append(_finding("FP100", exc.reason))
    except FitsFormatError as exc:
        findings += _explain(file, exc)
    return findings


def _is_fine(hdu: Hdu) -> bool:
    """Return whether a header is what the standard asks for, as fast as possible; False when in doubt."""
    header = hdu.header
    if not hdu.structure.is_ordered or not are_legal(header):
        return False
    end = end_offset(header, len(header) - BLOCK_SIZE)
    if header[end + CARD_SIZE :].strip(b" "):
        return False
    if hdu.hdu_index == 0:
        return header.startswith(_STANDARD)
    tfields = (5 + len(hdu.structure.axes)) * CARD_SIZE
    return not header.startswith(_TABLES) or header.startswith(b"TFIELDS ", tfields)


def _header_findings(hdu: Hdu) -> Iterator[Finding]:
    """Look closely at a header that tells the size of its data."""
    yield from _order_findings(hdu)
    if hdu.hdu_index == 0 and not _is_true(hdu.header, 0, CARD_SIZE):
        yield _finding("FP112", "SIMPLE is not T", 0, 1)
    yield from _card_findings(hdu.header, hdu.hdu_index)


def _order_findings(hdu: Hdu) -> Iterator[Finding]:
    """Name the mandatory cards that are missing, and the first one that is out of order."""
    found = [card[:8] for card in split_cards(hdu.header[: end_offset(hdu.header)])]
    expected = _mandatory_keys(hdu)
    for key in expected:
        if key not in found:
            yield _finding("FP111", f"has no {_name(key)} card", hdu.hdu_index)
    present = [key for key in expected if key in found]
    for number, (key, actual) in enumerate(zip(present, found, strict=False), 1):
        if key != actual:
            message = f"{_name(key)} should be here, it is card {found.index(key) + 1}"
            yield _finding("FP111", message, hdu.hdu_index, number)
            return


def _mandatory_keys(hdu: Hdu) -> list[bytes]:
    """Return the keyword fields that a header has to begin with (FITS standard 4.0, sections 4.4.1 and 7)."""
    keys = [b"XTENSION" if hdu.hdu_index else b"SIMPLE  ", b"BITPIX  ", b"NAXIS   "]
    keys += axis_keys(len(hdu.structure.axes))
    if hdu.hdu_index:
        keys += [b"PCOUNT  ", b"GCOUNT  "]
    if hdu.header.startswith(_TABLES):
        keys.append(b"TFIELDS ")
    return keys


def _card_findings(header: bytes, hdu_index: int) -> Iterator[Finding]:
    """Look at every card for itself, and at the padding after the last."""
    from pytest_fitsproc.checks.card_faults import faults

    end = end_offset(header)
    found = faults(split_cards(header[:end]))
    for number, code, message in islice(found, MAX_CARD_FINDINGS):
        yield _finding(code, message, hdu_index, number)
    for code, count in Counter(code for _, code, _ in found).items():
        yield _finding(code, f"{count} more like this, not listed", hdu_index)
    if padding := header[end + CARD_SIZE :].strip(b" "):
        yield _finding("FP113", f"after END come {padding[:20]!r}, not only blanks", hdu_index)


def _end_findings(file: FitsFile, last: Hdu) -> Iterator[Finding]:
    """Compare where the last HDU ends with where the content ends."""
    tail = file.read_at(last.end, BLOCK_SIZE)
    size = file.content_size
    if size < last.data_end:
        lost = f"{last.data_end - size} of {last.structure.data_size} bytes of data are missing"
        yield _finding("FP103", lost, last.hdu_index)
    elif size < last.end:
        yield _finding("FP104", f"the padding after the data lacks {last.end - size} bytes", last.hdu_index)
    elif size > last.end:
        message = f"{size - last.end} bytes follow the last HDU: {content_name(tail)}"
        yield _finding("FP105" if tail.strip(_FILL) else "FP106", message)


def _name_findings(file: FitsFile) -> Iterator[Finding]:
    """Compare what the file's name says of compression with its content."""
    if file.has_garbage:
        yield _finding("FP132", "something follows the compressed data")
    name = file.path.lower()
    if name.endswith(_TILED_SUFFIX) and not any(map(_is_tiled, file.hdus())):
        yield _finding("FP133", f"the name ends in {_TILED_SUFFIX}, but no HDU is tile-compressed")
    if name.endswith(_PACKED_SUFFIXES) and not file.is_compressed:
        yield _finding("FP133", "the name says compressed, the content is not")
    if file.is_compressed and not name.endswith(_PACKED_SUFFIXES):
        yield _finding("FP134", "the content is compressed, the name does not say so")


def _is_tiled(hdu: Hdu) -> bool:
    return any(find_card(hdu.header, key) >= 0 for key in _TILED_KEYS)


def _explain(file: FitsFile, error: FitsFormatError) -> Iterator[Finding]:
    """Yield the finding that an error of reading is, and what the header at fault tells besides."""
    from pytest_fitsproc.fits.compressed import DamagedError, ExpansionError

    if isinstance(error, DamagedError):
        yield _finding("FP130", error.reason)
    elif isinstance(error, ExpansionError):
        yield _finding("FP131", error.reason)
    elif isinstance(error, ForeignContentError):
        yield _finding("FP101", error.reason)
    elif isinstance(error, MissingEndError):
        yield _finding("FP102", error.reason, error.hdu_index)
    else:
        yield _finding("FP110", error.reason, error.hdu_index, error.card or None)
        yield from _card_findings(file.header_bytes(error.hdu_index), error.hdu_index)


def _finding(code: str, message: str, hdu_index: int | None = None, card: int | None = None) -> Finding:
    return Finding(code, CODES[code][0], message, hdu_index, card)


def _name(key: bytes) -> str:
    return key.decode("ascii").rstrip()
