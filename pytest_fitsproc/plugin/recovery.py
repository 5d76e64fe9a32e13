"""What a killed run left half-written is put right before the next run that writes."""

from __future__ import annotations

from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.headers.recovering import has_journals, recovered


def put_right(run: Run) -> list[str]:
    """Recover what the journals of earlier runs name; return what the user is to know, a line each.

    A run that writes nothing says only that there is something to recover.
    """
    is_writing = run.settings.waking.is_possible
    return [
        line
        for rd in run.resource_descriptors
        if has_journals(rd)
        for line in (recovered(rd, run.settings.write) if is_writing else [_advice(rd)])
    ]


def _advice(rd: ResourceDescriptor) -> str:
    return (
        f"a run that wrote to files of {rd.resdir} is at work, or was killed;"
        " --fitsproc-write puts right what it left"
    )
