"""The manual's section on plate solving, "Calibration using …" to "What to Try", with real programs.

Class forms are the manual's; its import lines are changed by the table, the parameters are those of the sky
of the tests, and where its text lacks lines (a ``try``, a closing bracket) they are added, and said to be.
"""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from program_archive import Archive
from solver_processes import solvers_below, wait_for

from pytest_fitsproc import api
from pytest_fitsproc.api import anet
from pytest_fitsproc.processing.file_processor import parsed_options

PROCMAIN = """
if __name__=="__main__":
  import sys
  sys.exit(api.procmain(MyProcessor, "potsdam/q", "import").exitcode)
"""

IMPORTS = """
import os
import numpy
from pytest_fitsproc import api
from pytest_fitsproc.api import anet
from pytest_fitsproc.api import fitstricks
from pytest_fitsproc.api import pyfits
"""

# The manual has ["index-4215"], and 0.1 to 0.2; a closing brace is missing there, and the name of a template.
MY_PROCESSOR = """
class MyProcessor(api.AnetHeaderProcessor):
  sp_indices = ["index-9990"],
  sp_lower_pix = 14
  sp_upper_pix = 16
  sp_endob = 50
  indexPath = "INDEXPATH"

  def _mungeHeader(self, srcName, hdr):
    vals = {
      "OBJTYP": "Galaxy",
      "OBSERVAT": "HST",
    }
    return fitstricks.makeHeaderFromTemplate(fitstricks.WFPDB_TEMPLATE,
      originalHeader=hdr, **vals)
"""

SEX_CONTROL = """
  sexControl = \"\"\"
    SEEING_FWHM      1.2
  \"\"\"
"""

# pyfits.new_table is BinTableHDU today; hdulist = pyfits.open(inName), writeto and close are missing.
OBJECT_FILTER = """
  def objectFilter(self, inName):
    \"\"\"throws out funny-looking objects from inName and throws out objects
    near the border.
    \"\"\"
    hdulist = pyfits.open(inName)
    data = hdulist[1].data
    width = max(data.field("X_IMAGE"))
    height = max(data.field("Y_IMAGE"))
    badBorder = 0.03
    data = data[data.field("ELONGATION")<1.2]
    data = data[data.field("X_IMAGE")>width*badBorder]
    data = data[data.field("X_IMAGE")<width-width*badBorder]
    data = data[data.field("Y_IMAGE")>height*badBorder]
    data = data[data.field("Y_IMAGE")<height-height*badBorder]

    # the extra numpy.array below works around a bug in several versions
    # of pyfits that would write the full, not the filtered array
    hdu = pyfits.BinTableHDU(numpy.array(data))
    hdu.writeto("foo.xyls")
    hdulist.close()
    os.rename("foo.xyls", inName)
"""

# The default implementation, which ends in a comma in the manual.
RUN_ANET = """
  def _runAnet(self, srcName):
     return anet.getWCSFieldsFor(srcName, self.solverParameters,
      self.sexControl, self.objectFilter, self.opts.copyTo,
      self.indexPath)
"""

# The manual lacks the line "try:"; it has 300, 50, 150, 800, 2000, 8000.
LOOP = """
  sexControl_in = \"\"\"
    DETECT_MINAREA %d
  \"\"\"

  def _runAnet(self, srcName):
    for minArea in [8000, 5000, 5]:
      try:
        self.sexControl = self.sexControl_in%minArea
        res = api.AnetHeaderProcessor._runAnet(self, srcName)
        if res is not None:
          return res
      except anet.ShellCommandFailed:  # Ignore failures
        pass
    raise anet.ShellCommandFailed("No anet parameter worked", None)
"""

FILTERS = """
  def historyFilter(self, value):
    if "changed" in value:
      return True
    if "left" in value:
      return False
    return api.AnetHeaderProcessor.historyFilter(self, value)
"""


@pytest.fixture
def plates(archive: Archive, images: Mapping[str, Any], index_path: Path) -> Archive:
    """An easy field, a scratched one and one without stars."""
    for path in (archive.resdir / "data").iterdir():
        path.unlink()
    header = fits.Header({"OBJECT": "M 31", "TELESCOP": "Zeiss"})
    header["HISTORY"] = "changed by hand"
    header["HISTORY"] = "left on the table"
    for name, kind in (("easy", "easy"), ("noise", "noise"), ("plate", "plate")):
        fits.PrimaryHDU(images[kind], header).writeto(archive.path(f"{name}.fits"))
    return archive


