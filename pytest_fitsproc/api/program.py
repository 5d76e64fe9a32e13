"""A processor as a program of its own: ``python bin/size.py --report``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

from pytest_fitsproc.api.configuration import inputs_directory
from pytest_fitsproc.api.tally import Bailed, Tally
from pytest_fitsproc.archive.current_database import serving
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.database import find_database
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.embedded_database import EmbeddedDatabase
from pytest_fitsproc.archive.fileid import printable
from pytest_fitsproc.archive.products import products_database
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.processing.classes import checked_label
from pytest_fitsproc.processing.ending import Ending, ending_of
from pytest_fitsproc.processing.engine import Engine, Processor
from pytest_fitsproc.processing.file_processor import (
    FileProcessor,
    classify_with,
    option_parser,
    overrides,
    process_with,
)
from pytest_fitsproc.processing.headers.recovering import unfinished
from pytest_fitsproc.processing.headers.together import Together
from pytest_fitsproc.processing.identifiers import identified, searched_text
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.outcome import Outcome, SkipThis, Verdict
from pytest_fitsproc.processing.visit import Visit

if TYPE_CHECKING:
    from pytest_fitsproc.processing.workers import Workers

AnyProcessor = TypeVar("AnyProcessor", bound=FileProcessor)

Outcomes = Callable[[Iterable[Source], Callable[[], None]], Iterator[Outcome]]
"""Runs a processor on files; calls a function before it writes any."""

_HOW_TO_GATHER = (
    "with -j, lists, sets, dictionaries and numbers on self are put together;"
    " gather in one of these, use -j1, or write a check that uses the fixture gather"
)


class GatherError(FitsprocError):
    """What processes have gathered on a processor can't be put together."""


def procmain(
    processorClass: type[AnyProcessor],
    rdId: str,
    ddId: str,
    *,
    argv: Sequence[str] | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
) -> AnyProcessor:
    """Run a processor on the sources of a data descriptor as the command line says, and return it.

    What DaCHS does, in DaCHS' order: the descriptor is read, the command line parsed, the processor made, the
    files are processed (with ``--report`` classified), counts are printed. `exitcode` of the processor is 1
    if there were errors; the script may end with it.

    Parameters
    ----------
    processorClass : a `FileProcessor`
    rdId, ddId : ids of the resource descriptor and of the data descriptor in it
    argv : the command line, by default that of the process
    stdout, stderr : by default those of the process
    environ : names the inputs directory, see `getConfig`; by default that of the process

    Raises
    ------
    SystemExit
        With 0 after ``--help``; 2 after a wrong option or an interrupt; 1 after an error with ``--bail``, or
        when there is no such descriptor; with what the processor gave to `sys.exit`.
    """
    program = _Program(
        sys.argv if argv is None else argv,
        stdout or sys.stdout,
        stderr or sys.stderr,
        os.environ if environ is None else environ,
    )
    with redirect_stdout(program.stdout), redirect_stderr(program.stderr):
        try:
            return program.run(processorClass, rdId, ddId)
        except FitsprocError as error:
            program.fail(error)
        except Bailed:
            raise SystemExit(1) from None
        except KeyboardInterrupt:
            raise SystemExit(2) from None


