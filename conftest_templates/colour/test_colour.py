"""Make a preview in colour of files that have images in three filters.

Put this file into the directory bin beside your resource descriptor, where the data element has the property
previewDir and //products#define binds preview; then

    pytest --fitsproc=potsdam/q/import --fitsproc-write --html=report.html

The images are found by EXTNAME, scaled down while they are read, and put together after Lupton et al. (2004),
so that bright stars keep their colour. A file without one of the filters is skipped.
"""

import numpy as np
import pytest

from pytest_fitsproc import preview_maker
from pytest_fitsproc.imaging import iter_scaled_rows, make_lupton

RED, GREEN, BLUE = "I", "R", "B"


@preview_maker
def preview(source, hdus):
    numbers = {hdu.name: number for number, hdu in enumerate(hdus)}
    missing = {RED, GREEN, BLUE} - numbers.keys()
    if missing:
        pytest.skip(f"no image in {', '.join(sorted(missing))}")
    return make_lupton(*(scaled(source, numbers[band]) for band in (RED, GREEN, BLUE)))


def scaled(source, hdu):
    return np.array(list(iter_scaled_rows(source, dest_size=256, hdu=hdu)))
