"""What the command line and the ini file ask for, as one frozen value."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest

from pytest_fitsproc.plugin.class_options import ClassOptions
from pytest_fitsproc.plugin.waking import Waking
from pytest_fitsproc.processing.headers.writing import WriteOptions
from pytest_fitsproc.processing.solver_settings import SolverSettings


@dataclass(frozen=True)
class Settings:
    """The options of a run; see the table of options for their meaning."""

    addresses: tuple[str, ...]
    inputs: str | None
    name_filter: str
    report_only: bool
    catalogue: str | None
    database: str | None
    classes_file: Path | None
    gather_file: Path | None
    all_html_rows: bool
    checks: str
    class_options: ClassOptions
    waking: Waking
    strict: bool
    write: WriteOptions
    checksum: str
    spare_blocks: int
    undo: str | None
    default_previews: bool
    previews_to: Path | None
    solver: SolverSettings
    ini_database: str | None
    ini_inputs: str | None
    server_url: str | None

    @classmethod
    def read(cls, namespace: Namespace, config: pytest.Config) -> Settings:
        """Return the settings that a namespace of parsed options and the ini file give."""
        return cls(
            addresses=tuple(namespace.fitsproc),
            inputs=namespace.fitsproc_inputs,
            name_filter=namespace.fitsproc_filter or "",
            report_only=namespace.fitsproc_report,
            catalogue=namespace.fitsproc_catalogue,
            database=namespace.fitsproc_db,
            classes_file=_path(namespace.fitsproc_classes),
            gather_file=_path(namespace.fitsproc_gather),
            all_html_rows=namespace.fitsproc_html_rows == "all",
            checks=namespace.fitsproc_checks,
            class_options=ClassOptions.read(namespace.fitsproc_opt),
            waking=Waking.read(namespace),
            strict=namespace.fitsproc_strict,
            write=WriteOptions(
                roots=tuple(_roots(config)),
                syncs=not namespace.fitsproc_no_sync,
                keeps_mtime=namespace.fitsproc_keep_mtime,
            ),
            checksum=namespace.fitsproc_checksum,
            spare_blocks=_number("--fitsproc-spare-blocks", namespace.fitsproc_spare_blocks),
            undo=namespace.fitsproc_undo,
            default_previews=namespace.fitsproc_previews,
            previews_to=_path(namespace.fitsproc_previews_to),
            solver=_solver(namespace, config),
            ini_database=config.getini("fitsproc_db"),
            ini_inputs=config.getini("fitsproc_inputs"),
            server_url=config.getini("fitsproc_server_url"),
        )


def _roots(config: pytest.Config) -> Iterator[str]:
    """The roots of the ini file, relative to it."""
    directory = _directory(config)
    for line in (config.getini("fitsproc_roots") or "").splitlines():
        if line.strip():
            yield str(directory / line.strip())


def _solver(namespace: Namespace, config: pytest.Config) -> SolverSettings:
    copy_to, index_path = namespace.fitsproc_copy_to, config.getini("fitsproc_index_path")
    return SolverSettings(
        solves=not namespace.fitsproc_no_anet,
        index_path=_directory(config) / Path(index_path).expanduser() if index_path else None,
        copy_to=config.invocation_params.dir / Path(copy_to).expanduser() if copy_to else None,
        minarea=_positive("--fitsproc-minarea", namespace.fitsproc_minarea),
        threshold=_positive("--fitsproc-detectthreshold", namespace.fitsproc_detectthreshold),
    )


def _directory(config: pytest.Config) -> Path:
    """What paths in the ini file are relative to."""
    return config.inipath.parent if config.inipath else config.rootpath


def _positive(flag: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < inf:
        raise pytest.UsageError(f"{flag} takes a positive number, not {text!r}")
    return number


def _number(flag: str, text: str | None) -> int:
    if text is not None and not text.isdecimal():
        raise pytest.UsageError(f"{flag} takes a number, not {text!r}")
    return int(text or 0)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
