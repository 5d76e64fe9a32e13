"""The picture in README is what the command beside it makes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).parent / "readme_picture"


def test_the_picture_is_what_the_command_makes(pytester: pytest.Pytester) -> None:
    pytester.mkdir("data")
    assert pytester.run(sys.executable, FOLDER / "galaxy_field.py", "data/field.fits").ret == 0
    pytester.runpytest_subprocess(
        "-p", "no:randomly", "--fitsproc=data", "--fitsproc-previews"
    ).assert_outcomes(passed=2)
    made, kept = (
        np.asarray(Image.open(path).convert("L"), "f4")
        for path in (
            pytester.path / "fitsproc-previews" / "data" / "field.fits.jpg",
            FOLDER / "galaxy_field.jpg",
        )
    )
    assert (FOLDER / "galaxy_field.jpg").stat().st_size < 60_000
    assert made.shape == kept.shape
    # Decoders and encoders of JPEG differ by a shade or two.
    assert np.abs(made - kept).mean() < 3
