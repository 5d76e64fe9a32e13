"""Make a preview of each scanned plate: as a positive, and without the margin.

Put this file into the directory bin beside your resource descriptor, where the data element has the property
previewDir and //products#define binds preview; then

    pytest --fitsproc=potsdam/q/import --fitsproc-write --html=report.html

makes those that are missing; --force makes all, --stale those that are older than their files. An array is
stretched and scaled down to `size` pixels; bytes and Pillow images are taken as they are. For previews
without any code there is --fitsproc-previews.
"""

from pytest_fitsproc import preview_maker

MARGIN = 0.05


@preview_maker(size=300)
def preview(hdus):
    plate = hdus[0].data
    rows, columns = (int(length * MARGIN) for length in plate.shape)
    return -plate[rows : -rows or None, columns : -columns or None].astype(float)
