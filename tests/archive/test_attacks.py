"""Hostile descriptors: refused or harmless, and nothing in them is ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fitsproc.archive.adhoc import ad_hoc_descriptor
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.errors import DescriptorError

REFUSED = {
    "xml_billion_laughs": "DOCTYPE",
    "xml_quadratic": "DOCTYPE",
    "xml_external_entity": "DOCTYPE",
    "xml_external_dtd": "DOCTYPE",
    "xml_deep_nesting": "nested more than",
    "xml_utf7_nul": "can't be decoded|not well-formed",
    "rd_code_at_parse": "codeItems are Python",
}
HARMLESS = {"rd_sources_traversal", "rd_code_exec", "rd_sql_table"}


@pytest.fixture(scope="module")
def attacks(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacks")
    subprocess.run(
        [sys.executable, str(shared / "tools/make_attacks.py"), str(folder)], check=True, timeout=120
    )
    for bomb in folder.glob("bomb_*"):
        bomb.unlink()
    return folder


def test_every_attack_by_a_descriptor_is_known(attacks: Path) -> None:
    assert {path.stem for path in attacks.glob("*.rd")} == REFUSED.keys() | HARMLESS


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_descriptors_are_refused(name: str, attacks: Path) -> None:
    with pytest.raises(DescriptorError, match=REFUSED[name]):
        load_descriptor(name, InputsDirectory(attacks))


def test_code_in_descriptors_is_never_run(attacks: Path) -> None:
    rd = load_descriptor("rd_code_exec", InputsDirectory(attacks))
    assert "plain.fits" in {os.path.basename(path) for path in rd.dd("d").sources}
    assert rd.dd("d").makes[0].table.qualified_name() == "x.t"
    assert not list(attacks.glob("PWNED*"))


def test_sources_never_leave_the_inputs_directory(attacks: Path) -> None:
    rd = load_descriptor("rd_sources_traversal", InputsDirectory(attacks))
    with pytest.raises(DescriptorError, match="out of the inputs directory"):
        _ = rd.dd("d").sources


def test_names_of_tables_are_just_text(attacks: Path) -> None:
    rd = load_descriptor("rd_sql_table", InputsDirectory(attacks))
    assert rd.tables[0].id == "t; DROP TABLE products; --"


def test_hostile_file_names_are_listed_once_each(attacks: Path) -> None:
    dd = ad_hoc_descriptor(str(attacks), InputsDirectory(attacks), attacks)
    assert dd is not None
    listed = list(dd.sources)
    assert len(listed) == len(set(listed))
    assert {os.path.relpath(path, attacks) for path in listed} >= {"new\nline.fits", "escape_dir/out.fits"}
    assert not any("loop" in path for path in listed)
    assert not list(attacks.glob("PWNED*"))
