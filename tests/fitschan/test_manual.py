"""The examples of SUN/211, section 16, one test for each subsection."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fitsproc.fitschan import AstObject, FitsChan
from pytest_fitsproc.fitschan.constructors import frame, unit_map, zoom_map

SKY_FRAME_CARDS = """\
COMMENT AST ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++ AST
COMMENT AST            Beginning of AST data for SkyFrame object             AST
COMMENT AST ................................................................ AST
BEGAST_A= 'SkyFrame'           / Description of celestial coordinate system
NAXES_A =                    2 / Number of coordinate axes
EPOCH_A =               1958.0 / Besselian epoch of observation
SYSTEM_A= 'FK4-NO-E'           / Coordinate system type
AX1_A   = '        '           / Axis number 1
BEGAST_B= 'SkyAxis '           / Celestial coordinate axis
ENDAST_A= 'SkyAxis '           / End of object definition
AX2_A   = '        '           / Axis number 2
BEGAST_C= 'SkyAxis '           / Celestial coordinate axis
ENDAST_B= 'SkyAxis '           / End of object definition
ISA_A   = 'Frame   '           / Coordinate system description
ENDAST_C= 'SkyFrame'           / End of object definition
COMMENT AST ................................................................ AST
COMMENT AST               End of AST data for SkyFrame object                AST
COMMENT AST ---------------------------------------------------------------- AST
""".splitlines()

SKY_FRAME = AstObject.from_text(
    """\
 Begin SkyFrame \t# Description of celestial coordinate system
    Naxes = 2 \t# Number of coordinate axes
    Epoch = 1958 \t# Besselian epoch of observation
    System = "FK4-NO-E" \t# Coordinate system type
    Ax1 = \t# Axis number 1
       Begin SkyAxis \t# Celestial coordinate axis
       End SkyAxis
    Ax2 = \t# Axis number 2
       Begin SkyAxis \t# Celestial coordinate axis
       End SkyAxis
 IsA Frame \t# Coordinate system description
 End SkyFrame
