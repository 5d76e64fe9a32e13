"""Write the number of pixels into headers: test_numpixels.py as a processor of DaCHS; one of them is enough.

    python bin/silly_processor.py                      writes plate.fits.silly, for you to look at
    python bin/silly_processor.py --apply --no-compute writes those headers into the files
    pytest --fitsproc=potsdam/q/import                 runs it, too, and says what it would do

DaCHS' headerExt is ".hdr", which test_numpixels.py has here: each processor needs one of its own.
"""

# ruff: noqa: N802, N803, N815

from pytest_fitsproc import api


class SillyProcessor(api.HeaderProcessor):
    headerExt = ".silly"

    def _isProcessed(self, srcName):
        return "NUMPIX" in self.getPrimaryHeader(srcName)

    def _mungeHeader(self, srcName, hdr):
        if not hdr["NAXIS"]:
            raise api.CannotComputeHeader("the primary HDU has no image")
        hdr.set("NUMPIX", hdr["NAXIS1"] * hdr["NAXIS2"], "number of pixels")
        return hdr


if __name__ == "__main__":
    api.procmain(SillyProcessor, "potsdam/q", "import")
