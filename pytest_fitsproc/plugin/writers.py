"""The writers of a run: who is awake, what becomes of what they propose, and what the user is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fitsproc.archive.fileid import escape
from pytest_fitsproc.errors import FindingError
from pytest_fitsproc.plugin.results import NOTHING_SHOWN, WOULD_CHANGE, Shown
from pytest_fitsproc.plugin.settings import Settings
from pytest_fitsproc.plugin.verdicts import SetupFailed
from pytest_fitsproc.processing.headers.proposal import Proposal
from pytest_fitsproc.processing.headers.writing import Writings
from pytest_fitsproc.processing.outcome import Outcome, Verdict
from pytest_fitsproc.processing.previews.making import MadePreview

#: Classes of the files that a header processor has passed, beside those that it would change.
UP_TO_DATE, CHANGED = "up to date", "changed"


class NotWrittenError(FindingError):
    """A file could not be given its new header; the message says why, and what state it is in."""


class WouldChangeError(FindingError):
    """With ``--fitsproc-strict``, a header processor would change a file; the message has the cards."""


class Writers:
    """Writes what writers propose, if they are awake.

    Parameters
    ----------
    settings : of the run
    run_name : as the log of edits shows it

    Attributes
    ----------
    shows_changes, shows_pictures : whether somebody looks at the cards that change, at previews
    """

    def __init__(self, settings: Settings, run_name: str) -> None:
        self._settings = settings
        self.shows_changes = self.shows_pictures = False
        self.join(run_name)

    def join(self, run_name: str) -> None:
        """Write in the name of a run."""
        self._writings = Writings(self._settings.write, run_name)

    @property
    def run_name(self) -> str:
        """Name of the run, as the log of edits shows it."""
        return self._writings.run

    def judged(self, outcome: Outcome, is_awake: bool) -> Outcome:
        """The outcome of a header processor that passed, with the file's class.

        That is what the processor says, else whether the header changes. It is a failure if a header would
        change that must not.
        """
        proposals = outcome.proposals
        if proposals and not is_awake and self._settings.strict:
            return _failed(
                outcome, WouldChangeError("\n".join(["the header would change:", *changes(proposals)]))
            )
        if outcome.value is not None:
            return outcome
        label = UP_TO_DATE if not proposals else CHANGED if is_awake else WOULD_CHANGE
        return outcome._replace(value=label)

    def written(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Write what one processor proposes for files of one archive; return what became of it."""
        first = outcomes[0]
        try:
            errors = self._writings.of(first.source.dd.rd).write(
                [outcome.proposals for outcome in outcomes], first.processor
            )
        except Exception as error:
            return [outcome._replace(verdict=Verdict.ERROR, error=_crash(error)) for outcome in outcomes]
        return [
            outcome if error is None else _failed(outcome, NotWrittenError(str(error)))
            for outcome, error in zip(outcomes, errors, strict=True)
        ]

    def shown(self, outcome: Outcome | None, printed: str) -> Shown:
        """What of an outcome is shown, as far as anybody looks at it."""
        if outcome is None:
            return Shown(printed) if printed else NOTHING_SHOWN
        if outcome.verdict is not Verdict.PASSED:
            return _shown_field(outcome, printed)
        cards = changes(outcome.proposals) if outcome.proposals and self.shows_changes else ()
        made = outcome.value if self.shows_pictures else None
        picture = escape(made.path) if isinstance(made, MadePreview) else ""
        return _shown_field(outcome, printed, cards, picture)


def changes(proposals: Sequence[Proposal]) -> list[str]:
    """Return the cards that change, a line each: ``-`` and the old card, ``+`` and the new one."""
    from pytest_fitsproc.processing.headers.diff import card_diff

    return [line for proposal in proposals for line in card_diff(proposal.old, proposal.new)]


def _shown_field(outcome: Outcome, printed: str, cards: Sequence[str] = (), picture: str = "") -> Shown:
    """What is shown, with what plate solving has to show."""
    if outcome.field is not None:
        return Shown(printed, cards, outcome.field.picture, outcome.field.values)
    return Shown(printed, cards, picture) if printed or cards or picture else NOTHING_SHOWN


def _failed(outcome: Outcome, error: FindingError) -> Outcome:
    return outcome._replace(verdict=Verdict.FAILED, error=_raised(error))


def _crash(error: Exception) -> BaseException:
    crash = SetupFailed()
    crash.__cause__ = error
    return _raised(crash)


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as raised:
        # Reports want the traceback that only raising gives.
        return raised
