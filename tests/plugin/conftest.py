"""A small archive, and the ways of running pytest on it."""

from __future__ import annotations

import os
import shutil
import sys

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


# Two workers take a second or two to start; `test_agreement.py` compares the ways in the fast part as well.
_WAYS = [(), ("-n0",), pytest.param(("-n2",), marks=pytest.mark.slow)]


@pytest.fixture(params=_WAYS, ids=["plain", "n0", "n2"])
def plugin_args(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The ways of running: in one process, with pytest-xdist switched off, in two workers."""
    args: tuple[str, ...] = request.param
    return args


@pytest.fixture
def without_override(archive: Archive) -> list[str]:
    """What runs a command that heeds permissions, as root's commands do not."""
    if os.geteuid():
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and setpriv is not installed")
    words = [setpriv, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    probe = archive.write("probe", "")
    probe.chmod(0o444)
    if not archive.pytester.run(*words, sys.executable, "-c", "open('probe', 'a')").ret:
        pytest.skip("root's right to write everywhere can't be taken away here")
    probe.unlink()
    return words


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the slow part what workers do with any but the first case of a test here."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or callspec.params.get("plugin_args") != ("-n2",):
            continue
        if any(index for name, index in callspec.indices.items() if name != "plugin_args"):
            item.add_marker(pytest.mark.slow)
