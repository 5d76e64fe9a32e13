"""The two writing jobs as DaCHS processors: dachs_writer.py edit, or dachs_writer.py detach --apply."""

# ruff: noqa: N802, N803

import sys

from gavo import api


class Editing(api.ImmediateHeaderProcessor):
    def _changeHeader(self, srcName, hdr):
        hdr["EXPTIME"] = 77.5


class Detaching(api.HeaderProcessor):
    def _isProcessed(self, srcName):
        return "NPIX" in self.getPrimaryHeader(srcName)

    def _mungeHeader(self, srcName, hdr):
        hdr["NPIX"] = hdr["NAXIS1"] * hdr["NAXIS2"]
        return hdr


if __name__ == "__main__":
    api.procmain({"edit": Editing, "detach": Detaching}[sys.argv.pop(1)], "potsdam/q", "import")
