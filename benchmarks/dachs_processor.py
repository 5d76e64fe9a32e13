"""The same two jobs as a DaCHS processor, for the DaCHS that is installed."""

import os

from gavo import api


class Processor(api.HeaderProcessor):
    def process(self, srcName):
        assert os.path.getsize(srcName) == 23040

    def classify(self, srcName):
        return self.getPrimaryHeader(srcName)["FILTER"]


if __name__ == "__main__":
    api.procmain(Processor, "potsdam/q", "import")
