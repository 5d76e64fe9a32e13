"""DaCHS' base class of processors, as the manual "File Processing" describes it.

The names in it are DaCHS' own, since processors override and call them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.processing.headers.writing import WriteOptions
from pytest_fitsproc.processing.switch import add_switch
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from optparse import OptionParser

    from astropy.io.fits import Header


class _PrimaryHeaderMethod:
    """DaCHS' ``getPrimaryHeader(srcName)``, which may be called on a processor, and on its class."""

    def __get__(self, processor: FileProcessor | None, cls: type[FileProcessor]) -> Callable[[str], Header]:
        return partial(_primary_header, None if processor is None else processor._visit)


def _primary_header(visit: Visit | None, srcName: str) -> Header:
    """Return the primary header of a file as an astropy Header, on which pyfits' old methods work, too.

    Raises
    ------
    FitsprocError
        The header can't be read.
    """
    from pytest_fitsproc.fits.file import FitsFile
    from pytest_fitsproc.processing.processor_header import processor_header

    if visit is not None and str(visit.source) == str(srcName):
        return processor_header(visit.header_bytes())
    with FitsFile(str(srcName)) as file:
        return processor_header(file.header_bytes())


class FileProcessor:
    """Something to do with each source of a data descriptor; override `process` or `classify`.

    Parameters
    ----------
    opts : the options, as `addOptions` declared them
    dd : the data descriptor whose sources are processed

    Attributes
    ----------
    opts, dd : the parameters
    getPrimaryHeader : returns the primary header of a file, given its path
    exitcode : what a script may end with, once `procmain` has returned: 1 if any file had an error, else 0
    """

    exitcode: int = 0
    # Attributes of no interest once a file is done: processes do not put them together.
    _ungathered: ClassVar[frozenset[str]] = frozenset()
    _visit: Visit | None = None
    _write_options = WriteOptions()

    def __init__(self, opts: Any, dd: DataDescriptor) -> None:
        self.opts, self.dd = opts, dd
        self._createAuxiliaries(dd)

    @property
    def inputsDir(self) -> str:
        """The inputs directory, as an absolute path."""
        return str(self.dd.rd.inputs.path)

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare the options every processor has; who overrides this must call it."""
        optParser.add_option(
            "--filter",
            metavar="STR",
            dest="requireFrag",
            default=None,
            help="only files whose accref contains STR",
        )
        add_switch(optParser, "--bail", "bailOnError", "end at the first error, with its traceback")
        add_switch(optParser, "--report", "doReport", "classify the files instead of processing them")
        add_switch(optParser, "--verbose", "beVerbose", "list the files of each class")
        optParser.add_option(
            "-j",
            "--n-procs",
            metavar="NUM",
            type="int",
            dest="nParallel",
            default=1,
            help="number of processes that work in parallel",
        )

    def iterIdentifiers(self) -> Iterable[object]:
        """Yield what `process` and `classify` get, one by one: the absolute paths of the sources."""
        return iter(self.dd.sources)

    def process(self, srcName: Any) -> object:
        """Do what is to be done with one file."""
        raise NotImplementedError(f"{type(self).__name__} has no process method")

    def classify(self, srcName: Any) -> str:
        """Return the label of the class that a file is in."""
        return "unknown"

    def getProductKey(self, fName: str) -> str:
        """Return the product key of a file: its path relative to the inputs directory.

        Raises
        ------
        FitsprocError
            The file is not below the inputs directory.
        """
        return self.dd.rd.inputs.accref(fName)

    getPrimaryHeader = _PrimaryHeaderMethod()

    def _createAuxiliaries(self, dd: DataDescriptor) -> None:
        """Prepare what all files need; to be overridden."""


def process_with(processor: FileProcessor, visit: Visit) -> object:
    """Process the file of a visit and return what `process` returns; an exception is raised."""
    processor._visit = visit
    try:
        value = processor.process(visit.source.identifier)
    finally:
        processor._visit = None
    if isinstance(value, Exception):
        raise value
    return value


def classify_with(processor: FileProcessor, visit: Visit) -> object:
    """Classify the file of a visit and return what should be a label."""
    processor._visit = visit
    try:
        return processor.classify(visit.source.identifier)
    finally:
        processor._visit = None


def overrides(cls: type[FileProcessor], method: str) -> bool:
    """Whether a class has a method of its own instead of that of `FileProcessor`."""
    return getattr(cls, method) is not getattr(FileProcessor, method)


def option_parser(cls: type[FileProcessor], prog: str | None = None) -> OptionParser:
    """Return the parser of a processor class's command line.

    A class may call the `addOptions` of a class further up than its own base: the options that it leaves out
    have their defaults.
    """
    from optparse import OptionParser

    parser = OptionParser(prog=prog)
    cls.addOptions(parser)
    for base in cls.__mro__[1:]:
        if issubclass(base, FileProcessor) and "addOptions" in vars(base):
            complete = OptionParser()
            base.addOptions(complete)
            parser.set_defaults(**(complete.defaults | parser.defaults))
    return parser


def parsed_options(cls: type[FileProcessor], arguments: Iterable[str]) -> Any:
    """Return the options of a processor class for these words.

    Raises
    ------
    SystemExit
        The words are not options of the class (`optparse` has printed why).
    """
    return option_parser(cls).parse_args(list(arguments))[0]
