"""How a function declares that it edits headers, and what holds for its edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.kinds import Function, Kind, declare

if TYPE_CHECKING:
    from astropy.io.fits import Header

    from pytest_fitsproc.fits.header_order import SequenceItem, TextFilter

_RULES = "__fitsproc_header_rules__"


@dataclass(frozen=True)
class HeaderRules:
    """What holds for the headers that a processor makes.

    Attributes
    ----------
    is_processed : tells of a file's present header whether nothing is left to do; None for never
    detached : what is appended to a file's name for its detached header; None where files are edited at once
    hdu : which header is edited; 0 is the primary
    keep_keys : keywords whose cards an applied header takes from the file besides those that tell the size of
        the data; None for all structural ones
    comment_filter, history_filter : tell which texts to keep in a detached header; None for all
    card_sequence : keywords that come first, behind the structural ones, in a detached header
    """

    is_processed: Callable[[Header], bool] | None = None
    detached: str | None = None
    hdu: int = 0
    keep_keys: frozenset[str] | None = None
    comment_filter: TextFilter | None = None
    history_filter: TextFilter | None = None
    card_sequence: tuple[SequenceItem, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.hdu, int) or self.hdu < 0:
            raise FitsprocError(f"header_processor: hdu is a number, 0 for the primary, not {self.hdu!r}")


@dataclass(frozen=True)
class HeaderSwitches:
    """What a run does with headers.

    Attributes
    ----------
    reprocess : compute headers anew also where they were
    computes : whether headers that are missing are computed
    applies : whether detached headers are written into their files
    reheaders : apply them also to files that are processed
    """

    reprocess: bool = False
    computes: bool = True
    applies: bool = False
    reheaders: bool = False


@overload
def header_processor(function: Function, /) -> Function: ...


@overload
def header_processor(
    *,
    is_processed: Callable[[Header], bool] | None = None,
    detached: str | None = None,
    hdu: int = 0,
    keep_keys: Iterable[str] | None = None,
    comment_filter: TextFilter | None = None,
    history_filter: TextFilter | None = None,
    card_sequence: Iterable[SequenceItem] = (),
) -> Callable[[Function], Function]: ...


def header_processor(
    function: Function | None = None,
    /,
    *,
    keep_keys: Iterable[str] | None = None,
    card_sequence: Iterable[SequenceItem] = (),
    **rules: Any,
) -> Function | Callable[[Function], Function]:
    """Declare a function to be a header processor: it edits the `header` or the `fitschan` that it asks for.

    It may edit in place, or return the header that the file shall have. A plain run writes nothing, and shows
    what would change; ``--fitsproc-write`` writes.

    Parameters
    ----------
    is_processed : function of the present header, true where nothing is left to do; by default never
    detached : such as ``".hdr"``: the header is computed into a file of that name beside the source, and
        applied to the source by ``--fitsproc-apply``
    hdu : which header is edited; 0 is the primary
    keep_keys : keywords whose cards an applied header takes from the file besides those that tell the size of
        the data; by default all structural ones
    comment_filter, history_filter : get the text of such a card; false drops it from a detached header
    card_sequence : keywords in the order that they are to have in a detached header
    """
    kept = None if keep_keys is None else frozenset(key.upper() for key in keep_keys)
    made = replace(HeaderRules(**rules), keep_keys=kept, card_sequence=tuple(card_sequence))
    if function is not None:
        return declare_header_processor(function, made)
    return lambda function: declare_header_processor(function, made)


def header_rules(function: object) -> HeaderRules:
    """The rules that a header processor was declared with."""
    rules: HeaderRules = getattr(function, _RULES)
    return rules


def declare_header_processor(function: Function, rules: HeaderRules) -> Function:
    """Declare a function to be a header processor with these rules, and return it."""
    setattr(function, _RULES, rules)
    return declare(function, Kind.HEADER_PROCESSOR)
