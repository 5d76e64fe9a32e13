"""Reports without lone surrogates: they stand for bytes of file names, and no report can encode them."""

from __future__ import annotations

import warnings
from typing import Any

import pytest


def encodable(text: str) -> str:
    r"""Return `text` with its lone surrogates, if any, written as ``\udcNN``."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def make_encodable(report: pytest.TestReport) -> None:
    """Make all text of a report such that it can be written to a file and sent to another process."""
    report.longrepr = _cleaned(report.longrepr)
    report.sections = _cleaned(report.sections)
    report.user_properties = _cleaned(report.user_properties)


def make_warning_encodable(recorded: warnings.WarningMessage) -> None:
    """Make the text of a recorded warning such that it can be printed and sent to another process."""
    recorded.filename = encodable(recorded.filename)
    text = str(recorded.message)
    if encodable(text) != text:
        # Reports show the category, not the class of the message.
        recorded.message = UserWarning(encodable(text))


def _cleaned(value: Any) -> Any:
    """Return a text, a collection or, changed in place, a representation of pytest's without surrogates."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list | tuple):
        return type(value)(map(_cleaned, value))
    if hasattr(value, "__dict__"):
        for name, part in vars(value).items():
            setattr(value, name, _cleaned(part))
    return value
