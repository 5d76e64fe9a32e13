"""Sources, sinks and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fitsproc.fits.cards import CardError
from pytest_fitsproc.fitschan import FitsChan, FitsChanError

CARDS = ["A       = 1", "B       = 2"]


def keywords(chan: FitsChan) -> list[str]:
    return [card[:8].rstrip() for card in chan]


def test_a_source_is_called_at_the_first_use_only() -> None:
    calls: list[int] = []

    def source() -> str | None:
        calls.append(1)
        return CARDS[len(calls) - 1] if len(calls) <= len(CARDS) else None

    chan = FitsChan(source=source)
    assert calls == []
    assert (chan.ncard, chan.card, len(calls)) == (2, 1, 3)
    assert (chan.ncard, len(calls)) == (2, 3)


def test_read_fits_calls_the_source_again_and_goes_to_its_first_card() -> None:
    chan = FitsChan(source=CARDS)
    chan.card = 2
    chan.read_fits()
    assert (keywords(chan), chan.card) == (["A", "B", "A", "B"], 3)


def test_a_bad_card_of_a_source_comes_out_at_the_first_use() -> None:
    chan = FitsChan(source=["A       = 1", "B= 2"])
    with pytest.raises(CardError, match="card 2: an equals sign"):
        chan.clear("Card")


def test_a_source_file_is_read_when_it_is_set(tmp_path: Path) -> None:
    path = tmp_path / "in.head"
    path.write_bytes(
        b"X       = 1\r\n\nLONG    = '" + b"y" * 60 + b"'" + b" " * 8 + b"OVER    = 1\nZ       = 2"
    )
    chan = FitsChan(source=CARDS)
    chan.source_file = str(path)
    assert keywords(chan) == ["A", "B", "X", "", "LONG", "OVER", "Z"]
    assert (chan.card, chan.source_file) == (8, str(path))


def test_a_source_file_that_can_not_be_read_changes_nothing(tmp_path: Path) -> None:
    chan = FitsChan(source=CARDS)
    bad = tmp_path / "bad.head"
    bad.write_text("A       = 1\nB= 2\n")
    for path in (tmp_path / "missing", tmp_path, Path("nul\0")):
        with pytest.raises(FitsChanError, match=r"SourceFile .* can't be read") as caught:
            chan.set(f"SourceFile={path}")
        assert caught.value.code == "RDERR"
    with pytest.raises(CardError):
        chan.source_file = str(bad)
    assert (keywords(chan), chan.card, chan.source_file) == (["A", "B"], 1, "")


def test_a_sink_gets_every_card_when_the_channel_is_closed() -> None:
    received: list[str] = []
    chan = FitsChan(source=CARDS, sink=received.append)
    chan.card = 2
    chan.close()
    assert received == [f"{card[:10]}{card[10:]:>20}".ljust(80) for card in CARDS]
    assert chan.ncard == 0
    chan.put_fits("C       = 3")
    chan.close()
    assert len(received) == 2


def test_write_fits_empties_the_channel_each_time() -> None:
    received: list[str] = []
    chan = FitsChan(source=CARDS, sink=received.append)
    chan.write_fits()
    chan.put_fits("C       = 3")
    chan.write_fits()
    assert ([card[:1] for card in received], chan.ncard) == (["A", "B", "C"], 0)


def test_a_sink_file_is_written_instead_of_calling_the_sink(tmp_path: Path) -> None:
    path, received = tmp_path / "out.head", list[str]()
    with FitsChan(f"SinkFile={path}", source=CARDS, sink=received.append):
        pass
    assert path.read_text() == "".join(f"{card[:10]}{card[10:]:>20}".ljust(80) + "\n" for card in CARDS)
    assert received == []


def test_a_sink_file_that_can_not_be_written_is_an_error_and_the_cards_stay(tmp_path: Path) -> None:
    chan = FitsChan(f"SinkFile={tmp_path / 'no' / 'such'}", source=CARDS)
    with pytest.raises(FitsChanError, match=r"SinkFile .* can't be written: No such file") as caught:
        chan.close()
    assert (caught.value.code, chan.ncard) == ("WRERR", 2)
    chan.sink_file = str(tmp_path / "out.head")
    chan.close()
    assert (tmp_path / "out.head").stat().st_size == 162


def test_a_block_that_fails_writes_nothing() -> None:
    received: list[str] = []

    def fail() -> None:
        with FitsChan(source=CARDS, sink=received.append) as chan:
            chan.del_fits()
            raise ValueError("not finished")

    with pytest.raises(ValueError, match="not finished"):
        fail()
    assert received == []


def test_a_copy_has_neither_source_nor_sink(tmp_path: Path) -> None:
    received: list[str] = []
    chan = FitsChan("Full=1", source=CARDS, sink=received.append)
    chan.sink_file = str(tmp_path / "out.head")
    chan.card = 2
    copy = chan.copy()
    assert (copy.card, copy.full, copy.sink_file, keywords(copy)) == (2, 1, "", ["A", "B"])
    copy.del_fits()
    copy.close()
    assert (received, chan.ncard) == ([], 2)
    assert not (tmp_path / "out.head").exists()
