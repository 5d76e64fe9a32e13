"""A two-step header processor on one file: a header is computed beside it, and applied to it."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import partial

from pytest_fitsproc.errors import FitsFormatError
from pytest_fitsproc.processing.headers.detached_file import (
    DetachedHeaderError,
    read_detached,
    write_detached,
)
from pytest_fitsproc.processing.headers.edited import Call, Edited, edited_header, refuse_compressed
from pytest_fitsproc.processing.headers.immediate import is_processed
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.headers.selection import ForeignHeaderError, applied_cards, detached_bytes
from pytest_fitsproc.processing.headers.two_steps import Done, TwoSteps
from pytest_fitsproc.processing.headers.writing import WriteOptions, rewrite_policy
from pytest_fitsproc.processing.outcome import CannotComputeHeader
from pytest_fitsproc.processing.visit import Visit

DEFAULT_OPTIONS = WriteOptions()


def run_detached(
    visit: Visit,
    rules: HeaderRules,
    switches: HeaderSwitches,
    asks: Collection[str],
    call: Call,
    options: WriteOptions = DEFAULT_OPTIONS,
) -> Done:
    """Compute the detached header of a file, or propose it to the visit, or both; return a label for that.

    Parameters
    ----------
    visit : of the file
    rules, switches : of the processor, and of the run
    asks : which of ``header`` and ``fitschan`` the function asks for
    call : runs the function
    options : where detached headers may be written, and whether the disk is waited for

    Raises
    ------
    CannotComputeHeader
        The function returned nothing, and asks for nothing that it could have edited.
    EditError
        What it returned is no header, or the file is compressed.
    DetachedHeaderError
        There is a detached header, but it can't be applied, or none can be written.
    Unavailable
        The header of the file can't be read.
    """

    path = f"{visit.source}{rules.detached or ''}"

    def compute() -> None:
        edited = edited_header(visit, rules.hdu, asks, call)
        if edited is None:
            raise CannotComputeHeader("the header processor returned None")
        store_detached(visit, edited, rules, path, options)

    return TwoSteps(
        is_processed=partial(is_processed, visit, rules),
        read=partial(read_detached, path),
        compute=compute,
        apply=partial(propose_detached, visit, rules, path),
    ).take(switches)


def store_detached(
    visit: Visit, edited: Edited, rules: HeaderRules, path: str, options: WriteOptions
) -> None:
    """Write the new header of a file beside it.

    Parameters
    ----------
    visit : of the file
    edited : its new header
    rules : of the processor
    path : of the detached header
    options : as for `run_detached`

    Raises
    ------
    DetachedHeaderError
        It can't be written.
    MissingCardError, UnformattedCardError
        The header is none that can be written.
    EditError
        The file is compressed.
    """
    refuse_compressed(visit)
    if _is_same_file(path, str(visit.source)):
        raise DetachedHeaderError(path, "the detached header would replace its file; give it an extension")
    header = detached_bytes(edited, visit.header_bytes(rules.hdu), rules)
    write_detached(path, header, rewrite_policy(visit.source.dd.rd, options))


def propose_detached(visit: Visit, rules: HeaderRules, path: str, detached: bytes) -> None:
    """Ask for a detached header to be written into its file.

    Parameters
    ----------
    visit, rules, path : as for `store_detached`
    detached : whole blocks

    Raises
    ------
    DetachedHeaderError
        It is none of this file.
    EditError
        The file is compressed.
    """
    refuse_compressed(visit)
    try:
        cards = applied_cards(detached, visit.header_bytes(rules.hdu), rules)
    except (ForeignHeaderError, FitsFormatError) as error:
        reason = f"the detached header is not applied: {getattr(error, 'reason', error)}"
        raise DetachedHeaderError(path, reason) from error
    visit.propose_cards(cards, rules.hdu)


def _is_same_file(path: str, source: str) -> bool:
    try:
        return os.path.samefile(path, source)
    except OSError:
        # Nothing is there, or the way leads through a file, which only the system minds.
        return os.path.normpath(path) == os.path.normpath(source)
