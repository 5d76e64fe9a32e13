"""What the command line and the ini file ask for, as one frozen value."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import pytest


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
            ini_inputs=config.getini("fitsproc_inputs"),
            server_url=config.getini("fitsproc_server_url"),
        )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
