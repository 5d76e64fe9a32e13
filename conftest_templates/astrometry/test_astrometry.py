"""Solve scanned plates with astrometry.net, whose dirt an object filter keeps away from the solver.

It needs two Debian packages: apt-get install astrometry.net source-extractor. To see it at work, run

    python bin/make_example.py                        an invented sky: data/plate.fits, res/index/
    pytest --fitsproc=potsdam/q/import --fitsproc-write --html=report.html
    pytest --fitsproc=potsdam/q/import --apply        puts the headers into the files

For real plates install index files (astrometry-data-tycho2), name those that fit, and the scale of yours.
"""

from pathlib import Path

from pytest_fitsproc import astrometry_processor

# Of the invented sky; for Debian's files in /usr/share/astrometry: "index-tycho2-1[0-3]*".
INDICES = str(Path(__file__).parent.parent / "res" / "index" / "index-*.fits")

BORDER = 0.03


def keep_stars(objects):
    """Throw out what is long, as scratches are, and what is near the border."""
    x, y = objects["X_IMAGE"], objects["Y_IMAGE"]
    width, height = x.max(), y.max()
    inside = (x > BORDER * width) & (x < (1 - BORDER) * width)
    inside &= (y > BORDER * height) & (y < (1 - BORDER) * height)
    return objects[inside & (objects["ELONGATION"] < 1.2)]


# endob, the number of sources to look at, bounds the time for plates that can't be solved. The parameters are
# tried in turn: sources of at least minarea pixels that are threshold sigmas above the sky.
@astrometry_processor(
    indices=INDICES,
    lower_pix=14,
    upper_pix=16,
    endob=50,
    total_timelimit=60,
    object_filter=keep_stars,
    try_parameters=[{}, {"minarea": 10, "threshold": 6}],
)
def solve(header):
    header["HISTORY"] = "calibrated with an index of an invented sky"
