"""DaCHS' base classes of processors that edit headers, as the manual "File Processing" describes them.

The names in them are DaCHS' own, since processors override and call them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.file_processor import FileProcessor
from pytest_fitsproc.processing.headers.at_once import AtOnce
from pytest_fitsproc.processing.headers.detached import propose_detached, store_detached
from pytest_fitsproc.processing.headers.detached_file import read_detached
from pytest_fitsproc.processing.headers.edited import EditError, is_header, refuse_compressed
from pytest_fitsproc.processing.headers.rules import HeaderRules, HeaderSwitches
from pytest_fitsproc.processing.headers.selection import detached_bytes
from pytest_fitsproc.processing.headers.two_steps import TwoSteps
from pytest_fitsproc.processing.outcome import CannotComputeHeader
from pytest_fitsproc.processing.switch import add_switch
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from optparse import OptionParser

    from astropy.io.fits import Header

    from pytest_fitsproc.fits.header_order import SequenceItem


_REPROCESS = ("--reprocess", "reProcess", "compute all headers anew")


class ImmediateHeaderProcessor(FileProcessor):
    """Edits the primary header of each file at once; override `_changeHeader`.

    Called by hand, `process` writes the file; while a run is at work with it, the run does.
    """

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare ``--reprocess`` beside the options of all processors."""
        FileProcessor.addOptions(optParser)
        add_switch(optParser, *_REPROCESS)

    def process(self, srcName: Any) -> object:
        """Have the primary header of a file changed, unless it is processed."""
        from pytest_fitsproc.processing.processor_header import processor_header

        with _visiting(self, srcName) as visit:
            header = processor_header(visit.header_bytes())
            if switches_of(self.opts).reprocess or not self._isProcessed(srcName, header):
                refuse_compressed(visit)
                _call_change_header(self, srcName, header)
                visit.propose_header(header)
        return None

    def _isProcessed(self, srcName: str, hdr: Header) -> bool:
        """Whether nothing is left to do with a file; to be overridden."""
        return False

    def _changeHeader(self, srcName: str, hdr: Header) -> object:
        """Change the header in place; to be overridden, with both arguments or with the header alone."""
        raise NotImplementedError(f"{type(self).__name__} has no _changeHeader method")


class HeaderProcessor(FileProcessor):
    """Computes headers into files beside the sources, and applies them in a second step.

    Override `_isProcessed`, and `_mungeHeader` or `_getHeader`. Called by hand, `process` writes what its
    options say; while a run is at work with it, the run writes the source.

    Attributes
    ----------
    headerExt : what is appended to a file's name for its detached header
    keepKeys : keywords whose cards an applied header takes from the file, if it has them; those that tell
        the size of the data always come from the file
    cardSequence : keywords that come first, behind the structural ones, in a detached header; None for none
    """

    headerExt: str = ".hdr"
    keepKeys: ClassVar[set[str]] = {
        "SIMPLE",
        "BITPIX",
        "NAXIS",
        "NAXIS1",
        "NAXIS2",
        "EXTEND",
        "BZERO",
        "BSCALE",
    }
    cardSequence: Iterable[SequenceItem] | None = None

    # Whether it solves fields: whoever runs it follows them then.
    _solves: ClassVar[bool] = False

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare the switches of both steps beside the options of all processors."""
        FileProcessor.addOptions(optParser)
        add_switch(optParser, *_REPROCESS)
        add_switch(optParser, "--no-compute", "compute", "use the headers that are there", default=True)
        add_switch(optParser, "--apply", "applyHeaders", "write the detached headers into their files")
        add_switch(
            optParser, "--reheader", "reHeader", "with --apply, also into files that are processed already"
        )

    def process(self, srcName: Any) -> object:
        """Take the steps that the options ask for, and return a label that says which they were."""
        with _visiting(self, srcName):
            return TwoSteps(
                is_processed=partial(self._isProcessed, srcName),
                read=partial(self._readCache, srcName),
                compute=partial(self._makeCache, srcName),
                apply=partial(self._writeHeader, srcName),
            ).take(switches_of(self.opts))

    def commentFilter(self, value: str) -> bool:
        """Whether a detached header keeps a COMMENT of this text; to be overridden."""
        return True

    def historyFilter(self, value: str) -> bool:
        """Whether a detached header keeps a HISTORY of this text; to be overridden."""
        return True

    def _isProcessed(self, srcName: str) -> bool:
        """Whether a file has its new header already; to be overridden."""
        return False

    def _getHeader(self, srcName: str) -> Header | None:
        """Return the complete new header of a file; to be overridden where `_mungeHeader` does not do.

        Raises
        ------
        CannotComputeHeader
            There is none.
        """
        return self._mungeHeader(srcName, self.getPrimaryHeader(srcName))

    def _mungeHeader(self, srcName: str, hdr: Header) -> Header | None:
        """Return the complete new header of a file, made of its present one; to be overridden."""
        return hdr

    def _makeCacheName(self, srcName: str) -> str:
        """Return the path of a file's detached header."""
        return str(srcName) + self.headerExt

    def _readCache(self, srcName: str) -> Header | None:
        """Return the detached header of a file, None where there is none.

        Raises
        ------
        DetachedHeaderError
            It is damaged.
        """
        raw = read_detached(self._makeCacheName(srcName))
        if raw is None:
            return None
        from pytest_fitsproc.processing.processor_header import processor_header

        return processor_header(raw)

    def _makeCache(self, srcName: str) -> None:
        """Compute the detached header of a file.

        Raises
        ------
        CannotComputeHeader
            There is none.
        """
        if getattr(self.opts, "beVerbose", False):
            print("Now computing for", srcName)
        header = self._getHeader(srcName)
        if header is None:
            raise CannotComputeHeader("_getHeader returned None")
        if not is_header(header):
            raise EditError(f"{srcName}: _getHeader returned {header!r:.80}, which is no header")
        self._writeCache(srcName, header)

    def _writeCache(self, srcName: str, hdr: Header) -> None:
        """Write a header of a file as its detached one."""
        with _visiting(self, srcName) as visit:
            store_detached(visit, hdr, rules_of(self), self._makeCacheName(srcName), self._write_options)

    def _writeHeader(self, srcName: str, header: Header) -> None:
        """Apply a header to a file."""
        with _visiting(self, srcName) as visit:
            raw = vars(header).get("_raw")
            if raw is None:
                raw = detached_bytes(header, visit.header_bytes(), rules_of(self))
            propose_detached(visit, rules_of(self), self._makeCacheName(srcName), raw)


