"""One keyword added to every real file: no byte changes outside the new card, CHECKSUM and the padding."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rewrite_scenario import policy_for

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.blocks import end_offset, split_cards
from pytest_fitsproc.fits.checksum import data_sum
from pytest_fitsproc.fits.file import FitsFile, Hdu
from pytest_fitsproc.fits.header import lazy_header
from pytest_fitsproc.fits.rewrite import Committed, Edit, HeaderChange, Refused, commit
from pytest_fitsproc.fits.serialising import serialise

OURS = (b"FSPTEST ", b"CHECKSUM")
NO_FITS = {".hdr", ".head", ".txt", ".header", ".rd", ".sql"}

pytestmark = pytest.mark.filterwarnings("ignore")


def files_below(folder: Path) -> Iterator[Path]:
    """Yield all files in a fixed order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in NO_FITS)


def edit_with_a_key(path: Path) -> Edit:
    """Return an edit that adds a keyword, after the header was printed and serialised without change."""
    with FitsFile(str(path)) as file:
        old = file.header_bytes()
        header = lazy_header(old)
        assert serialise(header, old, lambda: data_sum(file)) == old
        len(header)
        assert serialise(header, old, lambda: data_sum(file)) == old
        header["FSPTEST"] = (1, "one more")
        new = serialise(header, old, lambda: data_sum(file))
        return Edit(str(path), (HeaderChange(old, new),), file.status)


def cards_of_others(header: bytes) -> list[bytes]:
    """Return the cards that the edit has no business with, without blank ones at the end."""
    cards = [card for card in split_cards(header[: end_offset(header)]) if not card.startswith(OURS)]
    while cards and not cards[-1].strip():
        cards.pop()
    return cards


def outcome_for(source: Path, folder: Path) -> str:
    """Edit a copy of a file; return what came of it, having compared it with the original."""
    path = folder / "copy.fits"
    shutil.copyfile(source, path)
    before = path.read_bytes()
    try:
        edit = edit_with_a_key(path)
        (outcome,) = commit([edit], policy_for(folder, syncs=False))
    except FitsprocError:
        assert path.read_bytes() == before
        return "can't be read"
    if isinstance(outcome, Refused):
        assert path.read_bytes() == before
        return "refused"
    (change,), after = edit.changes, path.read_bytes()
    assert after[: len(change.new)] == change.new
    assert after[len(change.new) :] == before[len(change.old) :]
    assert cards_of_others(change.new) == cards_of_others(change.old)
    assert b"FSPTEST =                    1 / one more" in change.new
    return str(outcome.protocol)


@pytest.mark.parametrize("kind", ["good", "bad", "derived"])
def test_one_more_key_changes_nothing_else(kind: str, shared: Path, tmp_path: Path) -> None:
    counts = Counter(outcome_for(path, tmp_path) for path in files_below(shared / "corpus" / kind))
    print(f"{kind}: {dict(counts)}")
    assert counts["in place"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["copy.fits"]


@pytest.mark.slow
def test_hostile_files_are_refused_or_clean(shared: Path, tmp_path: Path) -> None:
    attacks, folder = tmp_path / "attacks", tmp_path / "files"
    folder.mkdir()
    subprocess.run([sys.executable, shared / "tools" / "make_attacks.py", attacks], check=True)
    counts = Counter(outcome_for(path, folder) for path in files_below(attacks) if path.suffix != ".pyc")
    print(f"attacks: {dict(counts)}")


def with_object(file: FitsFile, hdu: Hdu) -> bytes:
    """Return the header of an HDU with one more card."""
    header = lazy_header(hdu.header)
    header["OBJECT"] = "M 31"
    return serialise(header, hdu.header, lambda: data_sum(file, hdu.hdu_index))


def test_pixels_of_a_tile_compressed_file_are_untouched(tmp_path: Path) -> None:
    """Of astropy it is known that ``mode="update"`` compresses them anew."""
    import numpy as np
    from astropy.io import fits

    path = tmp_path / "tiles.fits.fz"
    pixels = np.random.default_rng(1).normal(100, 10, (200, 300)).astype("f4")
    fits.HDUList(
        [fits.PrimaryHDU(), fits.CompImageHDU(pixels, compression_type="RICE_1", quantize_level=4)]
    ).writeto(path, checksum=True)
    before, seen = path.read_bytes(), fits.getdata(path)
    with FitsFile(str(path)) as file:
        hdus = list(file.hdus())
        changes = [HeaderChange(hdu.header, with_object(file, hdu), hdu.hdu_index) for hdu in hdus]
    (outcome,) = commit([Edit(str(path), tuple(changes))], policy_for(tmp_path))
    assert isinstance(outcome, Committed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(path, checksum=True) as edited:
            assert edited[1].header["OBJECT"] == "M 31"
            np.testing.assert_array_equal(edited[1].data, seen)
    after = path.read_bytes()
    for hdu, change in zip(hdus, changes, strict=True):
        assert before[hdu.data_offset : hdu.end] in after
        assert change.new in after
