"""Check that each file is as large as the plate catalogue says.

Put this file into the directory bin beside your resource descriptor, and the catalogue into res; then

    pytest --fitsproc=potsdam/q/import --catalogue=res/sizes.csv

sizes.csv has the columns accref (path below the inputs directory) and size (bytes). Any function test_…
that asks for `source` is such a check; ask for `header` or `hdus` to look inside the file. A file that is not
in the catalogue fails, too, with the names of similar ones.
"""


def test_size(source, catalogue):
    assert source.size == int(catalogue[source.accref]["size"])
