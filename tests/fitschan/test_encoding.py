"""Which encoding a header seems to use, as AST guesses it."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import strategies as st
from live_ast import check, sizes

from pytest_fitsproc.fitschan import FitsChan

ENCODINGS = [
    ("", "NATIVE"),
    ("CRPIX1", "NATIVE"),
    ("CRVAL1", "FITS-WCS"),
    ("CRVAL1A", "FITS-WCS"),
    ("CRVAL1 BEGAST12", "NATIVE"),
    ("CRVAL1 BEGASTA", "FITS-WCS"),
    ("PLTRAH", "DSS"),
    ("CRVAL1 PLTRAH", "DSS"),
    ("DELTAV VLSR", "NATIVE"),
    ("CRVAL1 DELTAV VLSR", "FITS-CLASS"),
    ("CRVAL1 DELTAV VELO-HEL PLTRAH", "FITS-CLASS"),
    ("CTYPE1=VELO-LSR", "FITS-AIPS"),
    ("CTYPE1=VELO-LSR PLTRAH", "FITS-AIPS"),
    ("CTYPE1=FREQ-TOP CD1_1", "FITS-AIPS++"),
    ("CTYPE1=FREQ-TOP LONPOLE", "FITS-AIPS++"),
    ("CTYPE1=FREQ", "NATIVE"),
    ("CRPIX1 PC001001", "FITS-PC"),
    ("CRPIX1 CD001001", "FITS-IRAF"),
    ("CRPIX1 CD1_1", "FITS-WCS"),
    ("CRPIX1 CD1_1 RADECSYS", "FITS-IRAF"),
    ("CRPIX1 CD1_1 RADECSYS RADESYS", "FITS-WCS"),
    ("CRPIX1 CD1_1 PROJP1", "FITS-IRAF"),
    ("CRPIX1 CD1_1 PROJP1 PV1_1", "FITS-WCS"),
    ("CRPIX1 CD1_1 C1VAL1", "FITS-IRAF"),
    ("CRPIX1 C1VAL1", "FITS-PC"),
    ("CRVAL1 C1VAL1 PC1_1", "FITS-WCS"),
    ("CRPIX1 CROTA1", "FITS-AIPS"),
    ("CROTA1 CDELT1", "NATIVE"),
]

NAMES = """CRVAL1 CRVAL1A CTYPE1 CRPIX2 DELTAV VELO-LSR VLSR VELO-HEL PLTRAH PC001001 PC1_1 CD001001 CD1_1
    CD2_1B CROTA1 CROTA2 CDELT1 BEGASTA BEGAST12 RADECSYS RADESYS PROJP1 PV2_1 PV2_1A C1VAL1 LONPOLE
    LATPOLE PC1_1A CRVAL12 PROJP12 CTYPE2=VELO-LSR CTYPE3=FELO-OBS CTYPE1=FREQ"""


def cards(words: list[str]) -> list[str]:
    settings = (word.partition("=") for word in words)
    return [f"{name:8}= '{value}'" if value else f"{name:8}= 1" for name, _, value in settings]


@pytest.mark.parametrize(("words", "encoding"), ENCODINGS)
def test_the_encoding_is_found_from_the_keywords(words: str, encoding: str) -> None:
    assert FitsChan(source=cards(words.split())).encoding == encoding


def test_the_default_follows_the_cards_until_one_is_set() -> None:
    chan = FitsChan(source=["CRVAL1  = 1"])
    assert chan.encoding == "FITS-WCS"
    chan.del_fits()
    assert chan.encoding == "NATIVE"
    chan.encoding = "dss"
    assert (chan.encoding, chan.copy().encoding) == ("DSS", "DSS")


@sizes(200, 20_000)
def test_the_guess_is_that_of_ast(ast: ModuleType, n_examples: int) -> None:
    def same(words: list[str]) -> None:
        live = ast.FitsChan(None, None, "Warnings= ")
        for card in cards(words):
            live.putfits(card, False)
        assert FitsChan(source=cards(words)).encoding == live.get("Encoding")

    check(n_examples, same, st.lists(st.sampled_from(NAMES.split()), max_size=7))
