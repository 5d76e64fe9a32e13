"""Write links to the preview and to the scan of the wedge into the header of each plate.

Put this file into the directory bin beside your resource descriptor, or name it on the command line; then

    pytest --fitsproc=potsdam/q/import -v             shows the cards that would change, and writes nothing
    pytest --fitsproc=potsdam/q/import --fitsproc-write
    pytest --fitsproc=potsdam/q/import --fitsproc-undo

A file with a link has nothing left to do, is_processed says. link_adder.py is the same as a DaCHS processor.
"""

from pytest_fitsproc import header_processor

STATIC = "https://example.org/static"


def has_links(header):
    return header.get("FN-PRE", "").startswith("http")


@header_processor(is_processed=has_links)
def add_links(header, source):
    header["FN-WEDGE"] = f"{STATIC}/wedges/{source.stem}w.fits"
    header["FN-PRE"] = f"{STATIC}/jpegs/{source.stem}.jpg"
