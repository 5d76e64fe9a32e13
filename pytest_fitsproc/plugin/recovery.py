"""What a killed run left half-written is put right before the next run that writes."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fitsproc.archive.descriptor import ResourceDescriptor
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.headers.recovering import has_journals, recovered


def put_right(run: Run) -> list[str]:
    """Recover what the journals of earlier runs name; return what the user is to know, a line each.

    A run that writes nothing says only that there is something to recover.
    """
    recover = recovered_by if run.settings.waking.is_possible else _advice
    return [line for rd in run.resource_descriptors if has_journals(rd) for line in recover(rd, run)]


def recovered_by(rd: ResourceDescriptor, run: Run) -> Iterator[str]:
    """Recover what journals name below one resource directory; yield what the user is to know."""
    return recovered(rd, run.settings.write)


def _advice(rd: ResourceDescriptor, run: Run) -> Iterator[str]:
    yield (
        f"a run that wrote to files of {rd.resdir} is at work, or was killed;"
        " --fitsproc-write puts right what it left"
    )
