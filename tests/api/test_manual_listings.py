"""The listings of DaCHS' manual "File Processing" up to its section "Overriding the Sources", run as scripts.

Their import lines are changed by the table, Python 2 is mended to Python 3. Where the text of the manual
lacks lines (a ``def``, an upward call, a ``try``) they are added, and said to be. What a listing takes for
granted, such as ``_getExpectedSize``, stands before it.
"""

from __future__ import annotations

import ast
import re

import pytest

from pytest_fitsproc.processing.dachs_imports import new_import

EXPECTED_SIZES = """
def _getExpectedSize(fName):
    return {"a.fits": 1, "b.fits": 2, "c.fits": 1, "d.fits": 30}[os.path.basename(fName)]
"""

# print "..."%(...) has become a call.
SIZE_CHECKER = """
import os

from gavo import api

class SizeChecker(api.FileProcessor):

  def process(self, srcName):
    found = os.path.getsize(srcName)
    expected = _getExpectedSize(srcName)
    if found!=expected:
      print("%s: is %s, should be %s"%(srcName, found, expected))

if __name__=="__main__":
  api.procmain(SizeChecker, "potsdam/q", "import")
"""

# As above; the manual's listing has no imports of its own.
GATHERING_SIZE_CHECKER = """
import os

from gavo import api

class SizeChecker(api.FileProcessor):

  def _createAuxiliaries(self, dd):
    self.mess = []

  def process(self, srcName):
    found = os.path.getsize(srcName)
    expected = _getExpectedSize(srcName)
    if found!=expected:
      self.mess.append((srcName, expected, found))

if __name__=="__main__":
  res = api.procmain(SizeChecker, "potsdam/q", "import")
  res.mess.sort(key=lambda rec: abs(rec[1]-rec[2]))
  for name, expected, found in res.mess:
    print("%10d %10d %8d %s"%(expected, found, expected-found, name))
"""

# The manual lacks "@staticmethod", the def line and the upward call that it asks for.
CATALOGUE_OPTION = """
  @staticmethod
  def addOptions(optParser):
    api.FileProcessor.addOptions(optParser)
    optParser.add_option("--cat-name", help="Resdir-relative path to"
      " the plate catalogue", action="store", type="str",
      dest="catPath", default="res/")
"""

READ_CATALOGUE = """
  def _createAuxiliaries(self, dd):
    self.catEntriesUsed = 0
    catPath = os.path.join(dd.rd.resdir, self.opts.catPath)
    self.catalogue = {}
    for ln in open(catPath):
      id, val = ln.split()
      self.catalogue[id] = val
"""

# The two listings make one class; the manual gives it no process.
CATALOGUE_READER = f"""
import os

from gavo import api

class Processor(api.FileProcessor):
{CATALOGUE_OPTION}
{READ_CATALOGUE}
  def process(self, srcName):
    id = os.path.basename(srcName)
    if id in self.catalogue:
      self.catEntriesUsed += 1
      print(id, "is plate", self.catalogue[id])

if __name__=="__main__":
  res = api.procmain(Processor, "potsdam/q", "import")
  print(res.catEntriesUsed, "entries used")
"""

# The manual lacks the "try:" to its "except", and the class around the method.
CLASSIFIER = """
from gavo import api

class Classifier(api.FileProcessor):

  def classify(self, srcName):
    hdr = self.getPrimaryHeader(srcName)
    try:
      ignored = "FILTER_A" in hdr
      return "ok"
    except ValueError: # botched cards on board
      return "botched"

if __name__=="__main__":
  api.procmain(Classifier, "potsdam/q", "import")
"""

JOBS = pytest.mark.parametrize("jobs", [[], ["-j2"]], ids=["alone", "j2"])


def script(listing: str, before: str = "") -> str:
    """A listing with the imports that the table gives, and with what it takes for granted after them."""
    lines = listing.strip().splitlines()
    for statement in ast.parse(listing.strip()).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "gavo":
            lines[statement.lineno - 1] = new_import(statement) + "\n" + before
    return "\n".join(lines) + "\n"


