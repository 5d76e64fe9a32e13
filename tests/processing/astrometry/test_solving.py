"""Real fields, solved and not solved by the real programs."""

from __future__ import annotations

import bz2
import gzip
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import star_fields
from astropy.io import fits

from pytest_fitsproc.checks.placement import celestial_wcs
from pytest_fitsproc.errors import OptionError
from pytest_fitsproc.processing.astrometry import (
    Attempt,
    Cause,
    FieldReport,
    FieldVerdict,
    SolverParameters,
    SourceExtraction,
    first_solution,
    on_the_table,
    solve,
)

OURS = SourceExtraction()
ROUND_ONES = on_the_table(star_fields.keep_round_ones)


def assert_true_to_the_sky(solution, truth=None):
    assert solution.report.verdict is FieldVerdict.SOLVED, solution.report
    found = celestial_wcs(solution.wcs, star_fields.WIDTH, star_fields.HEIGHT)
    rms, largest = star_fields.offsets_px(found, truth or star_fields.true_wcs())
    assert rms < 0.5
    assert largest < 1.5


@pytest.mark.parametrize("extraction", [None, OURS], ids=["solve-field", "source-extractor"])
def test_an_easy_field_is_solved(field, index_path, parameters, extraction):
    solution = solve(field("easy"), parameters, extraction, index_path=index_path)
    assert_true_to_the_sky(solution)
    report = solution.report
    assert report.cause is Cause.NONE
    assert report.message == ""
    assert report.sources_found > report.sources_used == 50
    assert report.matched > 50
    assert report.rms_px < 0.5
    assert report.pixel_scale_arcsec == pytest.approx(15, rel=1e-3)
    assert (report.ra_deg, report.dec_deg) == pytest.approx((200, -30), abs=0.005)
    assert report.radius_deg == pytest.approx(2.67, abs=0.01)


def test_a_plate_needs_an_object_filter(field, index_path, parameters):
    without = solve(field("plate"), parameters, OURS, index_path=index_path)
    assert (without.report.verdict, without.report.cause) == (FieldVerdict.NOT_SOLVED, Cause.NO_MATCH)
    assert_true_to_the_sky(solve(field("plate"), parameters, OURS, ROUND_ONES, index_path=index_path))


def test_noise_and_foreign_stars_are_not_solved(field, index_path, parameters):
    noise = solve(field("noise"), parameters, OURS, index_path=index_path).report
    assert (noise.verdict, noise.cause) == (FieldVerdict.NOT_SOLVED, Cause.FEW_SOURCES)
    foreign = solve(field("foreign"), parameters, OURS, index_path=index_path)
    assert (foreign.report.verdict, foreign.report.cause) == (FieldVerdict.NOT_SOLVED, Cause.NO_MATCH)
    assert foreign.wcs is None
    assert foreign.error is None
    assert foreign.report.message.startswith(f"{field('foreign')}: not solved: the sources match no stars")
    assert foreign.report.rms_px is None


@pytest.mark.parametrize("extraction", [None, OURS], ids=["solve-field", "source-extractor"])
def test_a_negative_plate_is_inverted_on_request(field, index_path, parameters, extraction):
    as_it_is = solve(field("negative"), parameters, extraction, index_path=index_path)
    assert as_it_is.report.verdict is FieldVerdict.NOT_SOLVED
    inverted = replace(parameters, invert=True)
    assert_true_to_the_sky(solve(field("negative"), inverted, extraction, index_path=index_path))


@pytest.mark.parametrize(
    ("suffix", "opener", "extraction"),
    [(".gz", gzip.open, OURS), (".bz2", bz2.open, OURS), (".gz", gzip.open, None)],
)
def test_a_packed_file_is_unpacked(field, index_path, parameters, tmp_path, suffix, opener, extraction):
    path = tmp_path / f"easy.fits{suffix}"
    with opener(path, "wb") as packed:
        packed.write(field("easy").read_bytes())
    assert_true_to_the_sky(solve(path, parameters, extraction, index_path=index_path))


