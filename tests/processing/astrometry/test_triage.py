"""What a person gets to see of fields: groups of failures, pictures, disagreements with the header."""

from __future__ import annotations

import pickle
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import star_fields
from astropy.io import fits
from PIL import Image

from pytest_fitsproc.errors import FitsprocError, OptionError
from pytest_fitsproc.processing.astrometry import (
    Cause,
    FieldReport,
    FieldVerdict,
    SourceExtraction,
    compare_with_header,
    draw_overlay,
    failure_groups,
    on_the_table,
    solve,
)
from pytest_fitsproc.processing.astrometry.failure_groups import ADVICE

ROUND_ONES = on_the_table(star_fields.keep_round_ones)


@pytest.fixture(scope="module")
def solved(field, index_path):
    return solve(
        field("plate"), star_fields.PARAMETERS, SourceExtraction(), ROUND_ONES, index_path=index_path
    )


def report(name, cause, reason="", verdict=FieldVerdict.NOT_SOLVED):
    return FieldReport(f"/archive/{name}.fits", 0, verdict, cause, reason)


def test_failures_are_grouped_by_cause_with_what_to_try():
    failed = FieldVerdict.FAILED
    reports = [
        report("a", Cause.FEW_SOURCES, "not solved: found 3"),
        report("ok", Cause.NONE, verdict=FieldVerdict.SOLVED),
        *(report(name, Cause.NO_MATCH, f"not solved: found {name}") for name in "bcdef"),
        report("g", Cause.PROGRAM, "solve-field was killed by SIGSEGV", failed),
        report("h", Cause.PROGRAM, "source-extractor: X keyword unknown", failed),
        report("line\nbreak", Cause.PROGRAM, "source-extractor: X keyword unknown", failed),
    ]
    assert failure_groups(reports) == [
        "5 fields: the sources match no stars of the index: b.fits, c.fits, d.fits and 2 more",
        f"  try: {ADVICE[Cause.NO_MATCH]}",
        "2 fields: source-extractor: X keyword unknown: h.fits, line\\nbreak.fits'",
        f"  try: {ADVICE[Cause.PROGRAM]}",
        "1 field: solve-field was killed by SIGSEGV: g.fits",
        f"  try: {ADVICE[Cause.PROGRAM]}",
        "1 field: too few sources were found: a.fits",
        f"  try: {ADVICE[Cause.FEW_SOURCES]}",
    ]
    assert failure_groups([]) == []


def test_there_is_advice_for_every_cause():
    assert set(ADVICE) == set(Cause) - {Cause.NONE}
    assert "--minarea=10 --detectthreshold=6" in ADVICE[Cause.NO_MATCH]


def test_a_report_travels(solved):
    assert pickle.loads(pickle.dumps(solved.report)) == solved.report
    assert FieldReport.from_dict(solved.report.as_dict()) == solved.report


def coloured(picture, colour):
    return int((np.asarray(picture) == colour).all(axis=2).sum())


ORANGE, RED, GREEN, BLUE = (255, 165, 0), (255, 48, 48), (64, 255, 64), (64, 208, 255)


def test_the_picture_of_a_solved_field_shows_sources_and_stars(solved):
    picture = Image.open(BytesIO(draw_overlay(solved)))
    assert (picture.format, picture.size) == ("PNG", (1000, 836))
    assert all(coloured(picture, colour) > 500 for colour in (ORANGE, RED, GREEN, BLUE))
    x, y = solved.objects.matched[0]
    around = picture.crop((int(x) - 14, 800 - int(y) - 14, int(x) + 14, 800 - int(y) + 14))
    assert coloured(around, BLUE) > 30


def test_the_picture_of_an_unsolved_field_shows_what_was_looked_at(field, index_path):
    solution = solve(field("foreign"), star_fields.PARAMETERS, SourceExtraction(), index_path=index_path)
    picture = Image.open(BytesIO(draw_overlay(solution, 500)))
    assert picture.size == (500, 436)
    assert coloured(picture, RED) > 300
    sky = picture.crop((0, 0, 500, 400))
    assert coloured(sky, GREEN) == coloured(sky, BLUE) == 0


def test_a_small_image_is_enlarged(index_path, tmp_path):
    path = tmp_path / "small.fits"
    fits.PrimaryHDU(np.random.default_rng(1).normal(100, 5, (60, 100)).astype("f4")).writeto(path)
    solution = solve(path, star_fields.PARAMETERS, SourceExtraction(), index_path=index_path)
    assert Image.open(BytesIO(draw_overlay(solution))).size == (400, 276)


def test_there_is_no_picture_without_an_image(index_path, tmp_path):
    path = tmp_path / "none.fits"
    fits.PrimaryHDU().writeto(path)
    solution = solve(path, star_fields.PARAMETERS, SourceExtraction(), index_path=index_path)
    with pytest.raises(FitsprocError, match=r"none.fits"):
        draw_overlay(solution)


AGREEING = [
    {},
    {"RA": 200.5, "DEC": -30.5},
    {"RA": "13:20:00", "DEC": "-30:00:00"},
    {"RA": "13 20 00.0", "DEC": "-30 00 00.5"},
    {"OBJCTRA": "13 25 00", "OBJCTDEC": "-31 00 00"},
    {"RA": "200.1", "DEC": "-29.9"},
    {"RA": "unknown", "DEC": "-30"},
    {"RA": 200.0},
    {"PIXSCALE": 15.3},
    {"SECPIX": -14.6},
    {"PIXSCALE": 0},
    {"PIXSCALE": "n/a"},
    # Two thirds of a degree of precession, on top of an object near the edge.
    {"RA": 200.0, "DEC": -26.8, "EQUINOX": 1950.0},
    {"RA": 200.0, "DEC": -26.8, "EQUINOX": "B1950"},
]


@pytest.mark.parametrize("cards", AGREEING, ids=str)
def test_a_header_that_agrees_is_no_finding(solved, cards):
    assert compare_with_header(solved, fits.Header(cards)) == []


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        (
            {"RA": "13:20:00", "DEC": "+30:00:00"},
            "RA/DEC: the header says 200.0000 +30.0000, the solution 200.0000 -30.0000: off by 60.0000 deg",
        ),
        ({"RA": 200.0, "DEC": -26.8}, "RA/DEC: the header says 200.0000 -26.8000"),
        (
            {"OBJCTRA": "12 20 00", "OBJCTDEC": "-00 30 00"},
            "OBJCTRA/OBJCTDEC: the header says 185.0000 -0.5000, the solution",
        ),
        (
            {"SECPIX": 1.5},
            'SECPIX: the header says 1.5000"/px, the solution 14.99',
        ),
    ],
)
def test_a_header_that_disagrees_is_a_finding_with_numbers(solved, cards, message):
    (finding,) = compare_with_header(solved, fits.Header(cards))
    assert str(finding).startswith(message)
    assert finding.difference > finding.tolerance


def test_nothing_is_compared_without_a_solution(solved):
    unsolved = replace(solved, report=report("x", Cause.NO_MATCH))
    with pytest.raises(OptionError, match=r"x.fits: there is no solution"):
        compare_with_header(unsolved, fits.Header())