def write(plates: Archive, index_path: Path, *parts: str) -> None:
    text = "".join([IMPORTS, MY_PROCESSOR, *parts, PROCMAIN])
    plates.write("bin/my.py", text.replace("INDEXPATH", str(index_path)))


def header(plates: Archive, name: str) -> fits.Header:
    return fits.Header.fromstring(Path(plates.path(name)).read_bytes()[: 2880 * 4])


def hdr_files(plates: Archive) -> list[str]:
    return sorted(path.name for path in (plates.resdir / "data").glob("*.hdr"))


def test_the_example_solves_and_munges(plates: Archive, index_path: Path) -> None:
    write(plates, index_path)
    result = plates.python("bin/my.py", "--filter=easy")
    assert result.stdout.endswith("1 files processed, 0 files with errors\n"), result.stderr
    found = header(plates, "easy.fits.hdr")
    assert {"CD1_1", "A_ORDER", "CRVAL2"} <= set(found)
    # The template has no OBJTYP.
    assert (found["OBSERVAT"], found["TELESCOP"]) == ("HST", "Zeiss")
    assert not {"IMAGEW", "DATE", "DATAMIN"} & set(found)
    assert found["HISTORY"][0] == "Created by the Astrometry.net suite."
    assert "CD1_1" not in header(plates, "easy.fits")


def test_apply_writes_solutions_and_leaves_what_is_processed(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, SEX_CONTROL)
    plates.python("bin/my.py", "--apply", "--filter=easy")
    assert header(plates, "easy.fits")["CD1_1"]
    before = Path(plates.path("easy.fits")).stat().st_mtime_ns
    os.remove(plates.path("easy.fits.hdr"))
    plates.python("bin/my.py", "--apply", "--filter=easy")
    assert hdr_files(plates) == []
    assert Path(plates.path("easy.fits")).stat().st_mtime_ns == before


def test_an_object_filter_solves_what_is_scratched(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, "  sp_total_timelimit = 10\n", SEX_CONTROL, OBJECT_FILTER)
    result = plates.python("bin/my.py", "-j2")
    assert result.stdout.endswith("3 files processed, 1 files with errors\n")
    assert "Skipping source" in result.stderr
    assert "not solved: too few sources were found (found 0, kept 0, used 0), " in result.stderr
    assert result.returncode == 1
    assert hdr_files(plates) == ["easy.fits.hdr", "plate.fits.hdr"]


@pytest.mark.slow
def test_bail_stops_at_the_first_field_without_a_solution(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, SEX_CONTROL, OBJECT_FILTER)
    result = plates.python("bin/my.py", "--bail", "--copy-to=sandbox")
    assert result.returncode == 1
    assert "noise.fits" in result.stderr
    assert hdr_files(plates) == ["easy.fits.hdr"]


def test_the_manuals_own_run_anet_is_the_default_one(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, SEX_CONTROL, RUN_ANET)
    copy = plates.resdir / "sandbox"
    plates.python("bin/my.py", "--filter=easy", f"--copy-to={copy}")
    assert hdr_files(plates) == ["easy.fits.hdr"]
    assert {"img.fits", "backend.cfg", "img.axy", "lastCommand.log", "overlay.png"} <= set(os.listdir(copy))
    assert "SEEING_FWHM      1.2" in (copy / "anet.control").read_text()


@pytest.mark.parametrize("processes", [pytest.param("-j1", marks=pytest.mark.slow), "-j2"])
def test_the_manuals_loop_tries_one_after_the_other(
    plates: Archive, index_path: Path, processes: str
) -> None:
    write(plates, index_path, LOOP)
    os.remove(plates.path("plate.fits"))
    result = plates.python("bin/my.py", processes)
    assert result.stdout.endswith("2 files processed, 1 files with errors\n")
    assert "No anet parameter worked" in result.stderr
    assert "gather" not in result.stderr
    assert hdr_files(plates) == ["easy.fits.hdr"]


def test_a_history_filter_may_ask_the_one_it_overrides(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, "  sexControl = ''\n", FILTERS)
    plates.python("bin/my.py", "--filter=easy")
    history = [*header(plates, "easy.fits.hdr")["HISTORY"]]
    assert "changed by hand" in history
    assert "left on the table" not in history
    assert "Created by the Astrometry.net suite." in history