def rules_of(processor: HeaderProcessor) -> HeaderRules:
    """Return what the attributes and methods of a processor say of the headers that it makes."""
    return HeaderRules(
        detached=processor.headerExt,
        keep_keys=frozenset(key.upper() for key in processor.keepKeys),
        comment_filter=processor.commentFilter,
        history_filter=processor.historyFilter,
        card_sequence=tuple(processor.cardSequence or ()),
    )


def switches_of(opts: Any) -> HeaderSwitches:
    """Return the switches that DaCHS' options stand for; one that is missing has its default."""
    return HeaderSwitches(
        reprocess=bool(getattr(opts, "reProcess", False)),
        computes=bool(getattr(opts, "compute", True)),
        applies=bool(getattr(opts, "applyHeaders", False)),
        reheaders=bool(getattr(opts, "reHeader", False)),
    )


@contextmanager
def _visiting(processor: FileProcessor, srcName: Any) -> Iterator[Visit]:
    """Give the visit of a file: that of the run, or one of our own, after which the file is written."""
    present, path = processor._visit, os.path.abspath(srcName)
    if present is not None:
        if os.path.abspath(present.source) != path:
            raise EditError(
                f"{srcName}: only the header of the file at hand, {present.source}, may be edited"
            )
        yield present
        return
    processor._visit = visit = Visit(Source(path, processor.dd))
    try:
        yield visit
        AtOnce(type(processor).__name__, processor._write_options).write(visit)
    finally:
        processor._visit = None
        visit.close()


def _call_change_header(processor: ImmediateHeaderProcessor, srcName: str, header: Header) -> None:
    """The manual's text has ``_changeHeader(hdr)``, its example and DaCHS ``_changeHeader(srcName, hdr)``."""
    change: Callable[..., object] = processor._changeHeader
    if _takes_header_alone(getattr(change, "__func__", change), hasattr(change, "__func__")):
        change(header)
    else:
        change(srcName, header)


@cache
def _takes_header_alone(function: Callable[..., object], is_bound: bool) -> bool:
    from inspect import Parameter, signature

    kinds = [parameter.kind for parameter in signature(function).parameters.values()]
    given = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return Parameter.VAR_POSITIONAL not in kinds and sum(kind in given for kind in kinds) == 1 + is_bound