@pytest.fixture(autouse=True)
def _sizes(archive):
    archive.fill("b.fits", content=b"12345")


@JOBS
def test_the_size_checker_prints(archive, jobs):
    archive.write("bin/size.py", script(SIZE_CHECKER, EXPECTED_SIZES))
    run = archive.python("bin/size.py", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    printed = re.split(r"[\r\n]+", run.stdout)
    assert f"{archive.path('b.fits')}: is 5, should be 2" in printed
    assert f"{archive.path('d.fits')}: is 1, should be 30" in printed
    assert sum("should be" in line for line in printed) == 2
    assert printed[-2:] == ["4 files processed, 0 files with errors", ""]


@JOBS
def test_the_size_checker_gathers(archive, jobs):
    archive.write("bin/size.py", script(GATHERING_SIZE_CHECKER, EXPECTED_SIZES))
    run = archive.python("bin/size.py", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.partition("with errors\n")[2] == (
        f"         2          5       -3 {archive.path('b.fits')}\n"
        f"        30          1       29 {archive.path('d.fits')}\n"
    )


@JOBS
def test_an_option_names_the_catalogue_that_is_read_for_all_files(archive, jobs):
    archive.write("bin/read.py", script(CATALOGUE_READER))
    archive.write("res/plates.txt", "a.fits 101\nd.fits 104\nz.fits 126\n")
    run = archive.python("bin/read.py", "--cat-name=res/plates.txt", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    assert "a.fits is plate 101\n" in run.stdout
    assert "d.fits is plate 104\n" in run.stdout
    assert run.stdout.endswith("2 entries used\n")


def test_the_default_of_the_option_is_used_and_shown(archive):
    archive.write("bin/read.py", script(CATALOGUE_READER))
    run = archive.python("bin/read.py")
    assert run.returncode == 1
    assert run.stderr.endswith(f"'{archive.resdir}/res/'\n")
    assert "Resdir-relative path to the plate catalogue" in " ".join(
        archive.python("bin/read.py", "--help").stdout.split()
    )


@JOBS
def test_the_report_counts_the_classes(archive, jobs):
    for name in ("a.fits", "b.fits", "c.fits"):
        archive.write_fits(name, FILTER_A="V")
    archive.write("bin/classes.py", script(CLASSIFIER))
    run = archive.python("bin/classes.py", "--report", *jobs)
    assert run.returncode == 0
    assert "\n3  ok\n" in run.stdout
    assert run.stdout.endswith("4 files processed, 1 files with errors\n")
    assert run.stderr.startswith(f"Skipping source {archive.path('d.fits')}: ")


@JOBS
def test_the_size_checker_classifies(archive, jobs):
    classify = """
  def classify(self, srcName):
    return "ok" if os.path.getsize(srcName)==_getExpectedSize(srcName) else "wrong size"
"""
    listing = SIZE_CHECKER.replace("\nif __name__", f"{classify}\nif __name__")
    archive.write("bin/size.py", script(listing, EXPECTED_SIZES))
    run = archive.python("bin/size.py", "--report", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    assert "\n2          ok\n2  wrong size\n\n\n4 files processed" in run.stdout
    assert "should be" not in run.stdout


def test_bail_and_filter_work_on_the_listing(archive):
    archive.write("bin/size.py", script(SIZE_CHECKER, EXPECTED_SIZES))
    (archive.resdir / "data" / "b.fits").unlink()
    (archive.resdir / "data" / "b.fits").symlink_to("a.fits")
    archive.fill("e.fits")
    run = archive.python("bin/size.py", "--bail", "--filter=data/e")
    assert run.returncode == 1
    assert run.stderr.startswith(f"*** {archive.path('e.fits')}\nTraceback")
    assert run.stderr.endswith("KeyError: 'e.fits'\n")


def test_a_module_of_processors_can_be_imported_without_running_it(archive):
    archive.write("bin/size.py", script(SIZE_CHECKER, EXPECTED_SIZES))
    archive.write("bin/other.py", "import size\nprint(size.SizeChecker.__name__)\n")
    assert archive.python("bin/other.py").stdout == "SizeChecker\n"