def test_no_anet_and_reprocess_make_the_rest_of_the_header_anew(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, "  sexControl = ''\n")
    plates.python("bin/my.py", "--filter=easy")
    solved = header(plates, "easy.fits.hdr")
    script = plates.resdir / "bin" / "my.py"
    script.write_text(script.read_text().replace('"HST"', '"La Silla"'))
    result = subprocess.run(
        [sys.executable, script, "--no-anet", "--reprocess"],
        env={**plates.environ, "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
    )
    assert result.stdout.endswith("3 files processed, 2 files with errors\n"), result.stderr
    assert "CannotComputeHeader" in result.stderr
    assert hdr_files(plates) == ["easy.fits.hdr"]
    found = header(plates, "easy.fits.hdr")
    assert found["OBSERVAT"] == "La Silla"
    assert all(found[key] == solved[key] for key in solved if key.startswith(("CD", "CR", "A_", "BP_")))
    assert [*found["COMMENT"]] == [*solved["COMMENT"]]


def test_known_bad_cases_are_not_solved(plates: Archive, index_path: Path) -> None:
    method = "\n  def _shouldRunAnet(self, srcName, hdr):\n    return 'noise' not in srcName\n"
    write(plates, index_path, "  sexControl = ''\n", method)
    result = plates.python("bin/my.py", "--filter=noise")
    assert result.stdout.endswith("1 files processed, 0 files with errors\n")
    assert "CD1_1" not in header(plates, "noise.fits.hdr")
    assert header(plates, "noise.fits.hdr")["OBSERVAT"] == "HST"


@pytest.mark.slow
def test_several_sandboxes_have_a_directory_each(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, SEX_CONTROL, "  sp_total_timelimit = 2\n  sp_endob = 10\n")
    copy = plates.resdir / "sandboxes"
    for _ in range(2):
        plates.python("bin/my.py", "--reprocess", f"--copy-to={copy}")
        assert sorted(os.listdir(copy)) == [
            f"potsdam%2Fdata%2F{name}.fits" for name in ("easy", "noise", "plate")
        ]


def test_a_directory_of_something_else_is_not_replaced(plates: Archive, index_path: Path) -> None:
    write(plates, index_path)
    kept = plates.write("res/notes.txt", "mine")
    result = plates.python("bin/my.py", "--filter=easy", f"--copy-to={kept.parent}")
    assert "it is no earlier sandbox, and what is in it would be lost" in result.stderr
    assert kept.read_bytes() == b"mine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ""),
        (("--minarea=10",), "DETECT_MINAREA 10\nDETECT_THRESH 4\n"),
        (("--detectthreshold=6",), "DETECT_MINAREA 300\nDETECT_THRESH 6\n"),
        (("--minarea=10", "--detectthreshold=6"), "DETECT_MINAREA 10\nDETECT_THRESH 6\n"),
    ],
)
def test_limits_of_the_command_line_win(
    plates: Archive, index_path: Path, words: tuple[str, ...], expected: str
) -> None:
    write(plates, index_path, SEX_CONTROL, RUN_ANET)
    copy = plates.resdir / "sandbox"
    plates.python("bin/my.py", "--filter=noise", f"--copy-to={copy}", *words)
    control = (copy / "anet.control").read_text()
    assert control.partition("SEEING_FWHM      1.2\n")[2] == expected


def test_options_have_the_manuals_defaults() -> None:
    options = parsed_options(api.AnetHeaderProcessor, [])
    assert (options.minarea, options.detectthreshold) == (300, 4)
    assert options.copyTo is None
    assert options.runAnet
    assert parsed_options(api.AnetHeaderProcessor, ["--copy-to=x"]).copyTo == os.path.abspath("x")


def test_solver_parameters_are_the_attributes_with_sp() -> None:
    class Mine(api.AnetHeaderProcessor):
        sp_endob = 20
        sp_indices = ("index-42*",)

    processor = Mine.__new__(Mine)
    assert processor.solverParameters == {"endob": 20, "indices": ("index-42*",)}