@pytest.mark.parametrize("kind", [fits.ImageHDU, fits.CompImageHDU])
def test_an_image_in_an_extension_is_solved(images, index_path, parameters, tmp_path, kind):
    path = tmp_path / "extension.fits"
    fits.HDUList([fits.PrimaryHDU(), kind(images["easy"])]).writeto(path)
    assert_true_to_the_sky(solve(path, parameters, OURS, hdu_index=1, index_path=index_path))
    report = solve(path, parameters, OURS, index_path=index_path).report
    assert (report.verdict, report.cause) == (FieldVerdict.FAILED, Cause.IMAGE)
    assert report.message == f"{path}: HDU 0 has no image, not one with two axes; there is one in HDU 1"


def test_axes_of_one_pixel_do_not_count(images, index_path, parameters, tmp_path):
    path = tmp_path / "cube.fits"
    fits.PrimaryHDU(images["easy"][np.newaxis].astype("f4")).writeto(path)
    assert_true_to_the_sky(solve(path, parameters, OURS, index_path=index_path))


@pytest.mark.parametrize("column", ["FLUX_AUTO", "FLUX_BEST", "MAG_AUTO", "MAG_ISO"])
def test_the_brightest_sources_come_first_by_flux_and_by_magnitude(field, index_path, parameters, column):
    extraction = SourceExtraction(sort_column=column)
    few = replace(parameters, endob=30)
    solution = solve(field("easy"), few, extraction, index_path=index_path)
    assert_true_to_the_sky(solution)
    brightest = solve(field("easy"), few, OURS, index_path=index_path)
    assert {tuple(xy) for xy in solution.objects.used[:10]} == {
        tuple(xy) for xy in brightest.objects.used[:10]
    }


def test_a_column_that_says_nothing_of_brightness_is_refused():
    with pytest.raises(OptionError, match="not by 'ELONGATION'"):
        SourceExtraction(sort_column="ELONGATION")


def test_limits_of_detection_go_to_source_extractor(field, index_path, parameters):
    few = solve(field("easy"), parameters, SourceExtraction(minarea=12, threshold=50), index_path=index_path)
    assert 10 < few.report.sources_found < 150
    control = SourceExtraction("DETECT_MINAREA 5\nDETECT_THRESH 1.5\n", minarea=12, threshold=50)
    assert solve(field("easy"), parameters, control, index_path=index_path).report.sources_found > 200


def test_control_texts_that_repeat_the_names_of_files_work(field, index_path, parameters):
    control = "CATALOG_NAME img.axy\nCATALOG_TYPE FITS_1.0\nPARAMETERS_NAME anet.param\nSEEING_FWHM 1.2"
    assert_true_to_the_sky(solve(field("easy"), parameters, SourceExtraction(control), index_path=index_path))


def test_helpers_of_solve_field_are_run_on_request_only(field, index_path, parameters, tmp_path):
    for helpers, expected in ((False, False), (True, True)):
        copy = tmp_path / str(helpers)
        chosen = replace(parameters, helpers=helpers)
        assert_true_to_the_sky(solve(field("easy"), chosen, OURS, index_path=index_path, copy_to=copy))
        assert ("astrometry.util.removelines" in (copy / "lastCommand.log").read_text()) is expected


def test_plots_are_drawn_into_the_sandbox(field, index_path, parameters, tmp_path):
    solve(field("easy"), replace(parameters, plots=True), index_path=index_path, copy_to=tmp_path / "sandbox")
    assert list((tmp_path / "sandbox").glob("*.png"))


def test_an_untweaked_solution_has_no_polynomial(field, index_path, parameters):
    solution = solve(field("easy"), replace(parameters, tweak=False), OURS, index_path=index_path)
    assert solution.is_solved
    assert "A_ORDER" not in solution.wcs


def test_an_image_is_downsampled_on_request(field, index_path, parameters):
    assert_true_to_the_sky(solve(field("easy"), replace(parameters, downsample=2), index_path=index_path))


