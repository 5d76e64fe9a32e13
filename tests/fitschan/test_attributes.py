"""Attributes: by property and by AST's strings."""

from __future__ import annotations

import pytest

from pytest_fitsproc.fitschan import FitsChan, FitsChanError
from pytest_fitsproc.fitschan.attributes import DEFAULT_WARNINGS

DEFAULTS = {
    "Card": "0",
    "CardComm": "",
    "CardName": "",
    "CardType": "-1",
    "Clean": "0",
    "Comment": "1",
    "Encoding": "NATIVE",
    "FitsDigits": "17",
    "FitsRounding": "10",
    "Full": "-1",
    "Indent": "3",
    "Ncard": "0",
    "Nkey": "0",
    "ReportLevel": "1",
    "SinkFile": "",
    "Skip": "1",
    "SourceFile": "",
    "Strict": "0",
    "Warnings": DEFAULT_WARNINGS,
}
SETTINGS = [
    ("Full=1", "Full", "1"),
    (" full = 0 ", "Full", "0"),
    ("Full=5", "Full", "1"),
    ("Full=-9", "Full", "-1"),
    ("Full=+1", "Full", "1"),
    ("Comment=2", "Comment", "1"),
    ("Comment=0", "Comment", "0"),
    ("Skip=0", "Skip", "0"),
    ("Clean=3", "Clean", "1"),
    ("Strict=-5", "Strict", "1"),
    ("Indent=7", "Indent", "7"),
    ("ReportLevel=-2", "ReportLevel", "-2"),
    ("FitsDigits=-30", "FitsDigits", "-30"),
    ("FitsRounding=99", "FitsRounding", "99"),
    ("encoding=fits-wcs", "Encoding", "FITS-WCS"),
    ("Encoding=FITS-AIPS++", "Encoding", "FITS-AIPS++"),
    ("Warnings=", "Warnings", ""),
    ("Warnings=badkeyname BADPV", "Warnings", "badkeyname BADPV"),
    ("SinkFile=/tmp/x y", "SinkFile", "/tmp/x y"),
    ("SinkFile=a,b", "SinkFile", "a,b"),
    ("Full=1,,Skip=0", "Skip", "0"),
]
MISTAKES = [
    ("Full=x", "BADAT", "Full needs a whole number, not 'x'"),
    ("Full=1.5", "BADAT", "whole number"),
    ("Full", "BADAT", "'Full' is not of the form name=value"),
    ("Full=", "BADAT", "whole number"),
    ("Comment=yes", "BADAT", "whole number"),
    ("Bogus=1", "BADAT", "no attribute 'Bogus'; it has Card, .*Warnings"),
    ("=1", "BADAT", "no attribute ''"),
    ("Ncard=3", "NOWRT", "Ncard is read-only"),
    ("Nkey=3", "NOWRT", "Nkey is read-only"),
    ("CardType=3", "NOWRT", "CardType is read-only"),
    ("Encoding=bogus", "BADAT", "unknown encoding 'bogus'; there are NATIVE, FITS-WCS"),
    ("Warnings=BadPV bogus", "ATTIN", "no condition 'bogus'"),
]


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_defaults_are_those_of_ast(name: str, value: str) -> None:
    assert FitsChan().get_attr(name) == value
    assert FitsChan().get_attr(f" {name.upper()} ") == value
    assert not FitsChan().test_attr(name)


@pytest.mark.parametrize(("text", "name", "value"), SETTINGS)
def test_settings_are_read_as_ast_reads_them(text: str, name: str, value: str) -> None:
    chan = FitsChan()
    chan.set(text)
    assert chan.get_attr(name) == value
    assert chan.test_attr(name)
    chan.clear(name)
    assert chan.get_attr(name) == DEFAULTS[name]
    assert not chan.test_attr(name)


@pytest.mark.parametrize(("text", "code", "message"), MISTAKES)
def test_a_wrong_setting_changes_nothing(text: str, code: str, message: str) -> None:
    chan = FitsChan("Full=0, Skip=0")
    with pytest.raises(FitsChanError, match=message) as caught:
        chan.set(text)
    assert caught.value.code == code
    assert (chan.full, chan.skip) == (0, False)


def test_of_several_settings_all_are_made_or_none() -> None:
    chan = FitsChan("Full=0, Skip=0")
    for mistake in ("Bogus=1", "Encoding=bogus"):
        with pytest.raises(FitsChanError):
            chan.set(f"Full=1, Skip=1, {mistake}")
    assert (chan.full, chan.skip) == (0, False)


def test_properties_and_strings_are_the_same_attributes() -> None:
    chan = FitsChan("Full=1, Comment=0, FitsDigits=15, SinkFile=x, Encoding=DSS")
    assert (chan.full, chan.with_comments, chan.fits_digits, chan.sink_file) == (1, False, 15, "x")
    assert chan.encoding == "DSS"
    chan.full, chan.with_comments, chan.encoding = 0, True, "native"
    assert (chan.get_attr("Full"), chan.get_attr("Comment"), chan.get_attr("Encoding")) == (
        "0",
        "1",
        "NATIVE",
    )
    chan.strict = True
    assert chan.strict is True
    assert chan.get_attr("Strict") == "1"


def test_a_property_refuses_another_type() -> None:
    with pytest.raises(FitsChanError, match="Full can't be 'x': it is of type int"):
        FitsChan().full = "x"  # type: ignore[assignment]
    with pytest.raises(FitsChanError, match="SinkFile can't be 5: it is of type str"):
        FitsChan().sink_file = 5  # type: ignore[assignment]


@pytest.mark.parametrize("name", ["Bogus", ""])
def test_an_unknown_name_is_an_error_everywhere(name: str) -> None:
    for ask in (FitsChan().get_attr, FitsChan().clear, FitsChan().test_attr):
        with pytest.raises(FitsChanError, match="has no attribute") as caught:
            ask(name)
        assert caught.value.code == "BADAT"


def test_a_read_only_attribute_can_not_be_cleared() -> None:
    with pytest.raises(FitsChanError, match="Ncard is read-only") as caught:
        FitsChan().clear("Ncard")
    assert caught.value.code == "NOWRT"


def test_card_is_set_wherever_it_is_not_the_first() -> None:
    chan = FitsChan(source=["A       = 1", "B       = 2"])
    assert not chan.test_attr("Card")
    chan.set("Card=2")
    assert (chan.card, chan.test_attr("Card")) == (2, True)
    assert chan.test_attr(" card ")
    chan.clear("Full")
    assert chan.card == 2
    chan.clear("card")
    assert (chan.card, chan.test_attr("Card")) == (1, False)


def test_the_current_card_is_seen_through_attributes() -> None:
    chan = FitsChan(source=["A       = 'x' / remark"])
    assert [chan.get_attr(name) for name in ("CardName", "CardType", "CardComm")] == ["A", "3", "remark"]


def test_clearing_the_source_file_forgets_its_name_only() -> None:
    chan = FitsChan(source=["A       = 1"])
    chan.settings["SourceFile"] = "somewhere"
    chan.clear("SourceFile")
    assert (chan.source_file, chan.ncard) == ("", 1)
