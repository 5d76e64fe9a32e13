"""Write links into headers: test_links.py as a processor of DaCHS; one of the two is enough.

    python bin/link_adder.py                          writes at once, as DaCHS does
    pytest --fitsproc=potsdam/q/import -v             shows the cards that would change, and writes nothing

It takes the URL from the service "dl" of the resource descriptor, and the server from DaCHS' configuration
(serverURL in section [web]) or, under pytest, from fitsproc_server_url in the ini file.
"""

# ruff: noqa: N802, N803, N806

import os

from pytest_fitsproc import api


class LinkAdder(api.ImmediateHeaderProcessor):
    def _createAuxiliaries(self, dd):
        self.staticBase = dd.rd.getById("dl").getURL("static")

    def _isProcessed(self, srcName, hdr):
        return hdr.get("FN-PRE", "").startswith("http")

    def _changeHeader(self, srcName, hdr):
        baseName = os.path.splitext(os.path.basename(srcName))[0]
        hdr["FN-WEDGE"] = f"{self.staticBase}/wedges/{baseName}w.fits"
        hdr["FN-PRE"] = f"{self.staticBase}/jpegs/{baseName}.jpg"


if __name__ == "__main__":
    api.procmain(LinkAdder, "potsdam/q", "import")
