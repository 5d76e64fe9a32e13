"""Make a plot of each spectrum, 200×100 pixels, as small as DaCHS has them.

Put this file into the directory bin beside your resource descriptor, where the data element has the property
previewDir and //products#define binds preview and preview_mime "image/png"; then

    pytest --fitsproc=potsdam/q/import --fitsproc-write --html=report.html

The function returns the coordinates and the fluxes, in any order and with gaps (NaN). Fluxes are drawn
logarithmically unless linear_fluxes says otherwise; --fitsproc-spectrum-axes draws axes.
"""

from pytest_fitsproc import spectrum_preview_maker


@spectrum_preview_maker(linear_fluxes=True)
def preview(hdus):
    table = hdus[1].data
    return table["WAVELENGTH"], table["FLUX"]
