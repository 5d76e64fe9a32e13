"""What is shown and written at the end: classes, printed text, gathered rows, notices."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_fitsproc.archive.fileid import printable, unescape
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.plugin import private
from pytest_fitsproc.plugin.fields import note_of_field
from pytest_fitsproc.plugin.results import Record, Results
from pytest_fitsproc.plugin.run import Run
from pytest_fitsproc.processing.classes import terminal_lines, write_csv
from pytest_fitsproc.processing.gallery import Beside, Picture, gallery_html, inside
from pytest_fitsproc.processing.gathering import Row, write
from pytest_fitsproc.processing.headers.diff import diff_html
from pytest_fitsproc.processing.result_file import require_replaceable


class Reporting:
    """The hooks of reports, in the process that makes them."""

    def __init__(self, run: Run, config: pytest.Config) -> None:
        self._run, self._config = run, config
        self._all_html_rows = run.settings.all_html_rows
        self._unwritten = self._unusual_gallery = ""
        # Set when they are known to be such as may be written.
        self._result_files: list[Path] = []
        page = getattr(config.option, "htmlpath", None)
        self._page = None if not page else Path(config.invocation_params.dir, os.path.expandvars(page))

    def pytest_report_header(self) -> list[str]:
        """Say what is processed and where from."""
        names = ", ".join(dd.full_id for dd in self._run.descriptors)
        return [f"fitsproc: {printable(names)}; inputs directory {self._run.inputs.path}"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Refuse to put results in the place of what the run reads, before anything is run."""
        settings = self._run.settings
        files = [file for file in (settings.classes_file, settings.gather_file) if file is not None]
        try:
            for file in files:
                require_replaceable(file, self._files_read())
            if len(files) > 1 and os.path.realpath(files[0]) == os.path.realpath(files[1]):
                raise OptionError(f"{files[0]} can't have both the classes and the gathered rows")
        except OptionError as error:
            raise pytest.UsageError(str(error)) from error
        self._result_files = files

    def _files_read(self) -> Iterator[str]:
        yield from map(str, self._run.paths.descriptors)
        for target in self._run.targets:
            yield from target.paths

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Show the cards that a writer changes in the row of the HTML report."""
        record = Record.found_on(report)
        if record is not None and record.shown.changes and self._page is not None:
            from pytest_html import extras

            shown = extras.html(diff_html(record.shown.changes))
            report.extras = [*getattr(report, "extras", []), shown]  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Leave out the row of a pass; what was left out is counted at the end.

        File names are in ids, which pytest-html does not escape.
        """
        cells[1] = cells[1].replace(report.nodeid, html.escape(report.nodeid))
        if self._all_html_rows or _is_notable(report):
            return
        cells.clear()
        self._run.results.uncounted_passes += 1

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str], summary: list[str]) -> None:
        """Show the classes above the table, and where rows are missing say so."""
        from pytest_fitsproc.processing.classes_html import html_fragment

        results = self._run.results
        if results.uncounted_passes:
            prefix.append(
                f"<p>The table leaves out {results.uncounted_passes} passed items;"
                " <code>--fitsproc-html-rows=all</code> shows them.</p>"
            )
        if results.classes.classifiers:
            summary.append(html_fragment(results.classes))
        summary.append(self._gallery(_records_with("picture", results)))

    def _gallery(self, records: list[Record]) -> str:
        if not records or self._page is None:
            return ""
        pictures = [
            Picture(
                record.processor,
                record.label or "",
                record.file,
                unescape(record.shown.picture),
                note_of_field(record.shown.field),
            )
            for record in records
        ]
        if getattr(self._config.option, "self_contained_html", False):
            return gallery_html(pictures, inside)
        beside = Beside(self._page)
        fragment = gallery_html(pictures, beside)
        self._unusual_gallery = beside.problem
        return fragment

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files that were asked for and hand out the rows, before the reports are made."""
        results = self._run.results
        private.count_html_passes(self._config, results.uncounted_passes)
        rows = results.gathering.rows()
        try:
            self._write_files(rows)
        except OptionError as error:
            self._unwritten = str(error)
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        self._config.hook.pytest_fitsproc_summary(rows=rows, config=self._config)

    def _write_files(self, rows: list[Row]) -> None:
        settings = self._run.settings
        if settings.classes_file in self._result_files:
            write_csv(self._run.results.classes, settings.classes_file)
        if settings.gather_file in self._result_files:
            write(rows, settings.gather_file)

    def pytest_terminal_summary(self, terminalreporter: private.TerminalReporter) -> None:
        """Show what processors printed, the classes, and what could not be written as usual."""
        self._show_printed(terminalreporter, self._run.results)
        if self._config.option.verbose > 0:
            self._show_changes(terminalreporter, self._run.results)
        classes = self._run.results.classes
        if classes.classifiers:
            terminalreporter.section("classes")
            verbose = self._config.option.verbose > 0
            for line in terminal_lines(
                classes, terminalreporter._tw.fullwidth, verbose, _needs_ascii(terminalreporter)
            ):
                terminalreporter.line(line)
        self._show_fields(terminalreporter)
        if self._run.results.would_change:
            terminalreporter.line("fitsproc: what would change was not written; --fitsproc-write writes it")
        if self._unusual_gallery:
            terminalreporter.line(printable(f"fitsproc: {self._unusual_gallery}"))
        if self._unwritten:
            terminalreporter.line(printable(f"ERROR: {self._unwritten}"), red=True)

    def _show_printed(self, terminalreporter: Any, results: Results) -> None:
        records = _records_with("printed", results)
        if records:
            terminalreporter.section("printed")
        for record in records:
            for line in record.shown.printed.splitlines():
                terminalreporter.line(printable(f"{record.file} {record.processor}: {line}"))

    def _show_fields(self, terminalreporter: Any) -> None:
        shown = [record.shown.field for record in _records_with("field", self._run.results)]
        if not shown:
            return
        from pytest_fitsproc.processing.astrometry import FieldReport, summary_lines

        terminalreporter.section("plate solving")
        for line in summary_lines([FieldReport.from_dict(values) for values in shown if values]):
            terminalreporter.line(printable(line))

    def _show_changes(self, terminalreporter: Any, results: Results) -> None:
        records = _records_with("changes", results)
        if records:
            terminalreporter.section("changes")
        for record in records:
            terminalreporter.line(printable(f"{record.file} {record.processor}: {record.label}"))
            for line in record.shown.changes:
                terminalreporter.line(line, red=line.startswith("-"), green=line.startswith("+"))


def _is_notable(report: pytest.TestReport) -> bool:
    """Whether a report has a row in the HTML table although not all have."""
    if report.when != "call" or not report.passed or hasattr(report, "wasxfail"):
        return True
    record = Record.found_on(report)
    return record is not None and bool(record.shown.changes)


def _records_with(part: str, results: Results) -> list[Record]:
    """The records that have something of a kind to show, in the order of files and processors."""
    found = [record for record in results.shown if getattr(record.shown, part)]
    return sorted(found, key=lambda record: record.place)


def _needs_ascii(terminalreporter: Any) -> bool:
    """Whether the terminal can't show more than ASCII."""
    encoding = getattr(terminalreporter._tw._file, "encoding", None) or "ascii"
    return encoding.lower().replace("-", "") not in ("utf8", "utf16", "utf32")
