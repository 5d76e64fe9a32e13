"""A preview maker of DaCHS for the images of an archive, for the DaCHS that is installed."""

import os

import numpy
from gavo import api
from gavo.utils import fitstools, imgtools


class PreviewMaker(api.PreviewMaker):
    def getPreviewData(self, accref):  # noqa: N802
        with open(os.path.join(api.getConfig("inputsDir"), accref), "rb") as file:
            rows = numpy.array(list(fitstools.iterScaledRows(file, destSize=200)))
        return imgtools.jpegFromNumpyArray(rows)


if __name__ == "__main__":
    api.procmain(PreviewMaker, "potsdam/q", "import")