@dataclass(frozen=True)
class _Program:
    """The command line and the surroundings of a run."""

    argv: Sequence[str]
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]

    @property
    def name(self) -> str:
        return os.path.basename(self.argv[0])

    def fail(self, error: FitsprocError) -> NoReturn:
        print(f"{self.name}: error: {printable(str(error))}", file=self.stderr)
        raise SystemExit(1) from error

    def run(self, cls: type[AnyProcessor], rd_id: str, dd_id: str) -> AnyProcessor:
        inputs = inputs_directory(self.environ)
        database = find_database(None, None, self.environ, inputs.configuration)
        dd = load_descriptor(rd_id, inputs, database=database).dd(dd_id)
        tables = products_database(database, EmbeddedDatabase([dd]))
        with closing(tables), serving(lambda: tables):
            return self._run(cls, dd)

    def _run(self, cls: type[AnyProcessor], dd: DataDescriptor) -> AnyProcessor:
        options = self._options(cls)
        processor = cls(options, dd)
        tally = Tally(self.stdout, self.stderr, options.bailOnError)
        workers = self._work(processor, options, tally)
        tally.close(options.doReport, options.beVerbose)
        for line in _notices(dd):
            print(line, file=self.stderr)
        if workers is not None:
            self._gather(workers)
        processor.exitcode = 1 if tally.errors else 0
        return processor

    def _options(self, cls: type[FileProcessor]) -> Any:
        parser = option_parser(cls, self.name)
        options, others = parser.parse_args(list(self.argv[1:]))
        if others:
            parser.print_help(self.stderr)
            raise SystemExit(1)
        if options.nParallel < 1:
            parser.error(f"option -j: must be at least 1: {options.nParallel}")
        return options

    def _work(self, processor: FileProcessor, options: Any, tally: Tally) -> Workers | None:
        """Run the processor on its files; return the workers, if there were any."""
        sources = _sources(processor, options.requireFrag)
        with closing(Engine(_judge)) as engine:
            run = _classifying if options.doReport else self._processing
            outcomes = run(processor, engine)
            if options.nParallel > 1:
                return self._work_in_parallel(processor, sources, outcomes, options, tally)
            for place, outcome in enumerate(outcomes(sources, _unannounced)):
                tally.add(place, outcome.source, ending_of(outcome, options.bailOnError))
        return None

    def _processing(self, processor: FileProcessor, engine: Engine) -> Outcomes:
        """Put right what an earlier run has left; return what processes files and writes what is wanted."""
        for found in unfinished([processor.dd]):
            for line in found.recovered(processor._write_options):
                print(f"{self.name}: {line}", file=self.stderr)

        def process(visit: Visit) -> None:
            process_with(processor, visit)

        step = Processor("process", Kind.CHECK, process)
        together = Together(type(processor).__name__, processor._write_options)
        return lambda sources, announce: together.outcomes(
            sources, lambda source: engine.attempt(source, step), announce
        )

    def _work_in_parallel(
        self,
        processor: FileProcessor,
        sources: Iterable[Source],
        outcomes: Outcomes,
        options: Any,
        tally: Tally,
    ) -> Workers:
        from pytest_fitsproc.processing.self_state import SelfState
        from pytest_fitsproc.processing.workers import Workers

        def attempts(some: Iterable[Source], announce: Callable[[], None]) -> Iterator[Ending]:
            return (ending_of(outcome, options.bailOnError) for outcome in outcomes(some, announce))

        workers = Workers(attempts, SelfState(processor), processor.dd, options.nParallel, self._show)
        with closing(workers.run(sources)) as endings:
            for place, source, ending in endings:
                tally.add(place, source, ending)
        return workers

    def _gather(self, workers: Workers) -> None:
        problems = workers.bring_together()
        if workers.unsaved:
            text = f"self may lack what {workers.unsaved} files left on it: their process has died"
            print(f"{self.name}: warning: {text}", file=self.stderr)
        if problems:
            raise GatherError(f"{'; '.join(problems)}: {_HOW_TO_GATHER}")

    def _show(self, name: str, data: bytes) -> None:
        """Print what a worker has printed."""
        from pytest_fitsproc.processing.worker import text_form

        stream = self.stdout if name == "stdout" else self.stderr
        encoding, errors = text_form(stream)
        stream.write(data.decode(encoding, errors))


def _sources(processor: FileProcessor, text: str | None) -> Iterator[Source]:
    """The files, or what the processor wants instead, as far as they go with ``--filter``."""
    dd, identifiers = processor.dd, processor.iterIdentifiers()
    found: Iterator[Source]
    if overrides(type(processor), "iterIdentifiers"):
        found = identified(identifiers, dd)
    else:
        found = (Source(str(path), dd) for path in identifiers)
    return (source for source in found if text in searched_text(source)) if text else found


def _classifying(processor: FileProcessor, engine: Engine) -> Outcomes:
    """Return what classifies files, and writes nothing."""

    def classify(visit: Visit) -> str:
        return checked_label(classify_with(processor, visit))

    step = Processor("classify", Kind.CLASSIFIER, classify)
    return lambda sources, _: (engine.attempt(source, step) for source in sources)


def _unannounced() -> None:
    """Nobody has to know when files are written in this process."""


def _judge(error: BaseException) -> Verdict:
    """There is no check besides that says why a header can't be read: only `SkipThis` skips."""
    if isinstance(error, SkipThis):
        return Verdict.SKIPPED
    if isinstance(error, Exception):
        return Verdict.FAILED
    raise error


def _notices(dd: DataDescriptor) -> list[str]:
    """What the descriptor has to say, and its listing if the processor has used it."""
    listing = vars(dd).get("sources")
    return [*dd.rd.notices, *(listing.notices if listing is not None else ())]