def test_source_extractor_control_wins_over_sex_control(plates: Archive, index_path: Path) -> None:
    controls = "  sexControl = 'DETECT_MINAREA 1'\n  sourceExtractorControl = 'DETECT_MINAREA 2'\n"
    write(plates, index_path, controls)
    copy = plates.resdir / "sandbox"
    plates.python("bin/my.py", "--filter=noise", f"--copy-to={copy}")
    assert (copy / "anet.control").read_text().endswith("DETECT_MINAREA 2\n")


def test_a_field_solved_by_hand_has_its_header(plates: Archive, index_path: Path) -> None:
    class Mine(api.AnetHeaderProcessor):
        sp_endob = 50
        sexControl = ""
        indexPath = str(index_path)

    found = plates.procmain(Mine, "--no-compute")
    assert found.processor is not None
    made = found.processor._getHeader(plates.path("easy.fits"))
    assert made["CD1_1"]
    with pytest.raises(api.CannotComputeHeader, match=r"did not find a solution$"):
        found.processor._getHeader(plates.path("noise.fits"))


def test_keywords_may_be_added_to_those_that_are_not_copied(plates: Archive, index_path: Path) -> None:
    class Mine(api.AnetHeaderProcessor):
        sp_endob = 50
        sexControl = ""
        indexPath = str(index_path)
        noCopyHeaders = api.AnetHeaderProcessor.noCopyHeaders.copy()
        noCopyHeaders.add("latpole")

    found = plates.procmain(Mine, "--no-compute")
    assert found.processor is not None
    made = found.processor._getHeader(plates.path("easy.fits"))
    assert "LATPOLE" not in made
    assert "LONPOLE" in made


def test_a_solution_that_contradicts_the_header_is_refused(plates: Archive, index_path: Path) -> None:
    with fits.open(plates.path("easy.fits"), mode="update") as hdus:
        hdus[0].header.update({"OBJCTRA": "01 20 00", "OBJCTDEC": "+10 00 00"})
    write(plates, index_path, "  sexControl = ''\n")
    result = plates.python("bin/my.py", "--filter=easy")
    assert re.search(r"OBJCTRA/OBJCTDEC: the header says 20\.0000 \+10\.0000, the solution", result.stderr)
    assert hdr_files(plates) == []
    write(plates, index_path, "  sexControl = ''\n  compareWithHeader = False\n")
    plates.python("bin/my.py", "--filter=easy")
    assert hdr_files(plates) == ["easy.fits.hdr"]


def test_a_file_that_can_t_be_written_is_not_solved(plates: Archive, index_path: Path) -> None:
    write(plates, index_path)
    easy = Path(plates.path("easy.fits"))
    easy.write_bytes(gzip.compress(easy.read_bytes()))
    copy = plates.resdir / "sandbox"
    result = plates.python("bin/my.py", "--filter=easy", f"--copy-to={copy}")
    assert "its header can't be edited in place; gunzip it first" in result.stderr
    assert not copy.exists()


def test_the_error_of_a_program_has_its_words(plates: Archive, index_path: Path) -> None:
    write(plates, index_path, "  sexControl = 'DETECT_MINAREA x'\n")
    result = plates.python("bin/my.py", "--filter=easy")
    assert "ShellCommandFailed" in result.stderr
    assert "DETECT_MINAREA keyword out of range" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill", "interrupt"])
def test_an_end_in_the_middle_leaves_nothing_behind(
    plates: Archive, images: Any, index_path: Path, tmp_path: Path, number: signal.Signals
) -> None:
    fits.PrimaryHDU(images["foreign"]).writeto(plates.path("easy.fits"), overwrite=True)
    write(plates, index_path, "  sexControl = ''\n  sp_endob = 150\n")
    sandboxes = tmp_path / "sandboxes"
    sandboxes.mkdir()
    environment = plates.environ | {"TMPDIR": str(sandboxes)}
    process = subprocess.Popen([sys.executable, "bin/my.py"], cwd=plates.resdir, env=environment)
    wait_for(lambda: bool(solvers_below(sandboxes)))
    process.send_signal(number)
    assert process.wait(30) == (2 if number is signal.SIGINT else -number)
    wait_for(lambda: not solvers_below(sandboxes) and not os.listdir(sandboxes))
    assert hdr_files(plates) == []


def test_names_of_the_module_are_those_of_dachs() -> None:
    assert api.anet is anet
    assert anet.ShellCommandFailed("x", 3).retcode == 3
