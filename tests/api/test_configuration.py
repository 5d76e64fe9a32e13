from __future__ import annotations

import pytest

from pytest_fitsproc.api import base, getConfig
from pytest_fitsproc.errors import NotFoundError


@pytest.fixture(autouse=True)
def _configured(tmp_path, monkeypatch):
    (tmp_path / "gavo.rc").write_text(
        "[general]\nrootDir: /data\ninputsDir: in\n[web]\nserverURL: http://x.org\n"
    )
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "gavo.rc"))
    monkeypatch.setenv("GAVOCUSTOM", str(tmp_path / "none"))
    monkeypatch.delenv("GAVO_INPUTSDIR", raising=False)


def test_an_item_of_the_general_section_needs_no_section():
    assert getConfig("inputsDir") == getConfig("general", "inputsDir") == "/data/in"
    assert getConfig("rootDir") == "/data"


def test_an_item_of_another_section_is_asked_for_with_it():
    assert getConfig("web", "serverURL") == "http://x.org"
    with pytest.raises(NotFoundError, match="serverURL"):
        getConfig("serverURL")


def test_the_environment_names_the_inputs_directory_last(monkeypatch):
    monkeypatch.setenv("GAVO_INPUTSDIR", "/elsewhere")
    assert getConfig("inputsDir") == "/elsewhere"


def test_without_any_configuration_it_is_the_current_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    assert getConfig("inputsDir") == str(tmp_path)


def test_what_nobody_gives_has_a_default_or_is_an_error():
    assert getConfig("nope", default=3) == 3
    assert getConfig("nope", default=None) is None
    with pytest.raises(NotFoundError, match="nope"):
        getConfig("nope")


def test_base_has_it_too():
    assert base.getConfig is getConfig
