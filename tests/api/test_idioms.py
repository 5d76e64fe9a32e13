"""What public processors do besides what the manual shows."""

from __future__ import annotations

import csv
import os
from typing import Any

import pytest

from pytest_fitsproc import api


class PlateProcessor(api.FileProcessor):
    """A base class of one's own, with an option."""

    @staticmethod
    def addOptions(optParser: Any) -> None:
        api.FileProcessor.addOptions(optParser)
        optParser.add_option("--observatory", dest="observatory", default="Potsdam")


def test_addoptions_may_call_that_of_a_class_further_up(archive):
    class Skipping(PlateProcessor):
        @staticmethod
        def addOptions(optParser: Any) -> None:
            api.FileProcessor.addOptions(optParser)
            optParser.add_option("--plate", dest="plate", default="1")

        def process(self, srcName: str) -> None:
            print(self.opts.observatory, self.opts.plate)

    assert "Potsdam 7\n" in archive.procmain(Skipping, "--plate=7", "--filter=a.fits").out


def test_an_option_overridden_below_keeps_its_default(archive):
    class Overriding(PlateProcessor):
        @staticmethod
        def addOptions(optParser: Any) -> None:
            PlateProcessor.addOptions(optParser)
            optParser.set_defaults(observatory="Sonneberg")

        def process(self, srcName: str) -> None:
            print(self.opts.observatory)

    assert "Sonneberg\n" in archive.procmain(Overriding, "--filter=a.fits").out
    assert "Kiel\n" in archive.procmain(Overriding, "--filter=a.fits", "--observatory=Kiel").out


def test_addoptions_without_the_upward_call_leaves_the_defaults(archive):
    class Forgetful(api.FileProcessor):
        @staticmethod
        def addOptions(optParser: Any) -> None:
            optParser.add_option("--plate", dest="plate")

        def process(self, srcName: str) -> None:
            pass

    assert archive.procmain(Forgetful).out.endswith("4 files processed, 0 files with errors\n")
    assert "no such option: --bail" in archive.procmain(Forgetful, "--bail").err


def test_options_in_groups_and_class_methods_are_understood(archive):
    class Grouped(PlateProcessor):
        @classmethod
        def addOptions(cls, optParser: Any) -> None:
            super().addOptions(optParser)
            group = optParser.add_option_group("Plates")
            group.add_option("--plate", dest="plate", default=cls.__name__)

        def process(self, srcName: str) -> None:
            print(self.opts.plate, self.opts.observatory)

    assert "Grouped Potsdam\n" in archive.procmain(Grouped, "--filter=a.fits").out


TESTING_SCRIPT = '''
from pytest_fitsproc import api

def half(value):
    """
    >>> half(4)
    2.0
    """
    return value/2

def run_tests(*args):
    import doctest
    import sys
    print("tested", doctest.testmod(sys.modules["__main__"]).attempted)
    sys.exit(0)

class Processor(api.FileProcessor):
    @staticmethod
    def addOptions(optParser):
        api.FileProcessor.addOptions(optParser)
        optParser.add_option("--test", help="Run unit tests and exit",
            action="callback", callback=run_tests)

    def process(self, srcName):
        print(half(3))

if __name__=="__main__":
    api.procmain(Processor, "potsdam/q", "import")
'''


def test_a_callback_option_runs_the_doctests_of_the_script_and_exits(archive):
    archive.write("bin/test.py", TESTING_SCRIPT)
    run = archive.python("bin/test.py", "--test")
    assert (run.returncode, run.stdout, run.stderr) == (0, "tested 1\n", "")
    assert "1.5\n" in archive.python("bin/test.py", "--filter=a.fits").stdout


def test_init_may_be_overridden_with_an_upward_call(archive):
    class Counting(api.FileProcessor):
        sp_lower_pix = 0.1
        sp_indices = ["index-4215"]  # noqa: RUF012

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.before = self.getProductKey
            api.FileProcessor.__init__(self, *args, **kwargs)
            self.total = 0

        def process(self, srcName: str) -> None:
            self.total += len(self.sp_indices)

    for arguments in ([], ["-j2"]):
        assert archive.procmain(Counting, *arguments).processor.total == 4


def test_getprimaryheader_may_be_overridden_to_defuse_bad_cards(archive):
    archive.write_fits("a.fits", RA="x")

    class Defusing(api.FileProcessor):
        def getPrimaryHeader(self, srcName: str) -> Any:
            header = super().getPrimaryHeader(srcName)
            header["RA"] = 3.5
            header.cards[header.index("RA")].verify("fix")
            return header

        def classify(self, srcName: str) -> str:
            return str(self.getPrimaryHeader(srcName)["RA"])

    assert "1  3.5\n" in archive.procmain(Defusing, "--report", "--filter=a.fits").out


def test_a_file_other_than_the_present_one_can_be_asked_for_its_header(archive):
    archive.write_fits("a.fits", FILTER="V")
    archive.write_fits("b.fits", FILTER="B")

    class Comparing(api.FileProcessor):
        def classify(self, srcName: str) -> str:
            other = os.path.join(os.path.dirname(srcName), "a.fits")
            return f"{self.getPrimaryHeader(srcName)['FILTER']} {self.getPrimaryHeader(other)['FILTER']}"

    out = archive.procmain(Comparing, "--report", "--filter=b.fits").out
    assert "1  B V\n" in out


def test_a_catalogue_is_read_beside_the_data(archive):
    archive.write("logbook/plates.csv", "Пластинка plate;Звезда star\na.fits;Вега\n")

    class Logbook(api.FileProcessor):
        def _createAuxiliaries(self, dd: Any) -> None:
            with open(dd.rd.getAbsPath("logbook/plates.csv"), encoding="utf-8") as file:
                rows = list(csv.DictReader(file, delimiter=";"))
            self.stars = {row["Пластинка plate"]: row["Звезда star"] for row in rows}

        def classify(self, srcName: str) -> str:
            return self.stars.get(os.path.basename(srcName), "unknown star")

    for arguments in ([], ["-j2"]):
        out = archive.procmain(Logbook, "--report", *arguments).out
        assert "1          Вега\n3  unknown star\n" in out


@pytest.mark.parametrize("path", ["detached.hdr", "detached"])
def test_getproductkey_refuses_what_is_outside_the_inputs_directory(archive, tmp_path, path):
    class Asking(api.FileProcessor):
        def process(self, srcName: str) -> None:
            self.getProductKey(str(tmp_path / path))

    run = archive.procmain(Asking, "--filter=a.fits")
    assert f"is not below the inputs directory {archive.inputs}" in run.err
