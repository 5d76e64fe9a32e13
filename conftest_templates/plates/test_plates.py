"""Give scanned plates the header of the plate archive standard, with what the logbook says, in two steps.

Put this file into the directory bin beside your resource descriptor, and logbook.csv into res; then

    pytest --fitsproc=potsdam/q/import --catalogue=res/logbook.csv --fitsproc-write
    pytest --fitsproc=potsdam/q/import --catalogue=res/logbook.csv --apply --no-compute

writes plate.fits.hdr for you to look at, and then from there into plate.fits. The first column of logbook.csv
is the name of the file without its suffix. A plate that is not in it fails and gets no header; the others do.
"""

from pytest_fitsproc import header_processor
from pytest_fitsproc.api import CannotComputeHeader
from pytest_fitsproc.fits.templates import WFPDB, make_header_from_template

# Keywords of the template, with _ for -: what all plates have in common, and which columns tell the rest.
# All of them: python -c "from pytest_fitsproc.fits.templates import WFPDB; print(*WFPDB, sep='\n')"
SAME_FOR_ALL = {
    "SITENAME": "Potsdam",
    "SITELONG": 13.0653,
    "SITELAT": 52.3802,
    "ORIGIN": "Astrophysical Observatory Potsdam",
}
TEXTS = {
    "OBJECT": "object",
    "DATEORIG": "date",
    "TMS_ORIG": "start",
    "EMULSION": "emulsion",
    "OBSERVER": "observer",
}
NUMBERS = {"EXPTIME": "seconds", "PLATESZ1": "width_cm", "PLATESZ2": "height_cm"}


def has_template(header):
    return "PLATENUM" in header


@header_processor(detached=".hdr", is_processed=has_template)
def plate_header(header, source, catalogue):
    row = catalogue.get(source.stem)
    if row is None:
        raise CannotComputeHeader(f"the plate {source.stem} is not in {catalogue.path}")
    values = SAME_FOR_ALL | {
        "PLATENUM": source.stem,
        "FILENAME": source.path.name,
        **{keyword: row[column] or None for keyword, column in TEXTS.items()},
        **{keyword: float(row[column]) if row[column] else None for keyword, column in NUMBERS.items()},
    }
    return make_header_from_template(WFPDB, header, **values)
