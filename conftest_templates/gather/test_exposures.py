"""Gather a table with a row for each file while it is checked.

Put this file and conftest.py into the directory bin beside your resource descriptor; then

    pytest --fitsproc=potsdam/q/import --fitsproc-gather=exposures.ecsv

writes the rows of all files in source order, whatever the number of processes (-j4); the suffix .csv, .ecsv,
.json or .fits gives the format. conftest.py gets the same rows when the run ends, and says which exposure is
the longest. Files without an exposure time are skipped.
"""

import pytest


def test_exposure(header, gather):
    if "EXPTIME" not in header:
        pytest.skip("no exposure time")
    gather(object=header.get("OBJECT", ""), exposure=float(header["EXPTIME"]))
    assert header["EXPTIME"] > 0
