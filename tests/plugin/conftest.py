"""A small archive, and the ways of running pytest on it."""

from __future__ import annotations

# pytester forgets what a run in this process imported: extension modules can't be imported twice, and for the
# rest it is a matter of time.
import astropy.io.fits
import astropy.table  # noqa: F401
import numpy as np  # noqa: F401
import pytest
from small_archive import Archive

import pytest_fitsproc.archive.reader
import pytest_fitsproc.plugin.registration
import pytest_fitsproc.plugin.run  # noqa: F401

_DACHS_ENVIRONMENT = ("GAVO_INPUTSDIR", "GAVOCUSTOM", "GAVOSETTINGS", "GAVORC")


@pytest.fixture
def archive(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """An inputs directory without files; no configuration of this machine counts, nor its terminal."""
    for name in _DACHS_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GAVO_INPUTSDIR", str(pytester.path))
    monkeypatch.setenv("COLUMNS", "200")
    return Archive(pytester)


@pytest.fixture(params=[(), ("-n0",), ("-n2",)], ids=["plain", "n0", "n2"])
def plugin_args(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The ways of running: in one process, with pytest-xdist switched off, in two workers."""
    args: tuple[str, ...] = request.param
    return args
