"""DaCHS' names for plate solving, as its processors use them."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import pytest
import star_fields

from pytest_fitsproc.api import anet
from pytest_fitsproc.errors import FitsprocError, OptionError
from pytest_fitsproc.processing.astrometry import ObjectFilterError, ProgramMissing, on_the_table

PARAMETERS = {"indices": (["index-9990"],), "endob": 50, "lower_pix": 14, "upper_pix": 16}


@pytest.mark.parametrize("control", [None, "", "SEEING_FWHM 1.2\n"])
def test_cards_of_a_solution_are_returned(field, index_path, control):
    cards = anet.getWCSFieldsFor(field("easy"), PARAMETERS, control, None, None, str(index_path), False)
    assert {"CD1_1", "CRVAL1", "A_ORDER"} <= {card.keyword for card in cards}


def test_an_object_filter_solves_what_is_scratched(field, index_path, capsys):
    keep_round_ones, here = on_the_table(star_fields.keep_round_ones), Path.cwd()
    arguments = field("plate"), PARAMETERS, "DETECT_MINAREA 5\n"
    assert anet.getWCSFieldsFor(*arguments, indexPath=index_path) is None
    assert anet.getWCSFieldsFor(*arguments, keep_round_ones, indexPath=index_path, verbose=True)
    assert Path.cwd() == here
    assert capsys.readouterr().out.count("\n") == 2


def test_a_filter_is_not_called_without_a_control_text(field, index_path):
    def failing(name):
        raise AssertionError

    assert anet.getWCSFieldsFor(field("easy"), PARAMETERS, None, failing, None, index_path, False)


def test_a_field_that_is_not_solved_gives_none(field, index_path, tmp_path):
    copy = str(tmp_path / "copy")
    assert anet.getWCSFieldsFor(str(field("noise")), PARAMETERS, "", None, copy, index_path, False) is None
    assert "lastCommand.log" in os.listdir(copy)


def test_a_program_that_fails_is_an_error_with_its_status(field, index_path):
    with pytest.raises(
        anet.ShellCommandFailed, match=r"easy.fits: source-extractor ended .*\(status 1\)$"
    ) as caught:
        anet.getWCSFieldsFor(field("easy"), PARAMETERS, "DETECT_MINAREA x\n", indexPath=index_path)
    assert caught.value.retcode == 1
    assert "DETECT_MINAREA keyword out of range" in caught.value.msg
    travelled = pickle.loads(pickle.dumps(caught.value))
    assert (str(travelled), travelled.retcode) == (str(caught.value), 1)
    assert str(pickle.loads(pickle.dumps(caught.value.__cause__))) == str(caught.value.__cause__)


def test_a_program_that_is_missing_is_no_failure_that_other_parameters_may_avoid(
    field, index_path, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match=r"Debian package astrometry.net$"):
        anet.getWCSFieldsFor(field("easy"), PARAMETERS, None, indexPath=index_path)


def test_neither_is_a_filter_that_fails(field, index_path):
    def failing(name):
        raise KeyError("MAG_AUTO")

    with pytest.raises(ObjectFilterError, match="raised KeyError: 'MAG_AUTO'"):
        anet.getWCSFieldsFor(field("easy"), PARAMETERS, "", failing, indexPath=index_path)


def test_a_processor_raises_the_error_by_itself():
    with pytest.raises(FitsprocError, match=r"^No anet parameter worked$"):
        raise anet.ShellCommandFailed("No anet parameter worked", None)


def test_a_parameter_that_nobody_knows_is_told(field, index_path):
    with pytest.raises(OptionError, match="unknown solver parameter 'endobs'"):
        anet.getWCSFieldsFor(field("easy"), {"endobs": 3}, None, indexPath=index_path)


def test_a_preparation_is_called_first(field, index_path):
    called = []
    parameters = PARAMETERS | {"_preparationFunction": lambda: called.append(1)}
    assert anet.getWCSFieldsFor(field("noise"), parameters, "", indexPath=index_path) is None
    assert called == [1]


def test_the_index_files_of_dachs_are_found(field, index_path, tmp_path, monkeypatch):
    shutil.copytree(index_path, tmp_path / "astrometry-indexes")
    (tmp_path / "gavo.rc").write_text(f"[general]\nrootDir: {tmp_path}\n")
    monkeypatch.setenv("GAVOSETTINGS", str(tmp_path / "gavo.rc"))
    monkeypatch.setenv("GAVOCUSTOM", str(tmp_path / "none"))
    assert anet.getWCSFieldsFor(field("easy"), PARAMETERS, "")
