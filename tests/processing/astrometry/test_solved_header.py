"""What becomes of a file's header when a solution is put into it, and where sandboxes may go."""

from __future__ import annotations

import pytest
from astropy.io import fits

from pytest_fitsproc.processing.astrometry import (
    SandboxCopyError,
    SolverParameters,
    SourceExtraction,
    solve,
)
from pytest_fitsproc.processing.astrometry.field_at_hand import FieldAtHand, field_at_hand, working_on
from pytest_fitsproc.processing.astrometry.sandbox import MARKER
from pytest_fitsproc.processing.astrometry.solved_header import put_solution, worth_keeping
from pytest_fitsproc.processing.solver_settings import SolverSettings


def solution(order=2):
    cards = fits.Header({"SIMPLE": True, "NAXIS": 0, "CTYPE1": "RA---TAN-SIP", "CD1_1": -0.004})
    cards.update({"A_ORDER": order, f"A_0_{order}": 1e-7, "IMAGEW": 1000, "DATE": "today"})
    cards["HISTORY"] = "Created by the Astrometry.net suite."
    cards["COMMENT"] = f"Tweak AB order: {order}"
    cards["COMMENT"] = "Index(0): /some/where"
    return cards


def test_cards_of_the_file_stay_and_those_of_the_solver_are_added():
    header = fits.Header({"SIMPLE": True, "NAXIS": 2, "OBJECT": "M 31", "DATE": "1999"})
    header["HISTORY"] = "scanned"
    put_solution(header, worth_keeping(solution().cards))
    assert (header["OBJECT"], header["NAXIS"], header["DATE"], header["CD1_1"]) == ("M 31", 2, "1999", -0.004)
    assert "IMAGEW" not in header
    assert [*header["HISTORY"]] == ["scanned", "Created by the Astrometry.net suite."]
    assert [*header["COMMENT"]] == ["Tweak AB order: 2"]


def test_a_second_solution_replaces_the_first():
    header = fits.Header({"OBJECT": "M 31"})
    put_solution(header, worth_keeping(solution(3).cards))
    put_solution(header, worth_keeping(solution(2).cards))
    expected = fits.Header({"OBJECT": "M 31"})
    put_solution(expected, worth_keeping(solution(2).cards))
    assert "A_0_3" not in header
    assert [*header.items()] == [*expected.items()]


@pytest.mark.parametrize("keyword", ["CDELT1", "CROTA2", "PC1_2", "PV2_1", "RADESYS"])
def test_a_coarse_wcs_of_another_form_goes(keyword):
    header = fits.Header({"OBJECT": "M 31", keyword: 1})
    put_solution(header, solution().cards)
    assert keyword not in header


def test_a_repeated_card_that_is_superseded_goes_wholly():
    header = fits.Header([("CDELT1", 1.0), ("CDELT1", 2.0), ("HISTORY", "a"), ("HISTORY", "b")])
    put_solution(header, [])
    assert [*header.keys()] == ["HISTORY", "HISTORY"]


def test_limits_of_a_run_win_over_the_control_text():
    settings = SolverSettings(minarea=10)
    extraction = settings.extraction(SourceExtraction("DETECT_MINAREA 5\n"))
    assert extraction.control_text().endswith("DETECT_MINAREA 5\nDETECT_MINAREA 10\nDETECT_THRESH 4\n")
    assert settings.extraction(None).control.endswith("DETECT_MINAREA 10\nDETECT_THRESH 4\n")
    assert SolverSettings().extraction(None) is None


def test_the_last_of_repeated_limits_counts(field, index_path, tmp_path):
    extraction = SolverSettings(minarea=5, threshold=3).extraction(SourceExtraction("DETECT_MINAREA 9999"))
    found = solve(field("easy"), SolverParameters(endob=50), extraction, index_path=index_path)
    assert found.report.sources_found > 100


def test_several_sandboxes_go_to_directories_of_their_own(tmp_path):
    settings = SolverSettings(copy_to=tmp_path / "new", copies_many=True)
    assert FieldAtHand(settings, "a/b.fits").sandbox_copy() == tmp_path / "new" / "a%2Fb.fits"
    (tmp_path / "new" / "a%2Fb.fits").mkdir(parents=True)
    (tmp_path / "new" / "a%2Fb.fits" / MARKER).touch()
    assert FieldAtHand(settings, "a/b.fits").sandbox_copy() == tmp_path / "new" / "a%2Fb.fits"


@pytest.mark.parametrize("name", ["notes.txt", MARKER])
def test_a_directory_with_something_else_takes_no_sandboxes(tmp_path, name):
    (tmp_path / name).touch()
    settings = SolverSettings(copy_to=tmp_path, copies_many=True)
    with pytest.raises(SandboxCopyError, match="there is something else in it"):
        settings.require_place()
    with pytest.raises(SandboxCopyError, match="it is not a directory"):
        FieldAtHand(settings, "a").sandbox_copy(tmp_path / name)


def test_the_field_at_hand_is_that_of_the_context():
    field = FieldAtHand(SolverSettings(), "a")
    with working_on(field):
        assert field_at_hand() is field
    assert field_at_hand() is None
