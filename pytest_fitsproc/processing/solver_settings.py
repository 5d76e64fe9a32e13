"""What a run says of plate solving, whatever the processors say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_fitsproc.processing.astrometry import SourceExtraction


@dataclass(frozen=True)
class SolverSettings:
    """The options of a run for all its fields.

    Attributes
    ----------
    solves : whether fields are solved; else their WCS is that of the detached header
    index_path : directory of index files for processors that name none
    copy_to : where sandboxes are copied; None for nowhere
    copies_many : whether each has a directory of its own below `copy_to`
    minarea, threshold : limits of source-extractor that win over those of processors; where only one is
        given, the other is that of DaCHS' manual, section "What to Try"
    """

    solves: bool = True
    index_path: Path | None = None
    copy_to: Path | None = None
    copies_many: bool = False
    minarea: float | None = None
    threshold: float | None = None

    def require_place(self) -> None:
        """Make sure that sandboxes may be copied to where they shall be.

        Raises
        ------
        SandboxCopyError
            There is something else.
        """
        if self.copy_to is not None:
            from pytest_fitsproc.processing.astrometry.sandbox import require_collection, require_replaceable

            (require_collection if self.copies_many else require_replaceable)(self.copy_to)

    def extraction(self, given: SourceExtraction | None) -> SourceExtraction | None:
        """Return how sources are extracted, where the processor says `given`."""
        if self.minarea is None and self.threshold is None:
            return given
        from pytest_fitsproc.processing.astrometry import PLATE_MINAREA, PLATE_THRESHOLD, SourceExtraction

        minarea = PLATE_MINAREA if self.minarea is None else self.minarea
        threshold = PLATE_THRESHOLD if self.threshold is None else self.threshold
        given = given or SourceExtraction()
        limits = f"DETECT_MINAREA {minarea:g}\nDETECT_THRESH {threshold:g}\n"
        return replace(given, control=f"{given.control.strip()}\n{limits}")
