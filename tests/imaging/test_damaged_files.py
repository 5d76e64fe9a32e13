"""Files with bytes changed or lost give a picture or one line, whatever they are."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
from astropy.io import fits
from images import star_field

from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.imaging import Preview, default_preview


def plain(path):
    fits.PrimaryHDU(star_field((40, 50)).astype("u2")).writeto(path)


def tiled(compression):
    def write(path):
        sky = np.clip(star_field((40, 50)), 0, 30_000).astype("i2")
        fits.CompImageHDU(sky, compression_type=compression).writeto(path)

    return write


def spectrum(path):
    columns = [fits.Column(name, "D", array=np.arange(1.0, 90)) for name in ("WAVE", "FLUX")]
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(path)


KINDS = {
    "plain": plain,
    "gzip": plain,
    "spectrum": spectrum,
    **{name: tiled(name) for name in ("RICE_1", "GZIP_1", "PLIO_1")},
}


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Return data with a card or some bytes changed, or cut short."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                changed[place] = dice.randrange(256)
            case 1:
                card = place // 80 * 80
                changed[card + 10 : card + 30] = (
                    f"{dice.choice([-1, 0, 3, 10**9, 2**70 % 10**19]):>20}".encode()
                )
            case 2:
                changed[place : place + 20] = dice.randbytes(20)
            case 3 if dice.random() < 0.3:
                del changed[place:]
                return bytes(changed)
    return bytes(changed)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("rounds", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_damage_gives_a_picture_or_one_line(tmp_path, name, rounds):
    path = tmp_path / f"a.fits{'.gz' if name == 'gzip' else ''}"
    KINDS[name](path)
    data, dice = path.read_bytes(), random.Random(7)
    outcomes = set()
    for _ in range(rounds):
        path.write_bytes(damaged(data, dice))
        message = ""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                outcomes.add(type(default_preview(path)))
        except FitsprocError as error:
            message = str(error)
            outcomes.add(FitsprocError)
        assert not message or (path.name in message and "\n" not in message)
    # The check sum of gzip tells any damage.
    assert outcomes >= ({FitsprocError} if name == "gzip" else {Preview, FitsprocError})
