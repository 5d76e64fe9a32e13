"""The same processors run by the real DaCHS and by us."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from dachs import Dachs
from text_of_programs import as_text

PROCESSOR = """
import os
import sys
from gavo import api

class Processor(api.FileProcessor):
    @staticmethod
    def addOptions(optParser):
        api.FileProcessor.addOptions(optParser)
        optParser.add_option("--cat-name", dest="catPath", default="res/")

    def _createAuxiliaries(self, dd):
        self.mess = []

    def process(self, srcName):
        self.act(srcName)
        self.mess.append((os.path.basename(srcName), os.path.getsize(srcName)))
        print("processing", srcName)

    def classify(self, srcName):
        self.act(srcName)
        return {"a": "longer label", "d": "zeta", "e": "zeta", "f": "Zeta"}[os.path.basename(srcName)[0]]

    def act(self, srcName):
        if srcName.endswith("b.fits"):
            raise ValueError("bad size")
        if srcName.endswith("c.fits"):
            raise api.SkipThis("no plate")

if __name__=="__main__":
    res = api.procmain(Processor, "potsdam/q", sys.argv.pop(1))
    print(type(res).__name__, res.mess, res.opts.catPath, sorted(vars(res.opts)), res.dd.rd.sourceId)
    print([res.getProductKey(path) for path in res.iterIdentifiers()], res.inputsDir)
    print(api.getConfig("inputsDir"))
"""

ANGLES = """
import json, random, sys
values = random.Random(7)
numbers = [values.uniform(-400, 400) for _ in range(400)]
numbers += [round(values.uniform(-100, 400), values.randint(0, 5)) for _ in range(400)]
made = [jYearToDateTime(1900 + v).isoformat() for v in numbers]
for v in numbers:
    for f in (0, 1, 4):
        made += [degToDms(v, ":", f), degToDms(v, "", f, True, False, False), degToHms(v, " ", f)]
        made += [hoursToHms(v, ":", f)]
print(json.dumps(made))
"""


@pytest.fixture
def both(archive, dachs_folder, socket):
    """Run a command line with DaCHS and with us; the script is the same but for its import."""
    archive.fill("e.fits", "f.fits")
    dachs = Dachs(dachs_folder, archive.inputs)
    dachs.configure(socket)
    archive.write("bin/dachs/size.py", PROCESSOR)
    archive.write("bin/size.py", PROCESSOR.replace("from gavo import api", "from pytest_fitsproc import api"))

    def run(*arguments: str) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
        command = dachs.command("bin/dachs/size.py", *arguments)
        return as_text(command, archive.resdir, dachs.environ), archive.python("bin/size.py", *arguments)

    return run


def slow(*arguments: str) -> object:
    """DaCHS takes more than a second to start."""
    return pytest.param(list(arguments), marks=pytest.mark.slow, id=" ".join(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["import"], id="import"),
        pytest.param(["import", "--report"], id="import --report"),
        slow("import", "--filter=a.fits"),
        slow("import", "--filter=nothing"),
        slow("import", "--report", "--filter=nothing"),
        slow("import", "--verbose", "--cat-name=other"),
        slow("import", "--bail", "--filter=data/a"),
    ],
)
def test_output_errors_and_status_are_the_same_to_the_byte(both, arguments):
    theirs, ours = both(*arguments)
    assert ours.stdout.splitlines() == theirs.stdout.splitlines()
    assert (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode)
    assert ours.returncode == 0


@pytest.mark.parametrize(
    "arguments", [slow("import", "--nope"), slow("import", "-j", "foo"), slow("import", "--filter")]
)
def test_wrong_options_are_refused_in_the_same_words(both, arguments):
    theirs, ours = both(*arguments)
    assert (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode)
    assert ours.returncode == 2


@pytest.mark.slow
def test_bail_ends_alike(both):
    theirs, ours = both("import", "--bail")
    assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode)
    for err in (theirs.stderr, ours.stderr):
        lines = err.splitlines()
        assert lines[0].endswith("b.fits")
        assert lines[0].startswith("*** ")
        assert lines[-1] == "ValueError: bad size"


@pytest.mark.parametrize("arguments", [slow("nope"), slow("nope", "--help"), slow("import", "word")])
def test_what_comes_before_the_run_ends_with_the_same_status(both, arguments):
    theirs, ours = both(*arguments)
    assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode)
    assert ours.returncode == 1


@pytest.mark.slow
def test_help_names_the_same_options(both):
    theirs, ours = both("import", "--help")
    words = [{word for word in run.stdout.split() if word.startswith("-")} for run in (theirs, ours)]
    assert words[0] == words[1]
    assert (theirs.returncode, ours.returncode) == (0, 0)


def test_with_j_ours_gathers_what_dachs_loses(both):
    theirs, ours = both("import", "-j2")
    assert "3 files processed" not in ours.stdout
    for run in (theirs, ours):
        assert "\r5 files processed, 1 files with errors\n" in run.stdout
        assert run.stderr.count("Skipping source") == 1
    assert "Processor [] " in theirs.stdout
    assert "Processor [('a.fits', 1), ('d.fits', 1), ('e.fits', 1), ('f.fits', 1)] " in ours.stdout


def is_whole_minute(text: str) -> bool:
    """Whether a sexagesimal text ends in no seconds."""
    return re.search(r"(^|\D|\d\d)00(\.0+)?$", text) is not None


def test_angles_and_years_are_written_alike(dachs_folder, tmp_path):
    dachs = Dachs(dachs_folder, tmp_path)
    dachs.configure()
    names = "degToDms, degToHms, hoursToHms, jYearToDateTime"
    program = f"from %s import {names}\n{ANGLES}"
    theirs = as_text(dachs.command("-c", program % "gavo.api"), tmp_path, dachs.environ)
    ours = as_text([sys.executable, "-c", program % "pytest_fitsproc.api"], tmp_path, dict(os.environ))
    pairs = list(zip(json.loads(theirs.stdout), json.loads(ours.stdout), strict=True))
    different = [(their, our) for their, our in pairs if their != our]
    # DaCHS takes what is less than a unit of the last place below a full minute for that minute.
    assert [their for their, _ in different if not is_whole_minute(their)] == []
    assert len(different) < 0.02 * len(pairs)