"""
)

CARDS = [
    "SIMPLE  =                    T / a FITS file",
    "AIRMASS =                  1.2 / at the middle",
    "CD001001=                  0.5 / step",
    "CD001002=                  0.0 / step",
    "BSCALE  =                  2.0 / scale",
]


@pytest.fixture
def chan() -> FitsChan:
    return FitsChan(source=CARDS)


def keywords(chan: FitsChan) -> list[str]:
    return [card[:8].rstrip() for card in chan]


def test_16_1_the_native_encoding_takes_any_object_through_cards() -> None:
    chan = FitsChan()
    chan.write(SKY_FRAME)
    chan.clear("Card")
    assert chan.read() == SKY_FRAME


def test_16_2_five_ways_in_and_four_ways_out(tmp_path: Path) -> None:
    lines = tmp_path / "in.head"
    lines.write_text("FROMFILE= 1\n")
    received: list[str] = []
    chan = FitsChan(source=["SOURCE  = 1"], sink=received.append)
    assert chan.ncard == 1
    chan.put_cards("PUTCARDS= 1".ljust(80))
    chan.card = 2
    chan.put_fits("PUTFITS = 1")
    chan.source_file = str(lines)
    chan.write(zoom_map(1, 2.0))
    assert keywords(chan)[:3] == ["PUTCARDS", "PUTFITS", "FROMFILE"]
    chan.clear("Card")
    chan.del_fits()
    assert chan.read() == zoom_map(1, 2.0)
    chan.close()
    assert [card[:8].rstrip() for card in received] == ["PUTFITS", "FROMFILE", ""]


def test_16_2_the_sink_is_not_called_where_a_sink_file_is_set(tmp_path: Path) -> None:
    received: list[str] = []
    with FitsChan(f"SinkFile={tmp_path / 'out.head'}", source=CARDS, sink=received.append):
        pass
    assert received == []
    assert (tmp_path / "out.head").read_text().splitlines() == [card.ljust(80) for card in CARDS]


def test_16_3_the_encoding_of_an_empty_channel_is_native() -> None:
    assert FitsChan().encoding == "NATIVE"
    assert FitsChan("Encoding=NATIVE").test_attr("Encoding")
    assert not FitsChan().test_attr("Encoding")


def test_16_4_cards_are_addressed_by_number(chan: FitsChan) -> None:
    chan.card = 3
    assert chan.keyword == "CD001001"
    chan.clear("Card")
    assert chan.card == 1
    seen = []
    for number in range(1, chan.ncard + 1):
        chan.card = number
        seen.append(chan.keyword)
    assert seen == keywords(chan)
    chan.card = 99
    assert chan.card == chan.ncard + 1
    assert chan.current is None


def test_16_5_a_write_leaves_the_card_behind_the_last_one_current() -> None:
    chan = FitsChan("Encoding=NATIVE")
    assert chan.write(SKY_FRAME) == 1
    assert chan.ncard == 19
    assert chan.card == 20


def test_16_5_long_strings_are_split_over_continue_cards() -> None:
    chan = FitsChan()
    chan.write(
        frame(1, title="A title that is so very long that it does not fit in one card of a FITS header")
    )
    title = chan.find_all("TITLE%2f") + chan.find_all("CONTINUE")
    assert [card[:11] for card in title] == ["TITLE_A = '", "CONTINUE  '"]
    assert title[0].rstrip().endswith("&' / Title of coordinate system")


def test_16_5_a_card_that_is_put_is_cut_off_at_column_80() -> None:
    chan = FitsChan()
    chan.put_fits("LONG    = '" + "x" * 100 + "'")
    chan.clear("Card")
    assert chan.current is not None
    assert chan.value == "x" * 69


def test_16_6_a_loop_extracts_every_card(chan: FitsChan) -> None:
    chan.card = 4
    chan.clear("Card")
    found = []
    while (card := chan.find_fits("%f")) is not None:
        found.append(card)
    assert found == list(chan)
    assert chan.card == chan.ncard + 1


def test_16_7_the_output_is_that_of_the_manual() -> None:
    chan = FitsChan("Encoding=NATIVE")
    chan.write(SKY_FRAME)
    assert [card.rstrip() for card in chan] == ["", *SKY_FRAME_CARDS]


def test_16_7_comments_and_defaults_are_an_attribute_each() -> None:
    chan = FitsChan("Comment=0")
    chan.write(SKY_FRAME)
    assert chan.find_all("COMMENT") == []
    assert not any(" / " in card for card in chan)
    shown = FitsChan("Full=1")
    shown.write(SKY_FRAME)
    assert "        ...                    / Class boundary".ljust(80) in list(shown)


def test_16_8_cards_are_put_in_front_of_the_current_one(chan: FitsChan) -> None:
    chan.card = 2
    for card in ("NEW1    = 1", "NEW2    = 2"):
        chan.put_fits(card)
    assert keywords(chan)[:4] == ["SIMPLE", "NEW1", "NEW2", "AIRMASS"]
    assert chan.keyword == "AIRMASS"
    chan.put_fits("NEW3    = 3", overwrite=True)
    assert keywords(chan)[3:5] == ["NEW3", "CD001001"]
    assert chan.keyword == "CD001001"


def test_16_9_concatenated_cards_replace_all(chan: FitsChan) -> None:
    chan.put_cards("".join(card.ljust(80) for card in ["", *SKY_FRAME_CARDS]))
    assert chan.card == 1
    assert chan.read() is not None


def test_16_10_reading_removes_the_cards_of_the_object(chan: FitsChan) -> None:
    chan.card = 3
    chan.write(SKY_FRAME)
    chan.clear("Card")
    spare = chan.copy()
    assert chan.read() == SKY_FRAME
    assert chan.keyword == "CD001001"
    # The manual promises the original cards; the library leaves the blank card in front of the banner.
    assert keywords(chan) == ["SIMPLE", "AIRMASS", "", "CD001001", "CD001002", "BSCALE"]
    assert spare.ncard == len(CARDS) + 19


def test_16_10_continued_strings_come_back_whole() -> None:
    long_title = frame(
        1, title="It's so very long that it does not fit in one card of a header. " * 5 + "end"
    )
    chan = FitsChan()
    chan.write(long_title)
    chan.clear("Card")
    assert chan.read() == long_title


def test_16_11_objects_come_back_in_the_order_they_were_written() -> None:
    chan = FitsChan()
    for naxes in (1, 2, 3):
        chan.write(unit_map(naxes))
    chan.clear("Card")
    assert [chan.read() for _ in range(4)] == [unit_map(1), unit_map(2), unit_map(3), None]


def test_16_12_other_cards_are_skipped(chan: FitsChan) -> None:
    chan.card = 99
    chan.write(unit_map(1))
    chan.write(unit_map(2))
    chan.clear("Card")
    assert chan.read() == unit_map(1)
    position = chan.card
    chan.find_fits("NIN%2f")
    assert chan.card > position
    assert chan.read() is None


def test_16_13_a_card_that_is_found_can_be_replaced_or_deleted(chan: FitsChan) -> None:
    chan.find_fits("AIRMASS", advance=False)
    chan.put_fits("AIRMASS = 1.3", overwrite=True)
    assert chan.get("AIRMASS", float) == 1.3
    chan.clear("Card")
    if chan.find_fits("BSCALE", advance=False):
        chan.del_fits()
    assert "BSCALE" not in chan
    chan.find_fits("MISSING", advance=False)
    chan.put_fits("APPENDED= 1", overwrite=True)
    assert keywords(chan)[-1] == "APPENDED"


def test_16_13_a_template_finds_each_of_its_cards(chan: FitsChan) -> None:
    found = []
    while (card := chan.find_fits("CD%6d")) is not None:
        found.append(card[:8])
    assert found == ["CD001001", "CD001002"]


def test_16_14_source_and_sink_functions_are_called_for_each_card() -> None:
    given = iter([*CARDS, None])
    received: list[str] = []
    with FitsChan(source=lambda: next(given), sink=received.append) as chan:
        # The manual says that the source is called by the constructor; the library waits for the first use.
        assert next(given) == CARDS[0]
        assert chan.card == 1
        assert chan.ncard == len(CARDS) - 1
    assert received == [card.ljust(80) for card in CARDS[1:]]
