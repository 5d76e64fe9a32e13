"""DaCHS' base class of processors that calibrate images by astrometry.net, as its manual describes it.

The names in it are DaCHS' own, since processors override and call them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.processing.anet import getWCSFieldsFor
from pytest_fitsproc.processing.astrometry.computing import cards_of_detached
from pytest_fitsproc.processing.astrometry.extraction import PLATE_MINAREA, PLATE_THRESHOLD
from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand, field_at_hand, working_on
from pytest_fitsproc.processing.astrometry.solved_header import put_solution
from pytest_fitsproc.processing.astrometry.unsolved import unsolved_error
from pytest_fitsproc.processing.astrometry.wcs_cards import NOT_COPIED, keeps_comment, keeps_history
from pytest_fitsproc.processing.astrometry_rules import has_solution
from pytest_fitsproc.processing.header_processor import HeaderProcessor
from pytest_fitsproc.processing.headers.edited import refuse_compressed
from pytest_fitsproc.processing.identifiers import searched_text
from pytest_fitsproc.processing.outcome import CannotComputeHeader
from pytest_fitsproc.processing.solver_settings import SolverSettings
from pytest_fitsproc.processing.switch import add_switch

if TYPE_CHECKING:
    from optparse import Option, OptionParser

    from astropy.io.fits import Card, Header


class AnetHeaderProcessor(HeaderProcessor):
    """Computes headers with the WCS that astrometry.net finds; attributes ``sp_NAME`` are its parameters.

    The parameters are those of `SolverParameters`, such as ``sp_indices``, ``sp_lower_pix``, ``sp_upper_pix``
    and ``sp_endob``. Override `_mungeHeader` for cards of your own.

    Attributes
    ----------
    sourceExtractorControl : parameters of source-extractor, each in a line, or an empty text for its
        defaults; None leaves the sources to solve-field
    sexControl : the same by the name that the manual has; the other one wins
    objectFilter : None, or a method that changes the table of sources in the file whose name it gets; the
        sandbox is the working directory then
    indexPath : directory of the index files; None for that of the run, of DaCHS, or of the system
    noCopyHeaders : keywords of the solution that do not go into headers
    compareWithHeader : refuse a solution where the header has another position or pixel scale
    """

    sourceExtractorControl: str | None = None
    sexControl: str | None = None
    objectFilter: Callable[[str], object] | None = None
    indexPath: str | os.PathLike[str] | None = None
    noCopyHeaders: ClassVar[set[str]] = set(map(str.lower, NOT_COPIED))
    compareWithHeader: bool = True

    _solves: ClassVar[bool] = True
    # Processors try one after the other, file by file.
    _ungathered: ClassVar[frozenset[str]] = frozenset({"sourceExtractorControl", "sexControl"})

    @staticmethod
    def addOptions(optParser: OptionParser) -> None:
        """Declare the switches of plate solving beside those of header processors."""
        HeaderProcessor.addOptions(optParser)
        add_switch(
            optParser,
            "--no-anet",
            "runAnet",
            "solve no fields: the WCS is that of the detached header, which must be there",
            default=True,
        )
        optParser.add_option(
            "--copy-to",
            metavar="DIR",
            type="str",
            action="callback",
            callback=_store_directory,
            help="copy the sandbox of the solver to DIR, of several files each to a directory below it;"
            " an earlier sandbox is replaced",
        )
        for flag, default, text in _LIMITS:
            optParser.add_option(
                flag, metavar="NUM", type="float", action="callback", callback=_store_limit, help=text
            )
            optParser.set_defaults(**{flag[2:]: default})
        optParser.set_defaults(copyTo=None, limitsGiven=False)

    @property
    def solverParameters(self) -> dict[str, Any]:
        """The parameters of the solver, by name."""
        return {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("sp_")}

    def process(self, srcName: Any) -> object:
        """Take the steps that the options ask for, and return a label that says which they were."""
        if field_at_hand() is not None:
            return super().process(srcName)
        with working_on(FieldAtHand(self._solverSettings(), self._accref(srcName))) as field:
            try:
                return super().process(srcName)
            finally:
                field.draw(None)

    def commentFilter(self, value: str) -> bool:
        """Whether a detached header keeps a COMMENT: those that tell how the field was solved."""
        return keeps_comment(value)

    def historyFilter(self, value: str) -> bool:
        """Whether a detached header keeps a HISTORY: those that tell what solved the field."""
        return keeps_history(value)

    def _isProcessed(self, srcName: str) -> bool:
        """Whether the header of a file has a solution (CD1_1)."""
        return has_solution(self.getPrimaryHeader(srcName))

    def _shouldRunAnet(self, srcName: str, hdr: Header) -> bool:
        """Whether a field is worth a try; to be overridden."""
        return True

    def _getHeader(self, srcName: str) -> Header | None:
        """Return the complete new header of a file: with its solution, and what `_mungeHeader` adds.

        Raises
        ------
        CannotComputeHeader
            The field has no solution, or one that contradicts the header.
        EditError
            The file is compressed, and its header shall be written.
        """
        if self._visit is not None:
            # What could not be written need not be solved.
            refuse_compressed(self._visit)
        header = self.getPrimaryHeader(srcName)
        if self._shouldRunAnet(srcName, header):
            put_solution(header, self._solutionCards(srcName, header), self.noCopyHeaders)
        return self._mungeHeader(srcName, header)

    def _solveAnet(self, srcName: str) -> Iterable[Card] | None:
        """Return the cards of a solution, found now or, with ``--no-anet``, in the detached header.

        Raises
        ------
        CannotComputeHeader
            There is no solution in a detached header.
        """
        if getattr(self.opts, "runAnet", True):
            return self._runAnet(srcName)
        return cards_of_detached(self._makeCacheName(srcName))

    def _runAnet(self, srcName: str) -> Iterable[Card] | None:
        """Return the cards that the solver wrote, None where it found no solution; to be overridden."""
        control = self.sourceExtractorControl
        return getWCSFieldsFor(
            srcName,
            self.solverParameters,
            self.sexControl if control is None else control,
            self.objectFilter,
            getattr(self.opts, "copyTo", None),
            self.indexPath,
            getattr(self.opts, "beVerbose", False),
        )

    def _solutionCards(self, srcName: str, header: Header) -> Iterable[Card]:
        """Return the cards of a solution that agrees with the present header."""
        cards, field = self._solveAnet(srcName), field_at_hand()
        if not cards:
            if field is None or field.solution is None:
                raise CannotComputeHeader("astrometry.net did not find a solution")
            raise unsolved_error(field.solution.report)
        if self.compareWithHeader and field is not None:
            field.require_agreement(header)
        return cards

    def _solverSettings(self) -> SolverSettings:
        """Return what the options say for all fields."""
        options = self.opts
        are_given = getattr(options, "limitsGiven", False)
        return SolverSettings(
            copies_many=bool(getattr(options, "copyTo", None)) and self._hasMany(),
            minarea=options.minarea if are_given else None,
            threshold=options.detectthreshold if are_given else None,
        )

    def _hasMany(self) -> bool:
        """Whether there are several files to be processed."""
        text = getattr(self.opts, "requireFrag", None)
        sources = (Source(str(path), self.dd) for path in self.iterIdentifiers())
        found = (source for source in sources if not text or text in searched_text(source))
        return len(list(islice(found, 2))) > 1

    def _accref(self, srcName: Any) -> str:
        visit = self._visit
        return os.path.basename(srcName) if visit is None else visit.source.accref


_LIMITS = (
    (
        "--minarea",
        PLATE_MINAREA,
        f"pixels of a source, at least (DETECT_MINAREA); {PLATE_MINAREA} where only the threshold is given",
    ),
    (
        "--detectthreshold",
        PLATE_THRESHOLD,
        f"sigmas that it is above the sky (DETECT_THRESH); {PLATE_THRESHOLD:g} where only the area is given",
    ),
)


def _store_directory(option: Option, flag: str, value: str, parser: Any) -> None:
    parser.values.copyTo = str(Path(value).expanduser().absolute())


def _store_limit(option: Option, flag: str, value: float, parser: Any) -> None:
    setattr(parser.values, flag[2:], value)
    parser.values.limitsGiven = True
