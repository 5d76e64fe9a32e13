"""How a function declares that it makes headers of solved fields, and what holds for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.processing.headers.rules import header_processor
from pytest_fitsproc.processing.kinds import Function

if TYPE_CHECKING:
    from astropy.io.fits import Header

    from pytest_fitsproc.fits.header_order import TextFilter

_RULES = "__fitsproc_astrometry_rules__"


def has_solution(header: Header) -> bool:
    """Tell whether a header has the matrix of a solution."""
    return "CD1_1" in header


@dataclass(frozen=True)
class AstrometryRules:
    """How the fields of a processor are solved.

    Attributes
    ----------
    attempts : parameters by name, in the order in which they are tried; see `astrometry_processor`
    object_filter : gets the table of sources, and returns those to keep; None for all
    should_solve : tells of a file's present header whether it is worth a try; None for always
    compares : whether a solution that contradicts the header is refused
    has_filters : whether the processor chooses itself among COMMENT and HISTORY of the solver
    """

    attempts: tuple[Mapping[str, Any], ...]
    object_filter: Callable[[Any], Any] | None
    should_solve: Callable[[Header], bool] | None
    compares: bool
    has_filters: bool


def astrometry_processor(
    *,
    extraction: str | None = None,
    object_filter: Callable[[Any], Any] | None = None,
    try_parameters: Sequence[Mapping[str, Any]] = (),
    detached: str = ".hdr",
    hdu: int = 0,
    is_processed: Callable[[Header], bool] | None = has_solution,
    should_solve: Callable[[Header], bool] | None = None,
    compare_with_header: bool = True,
    comment_filter: TextFilter | None = None,
    history_filter: TextFilter | None = None,
    keep_keys: Iterable[str] | None = None,
    **parameters: Any,
) -> Callable[[Function], Function]:
    """Declare a function to be a header processor whose `header` has the WCS that astrometry.net found.

    It may edit the header further, return another one, or do nothing. The header is written beside the file,
    and applied to it by ``--fitsproc-apply``; a field without a solution is a failure.

    Parameters
    ----------
    extraction : parameters of source-extractor, each in a line, or an empty text for its defaults; with None
        solve-field finds the sources itself
    object_filter : gets the table of sources (``table["X_IMAGE"]``) and returns those that may be stars; with
        it source-extractor is used
    try_parameters : parameters that are tried one after the other until the field is solved; each adds to the
        others given here, and may have `extraction`, ``minarea`` and ``threshold``, too
    detached : what is appended to a file's name for its detached header
    hdu : which HDU has the image; 0 is the primary
    is_processed : tells of the present header whether nothing is left to do; by default, whether it has CD1_1
    should_solve : tells of the present header whether to solve the field; where not, the function gets the
        header as it is
    compare_with_header : refuse a solution where the header has another position or pixel scale
    comment_filter, history_filter : get the text of such a card; false drops it. By default all of the file
        are kept, and of the solver's those that tell how the field was solved
    keep_keys : as for `header_processor`
    parameters : of solve-field: ``indices``, ``lower_pix``, ``upper_pix``, ``endob``, ``total_timelimit``,
        ``tweak``, ``invert`` and all others of `SolverParameters`; and ``minarea`` and ``threshold`` of
        source-extractor
    """
    rules = AstrometryRules(
        _attempts(parameters | {"extraction": extraction}, try_parameters),
        object_filter,
        should_solve,
        compares=compare_with_header,
        has_filters=bool(comment_filter or history_filter),
    )
    declared = header_processor(
        is_processed=is_processed,
        detached=detached,
        hdu=hdu,
        keep_keys=keep_keys,
        comment_filter=comment_filter,
        history_filter=history_filter,
    )
    return lambda function: declared(_with_rules(function, rules))


def _attempts(common: Mapping[str, Any], each: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    return tuple({**common, **more} for more in each) or (common,)


def _with_rules(function: Function, rules: AstrometryRules) -> Function:
    setattr(function, _RULES, rules)
    return function


def astrometry_rules(function: object) -> AstrometryRules | None:
    """The rules that an astrometry processor was declared with; None for any other function."""
    return getattr(function, _RULES, None)
