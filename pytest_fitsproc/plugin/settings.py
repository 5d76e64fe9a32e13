"""What the command line and the ini file ask for, as one frozen value."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_fitsproc.plugin.waking import Waking
from pytest_fitsproc.processing.headers.writing import WriteOptions


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
    class_options: tuple[str, ...]
    waking: Waking
    strict: bool
    write: WriteOptions
    checksum: str
    spare_blocks: int
    undo: str | None
    default_previews: bool
    previews_to: Path | None
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
            class_options=tuple(namespace.fitsproc_opt),
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
            ini_database=config.getini("fitsproc_db"),
            ini_inputs=config.getini("fitsproc_inputs"),
            server_url=config.getini("fitsproc_server_url"),
        )


def _roots(config: pytest.Config) -> Iterator[str]:
    """The roots of the ini file, relative to it."""
    directory = config.inipath.parent if config.inipath else config.rootpath
    for line in (config.getini("fitsproc_roots") or "").splitlines():
        if line.strip():
            yield str(directory / line.strip())


def _number(flag: str, text: str | None) -> int:
    if text is not None and not text.isdecimal():
        raise pytest.UsageError(f"{flag} takes a number, not {text!r}")
    return int(text or 0)


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
