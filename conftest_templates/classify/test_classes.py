"""Put each file into classes, and see how many are in each.

Put this file into the directory bin beside your resource descriptor, or name it on the command line; then

    pytest --fitsproc=potsdam/q/import --report --html=report.html

prints the frequencies of the classes and writes them into the report. --report runs the classifiers only;
without it the checks run as well. A classifier is a function that returns a string; pytest.skip leaves a file
out. --fitsproc-classes=classes.csv writes which file is in which class.
"""

from pytest_fitsproc import classifier


@classifier
def data_type(header):
    return f"BITPIX {header['BITPIX']}" if header["NAXIS"] else "no primary data"


@classifier
def observed_with(header):
    return header.get("INSTRUME", "unknown instrument")
