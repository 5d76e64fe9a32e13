"""Which writers are awake: a plain run changes nothing, so that all of them sleep in it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.plugin.options import ALL
from pytest_fitsproc.plugin.templates import Template
from pytest_fitsproc.processing.headers.rules import HeaderSwitches, header_rules
from pytest_fitsproc.processing.kinds import Kind
from pytest_fitsproc.processing.previews.rules import PreviewSwitches


@dataclass(frozen=True)
class Waking:
    """What the command line says of writers.

    Attributes
    ----------
    wakes_all : whether all were asked for
    names : those that were asked for; then no others are woken, whatever else is given
    switches, previews : what is done with headers and previews; of the switches, those that ask for something
        wake whom they concern
    """

    wakes_all: bool
    names: frozenset[str]
    switches: HeaderSwitches
    previews: PreviewSwitches

    @classmethod
    def read(cls, namespace: Namespace) -> Waking:
        """Return what parsed options say."""
        asked = frozenset(name.strip() for name in (namespace.fitsproc_write or "").split(",")) - {""}
        switches = HeaderSwitches(
            reprocess=namespace.fitsproc_reprocess,
            computes=not namespace.fitsproc_no_compute,
            applies=namespace.fitsproc_apply,
            reheaders=namespace.fitsproc_reheader,
        )
        previews = PreviewSwitches(
            force=namespace.fitsproc_force,
            stale=namespace.fitsproc_stale,
            axes=namespace.fitsproc_spectrum_axes,
        )
        return cls(ALL in asked, asked - {ALL}, switches, previews)

    @property
    def is_possible(self) -> bool:
        """Whether any writer may be awake."""
        return self.wakes_all or bool(self.names) or self._wakes_headers

    def wakes(self, template: Template) -> bool:
        """Whether a writer is awake; one of ours runs only where it was asked for."""
        if template.is_builtin:
            return True
        if self.names and not self.wakes_all:
            return not self.names.isdisjoint(_names(template))
        return self.wakes_all or self._wakes_by_word(template)

    def check(self, templates: Iterable[Template]) -> None:
        """Raise an `OptionError` where a name was asked for that no writer has."""
        there = [template for template in templates if template.kind.writes]
        unknown = self.names.difference(*map(_names, there))
        if unknown:
            known = ", ".join(template.name for template in there) or "none"
            raise OptionError(f"--fitsproc-write: there is no writer {min(unknown)!r}; there are: {known}")

    @property
    def _wakes_headers(self) -> bool:
        return self.switches.reprocess or self.switches.applies or self.switches.reheaders

    def _wakes_by_word(self, template: Template) -> bool:
        if template.kind is Kind.PREVIEW_MAKER:
            return self.previews.force or self.previews.stale
        return self.switches.reprocess if _extension(template) is None else self._wakes_headers


def check_extensions(awake: Iterable[Template]) -> None:
    """Raise an `OptionError` where two of the writers of a file would share its detached header."""
    first: dict[object, Template] = {}
    for template in awake:
        extension = _extension(template)
        other = first.setdefault((extension, template.identifiers), template)
        if extension and other is not template:
            raise OptionError(
                f"{other.name} and {template.name} would share detached headers {extension!r}:"
                " give one another extension, or wake one alone by --fitsproc-write=NAME"
            )


def _extension(template: Template) -> str | None:
    """What is appended to a file's name for the detached header of a writer, if it has one."""
    return header_rules(template.function.obj).detached if template.kind is Kind.HEADER_PROCESSOR else None


def _names(template: Template) -> tuple[str, str]:
    """A writer's name, and its name without its module."""
    return template.name, template.name.rpartition(".")[2]