def test_the_file_is_only_read_and_nothing_is_left(field, index_path, parameters, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = field("easy")
    before = path.read_bytes(), path.stat().st_mtime_ns
    path.chmod(stat.S_IRUSR)
    solve(path, parameters, OURS, index_path=index_path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == []
    assert {each.suffix for each in path.parent.iterdir()} == {".fits"}


def by_source_extractor(path, index_path):
    return lambda attempt: solve(path, attempt.parameters, attempt.extraction, index_path=index_path)


def test_the_first_attempt_that_solves_is_taken(field, index_path, parameters):
    attempts = [
        Attempt(parameters, SourceExtraction(f"DETECT_MINAREA {area}")) for area in (3000, "nonsense", 5, 6)
    ]
    solution = first_solution(attempts, by_source_extractor(field("easy"), index_path))
    assert_true_to_the_sky(solution)
    assert solution.report.attempt == 2


def test_the_last_failure_is_told_where_no_attempt_solves(field, index_path, parameters):
    attempts = [Attempt(parameters, SourceExtraction(minarea=area)) for area in (3000, 2000)]
    solution = first_solution(attempts, by_source_extractor(field("easy"), index_path))
    assert (solution.is_solved, solution.report.attempt) == (False, 1)
    with pytest.raises(OptionError, match="no parameters to try"):
        first_solution([], by_source_extractor(field("easy"), index_path))


def test_a_report_survives_json(field, index_path, parameters):
    import json

    for kind in ("easy", "noise"):
        report = solve(field(kind), parameters, OURS, index_path=index_path).report
        assert FieldReport.from_dict(json.loads(json.dumps(report.as_dict()))) == report


def test_a_path_of_python_packages_does_no_harm(field, index_path, parameters, tmp_path, monkeypatch):
    package = tmp_path / "astrometry"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('the wrong package')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert_true_to_the_sky(solve(field("easy"), parameters, index_path=index_path))


def test_a_comma_for_the_decimal_point_does_no_harm(field, index_path, parameters, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert_true_to_the_sky(solve(field("easy"), parameters, OURS, index_path=index_path))


def test_the_commands_of_a_report_can_be_pasted(field, index_path, parameters, tmp_path):
    import subprocess

    copy = tmp_path / "it's a copy"
    report = solve(field("easy"), parameters, OURS, index_path=index_path, copy_to=copy).report
    (copy / "img.solved").unlink()
    log = (copy / "lastCommand.log").read_text()
    for command in report.commands:
        assert f"Now running: {command}\n" in log
        subprocess.run(["/bin/sh", "-c", command], cwd=copy, check=True, capture_output=True)
    assert (copy / "img.solved").exists()


def test_every_pixel_unit_of_the_parameters_is_known_to_the_program(field, index_path):
    for units, lower, upper in (("degwidth", 4, 5), ("amw", 240, 300), ("arcsecperpix", 14, 16)):
        parameters = SolverParameters(endob=50, lower_pix=lower, upper_pix=upper, pix_units=units)
        assert solve(field("easy"), parameters, OURS, index_path=index_path).is_solved


# Matches with the sparse index are few; one wrong pair among 18 spoils the polynomial (1.4 px, seen).
DENSE = replace(star_fields.PARAMETERS, indices=("index-9990-10",))
PLACES = [(10, 5), (83, -5), (150, 60), (200, -30), (250, 75), (300, -70), (359.9, 20), (0.1, -45)]


@pytest.mark.slow
@pytest.mark.parametrize(("ra", "dec"), PLACES)
@pytest.mark.parametrize("kind", ["easy", "plate"])
def test_fields_all_over_the_sky_are_solved(programs, tmp_path, ra, dec, kind):
    sky, truth = star_fields.invented_sky(ra, dec, seed=int(ra)), star_fields.true_wcs(ra, dec)
    star_fields.write_indices(tmp_path, sky)
    image = star_fields.star_image(sky, truth, seed=int(dec) % 100)
    fits.PrimaryHDU(star_fields.scratched(image) if kind == "plate" else image).writeto(tmp_path / "f.fits")
    solution = solve(Path(tmp_path, "f.fits"), DENSE, OURS, ROUND_ONES, index_path=tmp_path)
    assert_true_to_the_sky(solution, truth)


@pytest.mark.slow
@pytest.mark.parametrize(("ra", "dec"), PLACES)
def test_easy_fields_all_over_the_sky_are_solved_by_solve_field_alone(programs, tmp_path, ra, dec):
    sky, truth = star_fields.invented_sky(ra, dec, seed=int(ra)), star_fields.true_wcs(ra, dec)
    star_fields.write_indices(tmp_path, sky)
    fits.PrimaryHDU(star_fields.star_image(sky, truth)).writeto(tmp_path / "f.fits")
    assert_true_to_the_sky(solve(tmp_path / "f.fits", DENSE, index_path=tmp_path), truth)
