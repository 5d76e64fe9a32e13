"""Fields that astrometry.net solves: their classes, their rows in the table of the run, their pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.plugin.encodable import encodable
from pytest_fitsproc.plugin.rows import Rows
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.headers.two_steps import Done
from pytest_fitsproc.processing.outcome import ShownField
from pytest_fitsproc.processing.solver_settings import SolverSettings
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand

# Fields of a report that the table of the run has in other words, or has already.
_NOT_IN_ROWS = ("path", "hdu_index", "commands")


class Fields:
    """Follows the fields of a run.

    Parameters
    ----------
    settings : of the run
    rows : get a row for each field
    pictures : directory for pictures of fields whose sandbox is not kept; None where nobody looks at them
    """

    def __init__(self, settings: SolverSettings, rows: Rows, pictures: Path | None) -> None:
        self.settings, self._rows, self._pictures = settings, rows, pictures
        self._numbers = count()
        # All processors of a file are in one process.
        self._copies: dict[Path, str] = {}

    def solve(self, visit: Visit, processor: str, step: Callable[[FieldAtHand], object]) -> object:
        """Run what solves the field of a visit, and return the file's class; note what is to be shown.

        Parameters
        ----------
        processor : its name
        step : runs it

        Raises
        ------
        SetupFailed
            The machine lacks a program or index files, or the sandbox can't be copied.
        """
        from pytest_fitsproc.processing.astrometry import (
            IndexNotFoundError,
            ProgramMissing,
            SandboxCopyError,
        )
        from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand, working_on

        at_hand = FieldAtHand(self.settings, visit.source.accref, processor, self._copies)
        with working_on(at_hand) as field:
            try:
                return _label(step(field), field)
            except (IndexNotFoundError, SandboxCopyError) as error:
                raise SetupFailed from error
            except Exception:
                missing = field.solution.error if field.solution else None
                if isinstance(missing, ProgramMissing):
                    raise SetupFailed from missing
                raise
            finally:
                visit.field = self._shown(field)

    def _shown(self, field: FieldAtHand) -> ShownField | None:
        if field.solution is None:
            return None
        report = field.solution.report
        values = {name: _encodable(value) for name, value in report.as_dict().items()}
        row = {name: value for name, value in values.items() if name not in _NOT_IN_ROWS}
        self._rows.gather(**row, command=" && ".join(values["commands"]))
        return ShownField(values, self._picture(field))

    def _picture(self, field: FieldAtHand) -> str:
        name = f"{os.getpid()}-{next(self._numbers)}.png"
        drawn = field.draw(self._pictures and self._pictures / name)
        return escape(str(drawn)) if drawn and self._pictures else ""


def label_of_shown(field: ShownField | None) -> str | None:
    """Return the class of a field without a solution; None for others."""
    if field is None:
        return None
    from pytest_fitsproc.processing.astrometry import FieldReport
    from pytest_fitsproc.processing.astrometry.unsolved import label_of

    report = FieldReport.from_dict(field.values)
    return label_of(report) if report.reason else None


def note_of_field(values: dict[str, Any] | None) -> str:
    """Return what is said of a field under its picture; empty where there is no field."""
    if values is None:
        return ""
    from pytest_fitsproc.processing.astrometry import FieldReport
    from pytest_fitsproc.processing.astrometry.unsolved import label_of

    report = FieldReport.from_dict(values)
    if report.reason:
        return report.reason
    return (
        f"{label_of(report)}: {report.matched} of {report.sources_found} sources matched, "
        f'rms {report.rms_px:.2f} px, {report.pixel_scale_arcsec:.3f}"/px, {report.time_s:.1f} s'
    )


def _label(value: object, field: FieldAtHand) -> object:
    """The class of a file: how its field was solved counts for more than that its header was computed."""
    if field.solution is None or not field.is_solved or value not in (Done.COMPUTED, Done.BOTH):
        return value
    from pytest_fitsproc.processing.astrometry.unsolved import label_of

    solved = label_of(field.solution.report)
    return f"{solved} and applied" if value is Done.BOTH else solved


def _encodable(value: Any) -> Any:
    if isinstance(value, list):
        return [_encodable(one) for one in value]
    return encodable(value) if isinstance(value, str) else value
