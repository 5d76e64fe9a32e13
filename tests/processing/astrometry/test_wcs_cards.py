"""The cards of a solution, fresh from solve-field and out of a header."""

from __future__ import annotations

import pytest
import star_fields
from astropy.io import fits

from pytest_fitsproc.processing.astrometry import (
    NOT_COPIED,
    SourceExtraction,
    keeps_comment,
    keeps_history,
    solve,
    wcs_cards,
    wcs_cards_of,
)


@pytest.fixture(scope="module")
def sandbox(field, index_path, tmp_path_factory):
    copy = tmp_path_factory.mktemp("sandboxes") / "copy"
    solve(field("easy"), star_fields.PARAMETERS, SourceExtraction(), index_path=index_path, copy_to=copy)
    return copy


def test_cards_are_all_that_solve_field_wrote(sandbox):
    cards = wcs_cards(sandbox)
    assert cards["CTYPE1"] == "RA---TAN-SIP"
    assert cards["A_ORDER"] == 2
    assert bytes(cards.tostring(), "ascii") == (sandbox / "img.wcs").read_bytes()


def test_cards_are_found_again_in_a_header_that_they_were_copied_to(sandbox):
    cards = wcs_cards(sandbox)
    header = fits.Header(
        [("SIMPLE", True), ("OBJECT", "Vega"), ("A_NOTE", 1), ("CD", 3), ("HISTORY", "scanned")]
    )
    header["COMMENT"] = "the plate is broken"
    header.extend((card for card in cards.cards if card.keyword not in NOT_COPIED), update=True)
    found = wcs_cards_of(header)
    commentary = {"COMMENT", "HISTORY"}
    assert [card for card in found.cards if card.keyword not in commentary] == [
        card for card in cards.cards if card.keyword not in NOT_COPIED | commentary
    ]
    assert list(found["HISTORY"]) == ["Created by the Astrometry.net suite."]
    assert found["COMMENT"][0] == "Field scale lower: 14 arcsec/pixel"
    assert "index id: 10000" in list(found["COMMENT"])


def test_a_header_without_a_solution_has_no_cards_of_one(sandbox):
    assert len(wcs_cards_of(fits.Header([("CRVAL1", 3.0), ("EQUINOX", 1950.0)]))) == 0


def test_comments_that_tell_how_a_field_was_solved_are_kept(sandbox):
    cards = wcs_cards(sandbox)
    kept = [text for text in cards["COMMENT"] if keeps_comment(text)]
    assert [text.partition(":")[0] for text in kept] == [
        "Field scale lower",
        "Field scale upper",
        "Start obj",
        "End obj",
        "Tweak",
        "Tweak AB order",
        "Tweak ABP order",
        "index id",
        "code error",
    ]
    assert not any(str(sandbox) in text or "/" in text.replace("arcsec/pixel", "") for text in kept)
    assert [text for text in cards["HISTORY"] if keeps_history(text)] == [
        "Created by the Astrometry.net suite."
    ]


def test_characters_that_no_header_may_have_are_replaced(sandbox, tmp_path):
    raw = (sandbox / "img.wcs").read_bytes()
    (tmp_path / "img.wcs").write_bytes(raw.replace(b"Start obj", "Stürt ob".encode()))
    cards = wcs_cards(tmp_path)
    assert "St??rt ob: 0" in list(cards["COMMENT"])
    assert len(cards) == len(wcs_cards(sandbox))
