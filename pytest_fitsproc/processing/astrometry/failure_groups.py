"""Fields without a solution, grouped by cause, with what can be tried (DaCHS manual, "What to Try")."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from pytest_fitsproc.processing.astrometry.solution import Cause, FieldReport, FieldVerdict

#: What to try, by cause.
ADVICE = {
    Cause.FEW_SOURCES: "find more: a smaller --minarea, a lower --detectthreshold; where the stars are dark, "
    "invert",
    Cause.FILTERED_AWAY: "let more pass: a milder object filter; the pictures show what it kept",
    Cause.TIME_LIMIT: "look at fewer sources (endob), tell the pixel scale (lower_pix, upper_pix), name "
    "fewer indices; only then raise total_timelimit",
    Cause.NO_MATCH: "look at the pictures: are the numbered sources stars? If not: a source extractor "
    "control and an object filter, --minarea=10 --detectthreshold=6, or other values in turn. If they are: "
    "check lower_pix and upper_pix, use indices whose quads are as large as the field, raise endob",
    Cause.CONTRADICTION: "look at the pictures: where stars of the index lie on stars, correct the header or "
    "switch the comparison off (compare_with_header, compareWithHeader); else narrow the pixel scale",
    Cause.IMAGE: "name the HDU that has the image, or leave these files out",
    Cause.FILTER: "correct the object filter; --copy-to keeps the sandbox, in which it can be run by hand",
    Cause.PROGRAM: "read lastCommand.log in the sandbox that --copy-to keeps, and paste its command there",
    Cause.MISSING_PROGRAM: "apt-get install astrometry.net source-extractor",
}

_NAMED = 3


def failure_groups(reports: Iterable[FieldReport]) -> list[str]:
    """Return lines that say how many fields failed by which cause, which they are and what to try.

    The largest group is first. There is no line where all fields are solved.
    """
    groups: dict[tuple[Cause, str], list[FieldReport]] = {}
    for report in reports:
        if report.verdict is not FieldVerdict.SOLVED:
            groups.setdefault((report.cause, _detail(report)), []).append(report)
    ranked = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [line for (cause, detail), members in ranked for line in _lines(cause, detail, members)]


def summary_lines(reports: Sequence[FieldReport]) -> list[str]:
    """Return how many fields were solved, then the `failure_groups`."""
    solved = sum(report.verdict is FieldVerdict.SOLVED for report in reports)
    return [f"{solved} of {len(reports)} fields solved", *failure_groups(reports)]


def _detail(report: FieldReport) -> str:
    """Return what a program or a filter said, by which fields are told apart further."""
    return "" if report.verdict is FieldVerdict.NOT_SOLVED else report.reason


def _lines(cause: Cause, detail: str, members: list[FieldReport]) -> list[str]:
    names = [os.path.basename(report.shown_path) for report in members[:_NAMED]]
    more = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
    fields = "1 field" if len(members) == 1 else f"{len(members)} fields"
    why = detail or str(cause)
    return [f"{fields}: {why}: {', '.join(names)}{more}", f"  try: {ADVICE[cause]}"]
