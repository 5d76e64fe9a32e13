"""The fast lane: items that the engine runs, with pytest's surroundings put up once around many."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.items import FileItem
from pytest_fitsproc.plugin.passes import Audience, Passes
from pytest_fitsproc.plugin.reports import other_report, passed_report, report_of_call, teardown_report
from pytest_fitsproc.plugin.results import Record, label_of_failure
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.plugin.surroundings import Section, Surroundings
from pytest_fitsproc.plugin.writers import Writers
from pytest_fitsproc.processing.headers.batch import Batch
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, Verdict


class Waiting(NamedTuple):
    """An item of a writer whose report waits for what is written with it; its number in the session."""

    item: FileItem
    number: int
    outcome: Outcome
    sections: list[Section]
    rows: list[dict[str, object]]

    def is_joined_by(self, item: FileItem) -> bool:
        """Whether what another item proposes may be written together with this."""
        return item.template is self.item.template and item.source.dd.rd is self.item.source.dd.rd


class FastLane:
    """Runs items one after the other; passes are counted, all else is reported through pytest's hooks.

    What writers propose is written many files at a time, at the latest before something else runs on them;
    their reports wait for that.
    """

    def __init__(self, run: Run, config: pytest.Config, audience: Audience) -> None:
        self._run, self._config, self._audience = run, config, audience
        self._surroundings = Surroundings(config)
        self._passes = Passes(audience, self._surroundings)
        self._last_failed = private.last_failed(config)
        self._announced: pytest.Collector | None = None
        self._waiting: list[Waiting] = []
        self._batch = Batch()

    def run(self, item: FileItem, number: int) -> None:
        """Run one item, the one of this number among those of the session."""
        if self._waiting and (self._batch.has(item.source) or not self._waiting[0].is_joined_by(item)):
            self._commit()
            self._audience.turns_to(number)
        surroundings = self._surroundings
        surroundings.enter(item)
        if item.parent is not self._announced:
            self._announce(item)
        with surroundings.of_one_item():
            outcome = self._run.engine.attempt(item.source, item.processor)
        sections = surroundings.take_sections()
        if surroundings.has_warnings:
            surroundings.hand_on_warnings(item.nodeid)
        rows = self._run.rows.take()
        if item.template.kind.writes and outcome.verdict is Verdict.PASSED:
            outcome = self._run.writers.judged(outcome, item.template.is_awake)
        if self._waiting or _is_to_be_written(item, outcome):
            self._let_wait(Waiting(item, number, outcome, sections, rows))
        else:
            self._settle(item, outcome, sections, rows)

    def finish(self, item: FileItem) -> None:
        """Tear down what lives as long as the session; its failure is one of the last item, as in pytest."""
        self._surroundings.enter(item)
        session = item.session
        call = pytest.CallInfo.from_call(
            lambda: session._setupstate.teardown_exact(None), "teardown", reraise=pytest.exit.Exception
        )
        sections = self._surroundings.take_sections()
        if call.excinfo is not None:
            self._passes.tell()
            for name, content in sections:
                item.add_report_section("teardown", name, content)
            with self._surroundings.aside():
                report = report_of_call(item, call, self._config)
                self._config.hook.pytest_runtest_logreport(report=report)

    def pause(self) -> None:
        """Leave the terminal and the streams as pytest expects them between items."""
        self._commit()
        self._surroundings.leave()
        self._passes.tell()

    def _let_wait(self, ran: Waiting) -> None:
        """Let what a writer proposes wait for its turn, and all that comes behind, in order."""
        if not self._waiting:
            self._passes.expect()
        self._waiting.append(ran)
        self._batch.add(ran.outcome)
        may_stop = bool(self._config.option.maxfail) and ran.outcome.verdict is not Verdict.PASSED
        if may_stop or self._batch.is_due:
            self._commit()

    def _commit(self) -> None:
        """Write what waits, and release the reports."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._batch.take()
        proposing = [one for one in waiting if _is_to_be_written(one.item, one.outcome)]
        outcomes = self._run.writers.written([one.outcome for one in proposing])
        written = {one.number: outcome for one, outcome in zip(proposing, outcomes, strict=True)}
        # The file of the moment was opened before it was written.
        self._run.engine.close()
        for one in waiting:
            self._audience.turns_to(one.number)
            self._settle(one.item, written.get(one.number, one.outcome), one.sections, one.rows)
        self._passes.tell()

    def _settle(
        self, item: FileItem, outcome: Outcome, sections: list[Section], rows: list[dict[str, object]]
    ) -> None:
        """Count or report what became of an item."""
        record = _record(item, outcome, rows, sections, self._run.writers)
        if outcome.verdict is not Verdict.PASSED:
            self._report(item, outcome, sections, record)
        elif self._audience.wants_reports or _has_changes(record) or self._was_last_failed(item):
            self._hold(item, outcome, sections, record)
        else:
            self._passes.count(record, outcome.start)

    def _announce(self, item: FileItem) -> None:
        """Let the terminal write the data descriptor in front of the line, as it does with files."""
        self._announced = item.parent
        self._passes.tell()
        with self._surroundings.aside():
            self._config.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)

    def _was_last_failed(self, item: FileItem) -> bool:
        return bool(self._last_failed) and item.id in self._last_failed

    def _hold(self, item: FileItem, outcome: Outcome, sections: list[Section], record: Record | None) -> None:
        # The HTML report has the row of an item from the report of its teardown.
        with_teardown = self._audience.wants_teardowns or _has_changes(record)
        report = passed_report(item, outcome, sections, alone=not with_teardown)
        if record is not None:
            record.attach(report)
        teardown = [teardown_report(report)] if with_teardown else []
        self._passes.hold([report, *teardown], outcome.start)

    def _report(
        self, item: FileItem, outcome: Outcome, sections: list[Section], record: Record | None
    ) -> None:
        self._passes.tell()
        for name, content in sections:
            item.add_report_section("call", name, content)
        with self._surroundings.aside():
            report = other_report(item, outcome, self._config)
            if record is not None:
                record.attach(report)
            for one in (report, teardown_report(report)):
                self._config.hook.pytest_runtest_logreport(report=one)


def _is_to_be_written(item: FileItem, outcome: Outcome) -> bool:
    """Whether something is proposed that a writer who is awake may write."""
    return bool(outcome.proposals) and item.template.is_awake and outcome.verdict is Verdict.PASSED


def printed_text(sections: list[Section]) -> str:
    """What was written to standard output."""
    return "".join(content for name, content in sections if name == "stdout")


def _record(
    item: FileItem, outcome: Outcome, rows: list[dict[str, object]], sections: list[Section], writers: Writers
) -> Record | None:
    """What an item leaves behind: most leave nothing."""
    template = item.template
    if outcome.verdict is not Verdict.PASSED:
        label = label_of_failure(outcome.error, outcome.field)
        return Record.of(item, label, rows, writers.shown(outcome, ""))
    label = str(outcome.value) if template.kind is not Kind.CHECK else None
    printed = printed_text(sections) if sections and template.shows_output else ""
    return Record.of(item, label, rows, writers.shown(outcome, printed))


def _has_changes(record: Record | None) -> bool:
    return record is not None and bool(record.shown.changes)
