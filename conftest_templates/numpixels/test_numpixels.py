"""Write the number of pixels into headers in two steps: into a file beside the source, then into the source.

Put this file into the directory bin beside your resource descriptor, or name it on the command line; then

    pytest --fitsproc=potsdam/q/import --fitsproc-write       writes plate.fits.hdr, for you to look at
    pytest --fitsproc=potsdam/q/import --apply --no-compute   writes those headers into the files
    pytest --fitsproc=potsdam/q/import --fitsproc-undo        takes that back

--reprocess computes again what is there. silly_processor.py is the same as a DaCHS processor.
"""

from pytest_fitsproc import header_processor
from pytest_fitsproc.api import CannotComputeHeader


def has_number(header):
    return "NUMPIX" in header


@header_processor(detached=".hdr", is_processed=has_number)
def count_pixels(header):
    if not header["NAXIS"]:
        raise CannotComputeHeader("the primary HDU has no image")
    header["NUMPIX"] = (header["NAXIS1"] * header["NAXIS2"], "number of pixels")
