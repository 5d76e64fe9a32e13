"""The inputs directory: who names it, and what is below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fitsproc.archive.configuration import DachsConfiguration
from pytest_fitsproc.archive.inputs import InputsDirectory, OutsideInputsError, find_inputs_directory
from pytest_fitsproc.errors import NotFoundError, OptionError


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment in which DaCHS finds no file but the ones a test writes."""
    return {"GAVOSETTINGS": str(tmp_path / "gavo.rc"), "HOME": str(tmp_path)}


def test_an_accref_is_the_path_below_the_inputs_directory(tmp_path: Path) -> None:
    inputs = InputsDirectory(tmp_path)
    assert inputs.accref(tmp_path / "potsdam/data/a.fits") == "potsdam/data/a.fits"
    assert inputs.accref(f"{tmp_path}//potsdam/./x/../a.fits") == "potsdam/a.fits"
    assert inputs.path_of("potsdam/a.fits") == tmp_path / "potsdam/a.fits"


@pytest.mark.parametrize("outside", ["/inputs2/x", "/inputs/../x", "/x", "/inputs"])
def test_what_is_not_below_the_inputs_directory_has_no_accref(outside: str) -> None:
    with pytest.raises(OutsideInputsError, match="not below the inputs directory /inputs"):
        InputsDirectory(Path("/inputs")).accref(outside)


@pytest.mark.parametrize("accref", ["../x", "/etc/passwd", "a/../../x", ".", ""])
def test_an_accref_never_leads_out(accref: str) -> None:
    with pytest.raises(OutsideInputsError, match="leads out"):
        InputsDirectory(Path("/inputs")).path_of(accref)


def test_a_link_is_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "data").symlink_to("/mnt")
    assert InputsDirectory(tmp_path / "inputs").accref(tmp_path / "inputs/data/a.fits") == "data/a.fits"


def test_the_root_directory_may_be_the_inputs_directory() -> None:
    assert InputsDirectory(Path("/")).accref("/x/a.fits") == "x/a.fits"
    assert InputsDirectory(Path("/")).contains("/x")


def test_the_most_explicit_source_names_the_inputs_directory(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / ".gavorc").write_text("[general]\nrootDir: /srv/gavo\n")
    with_variable = environ | {"GAVO_INPUTSDIR": "/from/variable"}

    def found(option: str | None, ini: str | None, environ: dict[str, str]) -> str:
        return str(find_inputs_directory(option, ini, environ, tmp_path).path)

    assert found("/option", "ini", with_variable) == "/option"
    assert found(None, "ini", with_variable) == str(tmp_path / "ini")
    assert found(None, None, with_variable) == "/from/variable"
    assert found(None, None, environ) == "/srv/gavo/inputs"
    assert found(None, None, environ | {"GAVOCUSTOM": "/nowhere"}) == str(tmp_path)


@pytest.mark.parametrize(
    ("text", "inputs_dir"),
    [
        ("[general]\nrootDir: /srv\n", "/srv/inputs"),
        ("[general]\ninputsDir = data\n", "/var/gavo/data"),
        ("[General]\n", None),
        ("[general]\nINPUTSDIR: /x\n", "/x"),
        ("[general]\ninputsDir: ~/in\n", "{home}/in"),
        ("[web]\nserverURL: https://example.org/\n", None),
    ],
)
def test_the_users_file_counts_for_what_it_says(
    text: str, inputs_dir: str | None, tmp_path: Path, environ: dict[str, str]
) -> None:
    (tmp_path / ".gavorc").write_text(text)
    expected = inputs_dir and inputs_dir.format(home=tmp_path)
    assert DachsConfiguration.read(environ).inputs_dir == expected


def test_a_system_wide_file_makes_the_default_count(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "gavo.rc").write_text("")
    assert DachsConfiguration.read(environ).inputs_dir == "/var/gavo/inputs"


def test_the_users_file_wins_over_the_system_wide_one(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "gavo.rc").write_text("[general]\nrootDir: /a\n[web]\nserverURL: http://a\n")
    (tmp_path / ".gavorc").write_text("[general]\nrootDir: /b\n")
    configuration = DachsConfiguration.read(environ)
    assert configuration.inputs_dir == "/b/inputs"
    assert configuration.server_url == "http://a"


def test_the_url_of_a_server_is_never_made_up(environ: dict[str, str]) -> None:
    assert DachsConfiguration.read(environ).server_url is None


def test_items_are_asked_for_as_dachs_does(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / ".gavorc").write_text("[web]\nserverURL: http://a\n[ivoa]\nauthority: org.x 100%\n")
    configuration = DachsConfiguration.read(environ)
    assert configuration.get("web", "serverURL") == "http://a"
    assert configuration.get("ivoa", "authority") == "org.x 100%"
    assert configuration.get("general", "inputsDir") == "/var/gavo/inputs"
    with pytest.raises(NotFoundError, match=r"'foo' in section \[web\]"):
        configuration.get("web", "foo")


@pytest.mark.parametrize("text", [b"no section\n", b"[a]\nx: 1\nx: 2\n", b"[a]\nx: \xff\n"])
def test_a_broken_file_is_named(text: bytes, tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / ".gavorc").write_bytes(text)
    with pytest.raises(OptionError, match=r"\.gavorc"):
        DachsConfiguration.read(environ)


def test_a_missing_directory_is_an_error_when_it_is_needed(tmp_path: Path, environ: dict[str, str]) -> None:
    inputs = find_inputs_directory(None, None, environ | {"GAVO_INPUTSDIR": "/no/such"}, tmp_path)
    with pytest.raises(OptionError, match=r"/no/such \(from \$GAVO_INPUTSDIR\) does not exist"):
        inputs.require()
