"""`ImmediateHeaderProcessor` and `HeaderProcessor`: listings of the manual, idioms of real processors."""

from __future__ import annotations

import ast
import gzip
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from astropy.io.fits.verify import VerifyWarning
from program_archive import Archive, fits_bytes

from pytest_fitsproc import api
from pytest_fitsproc.archive.data_descriptor import DataDescriptor
from pytest_fitsproc.archive.descriptor import load_descriptor
from pytest_fitsproc.archive.inputs import InputsDirectory
from pytest_fitsproc.archive.source import Source
from pytest_fitsproc.errors import FitsprocError
from pytest_fitsproc.fits.rewrite.journal import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, Content, Journal
from pytest_fitsproc.processing.dachs_imports import new_import
from pytest_fitsproc.processing.file_processor import classify_with, parsed_options, process_with
from pytest_fitsproc.processing.visit import Visit

JOBS = pytest.mark.parametrize("jobs", [[], ["-j2"]], ids=["alone", "j2"])


def translated(listing: str) -> str:
    """A listing with the imports that the table gives."""
    lines = listing.strip().splitlines()
    for statement in ast.parse(listing.strip()).body:
        if isinstance(statement, ast.ImportFrom):
            lines[statement.lineno - 1] = new_import(statement)
    return "\n".join(lines) + "\n"


def header_of(path: str | Path) -> Any:
    return fits.getheader(path)


@pytest.fixture(autouse=True)
def _headers(archive: Archive) -> None:
    for name in "abcd":
        archive.write_fits(f"{name}.fits", OBJECT=name)


@pytest.fixture
def dd(archive: Archive) -> DataDescriptor:
    return load_descriptor("potsdam/q", InputsDirectory(archive.inputs)).dd("import")


def options(cls: type[api.FileProcessor], *words: str) -> Any:
    return parsed_options(cls, words)


# The manual's listings. The first lacks the ends of its calls of update, and we have no service.
LINK_ADDER = """
import os

from gavo import api

class LinkAdder(api.ImmediateHeaderProcessor):
  def _createAuxiliaries(self, dd):
    self.staticBase = "http://example.org/static"

  def _isProcessed(self, srcName, hdr):
    return hdr.get("FN-PRE", "").startswith("http")

  def _changeHeader(self, srcName, hdr):
    baseName = os.path.splitext(os.path.basename(srcName))[0]
    hdr.update("FN-WEDGE", "%s/wedges/%sw.fits"%(self.staticBase, baseName),
      "The calibration wedge")
    hdr.update("FN-PRE", "%s/jpegs/%s.jpg"%(self.staticBase, baseName),
      "A preview")

if __name__=="__main__":
    res = api.procmain(LinkAdder, "potsdam/q", "import")
"""

# The second assigns to a call, and its keyword has nine characters.
SILLY_PROCESSOR = """
from gavo import api

class SillyProcessor(api.HeaderProcessor):
  def _isProcessed(self, srcName):
    return self.getPrimaryHeader(srcName).has_key("NUMPIXEL")

  def _mungeHeader(self, srcName, hdr):
    hdr.update("NUMPIXEL", hdr["NAXIS1"]*hdr["NAXIS2"])
    return hdr

if __name__=="__main__":
  api.procmain(SillyProcessor, "potsdam/q", "import")
"""


@JOBS
def test_the_link_adder_adds_links(archive, jobs):
    archive.write("bin/links.py", translated(LINK_ADDER))
    archive.write_fits("b.fits", **{"FN-PRE": "http://old"})
    run = archive.python("bin/links.py", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("\r4 files processed, 0 files with errors\n")
    header = header_of(archive.path("a.fits"))
    assert header["FN-PRE"] == "http://example.org/static/jpegs/a.jpg"
    assert header.comments["FN-WEDGE"] == "The calibration wedge"
    assert header_of(archive.path("b.fits"))["FN-PRE"] == "http://old"


@JOBS
def test_the_silly_processor_counts_pixels(archive, jobs):
    for name in "abcd":
        fits.PrimaryHDU([[1, 2, 3]]).writeto(archive.path(f"{name}.fits"), overwrite=True)
    archive.write("bin/silly.py", translated(SILLY_PROCESSOR))
    run = archive.python("bin/silly.py", *jobs)
    assert (run.returncode, run.stderr) == (0, "")
    assert "NUMPIXEL" not in header_of(archive.path("c.fits"))
    assert header_of(archive.path("c.fits.hdr"))["NUMPIXEL"] == 3
    archive.python("bin/silly.py", "--apply", "--no-compute", *jobs)
    assert [header_of(archive.path(f"{name}.fits"))["NUMPIXEL"] for name in "abcd"] == [3, 3, 3, 3]
    assert fits.getdata(archive.path("a.fits")).tolist() == [[1, 2, 3]]


class Adding(api.ImmediateHeaderProcessor):
    """Sets a card."""

    def _isProcessed(self, srcName: str, hdr: Any) -> bool:
        return hdr.has_key("NEW")

    def _changeHeader(self, srcName: str, hdr: Any) -> object:
        hdr.set("NEW", 1)
        return "ignored"


class Munging(api.HeaderProcessor):
    """Sets a card."""

    def _isProcessed(self, srcName: str) -> bool:
        return "NEW" in self.getPrimaryHeader(srcName)

    def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
        hdr.set("NEW", 1)
        return hdr


# Writing, and when not.


@JOBS
@pytest.mark.parametrize(("cls", "words"), [(Adding, []), (Munging, ["--apply"])])
def test_procmain_writes_each_file_and_notes_each_edit(archive, cls, words, jobs):
    run = archive.procmain(cls, *words, *jobs)
    assert (run.err, run.processor.exitcode) == ("", 0)
    assert [header_of(archive.path(f"{name}.fits"))["NEW"] for name in "abcd"] == [1, 1, 1, 1]
    state = archive.resdir / ".fitsproc"
    assert list((state / "journal").iterdir()) == []
    with sqlite3.connect(state / "edits.sqlite") as connection:
        names = connection.execute("select processor, count(*) from notes join files on note = id group by 1")
        assert names.fetchall() == [(cls.__name__, 4)]
    connection.close()


@JOBS
@pytest.mark.parametrize(("cls", "words"), [(Adding, []), (Munging, ["--apply"])])
def test_a_second_run_changes_nothing(archive, cls, words, jobs):
    archive.procmain(cls, *words)
    before = {path: path.stat().st_mtime_ns for path in (archive.resdir / "data").iterdir()}
    archive.procmain(cls, *words, *jobs)
    assert before == {path: path.stat().st_mtime_ns for path in (archive.resdir / "data").iterdir()}


@JOBS
def test_a_report_never_writes(archive, jobs):
    class Writing(Adding):
        def classify(self, srcName: str) -> str:
            self.process(srcName)
            return "classified"

    run = archive.procmain(Writing, "--report", "--reprocess", *jobs)
    assert "4  classified" in run.out
    assert Path(archive.path("a.fits")).read_bytes() == fits_bytes(OBJECT="a")
    assert not (archive.resdir / ".fitsproc").exists()


@JOBS
def test_what_can_t_be_written_is_an_error_of_that_file(archive, jobs):
    os.link(archive.path("b.fits"), archive.resdir / "b2")
    Path(archive.path("c.fits")).write_bytes(gzip.compress(fits_bytes(OBJECT="c")))
    run = archive.procmain(Adding, *jobs)
    assert run.out.endswith("\r4 files processed, 2 files with errors\n")
    errors = {line.split(": ")[0]: line for line in run.err.splitlines()}
    assert "is a hard link" in errors[f"Skipping source {archive.path('b.fits')}"]
    assert "gunzip it first" in errors[f"Skipping source {archive.path('c.fits')}"]
    assert len(errors) == 2
    assert header_of(archive.path("d.fits"))["NEW"] == 1


def test_a_worker_that_dies_costs_one_file_and_no_other_is_written_twice(archive):
    names = [f"f{number:03d}.fits" for number in range(200)]
    for name in names:
        archive.write_fits(name, NEW=0)

    class Counting(api.ImmediateHeaderProcessor):
        def _changeHeader(self, srcName: str, hdr: Any) -> None:
            if srcName.endswith("f123.fits"):
                os._exit(9)
            hdr["NEW"] += 1

    run = archive.procmain(Counting, "--filter=/f", "-j2")
    (error,) = run.err.splitlines()
    assert error.startswith(f"Skipping source {archive.path('f123.fits')}: ")
    assert "the process that worked at this file has died: it exited with status 9" in error
    values = {name: header_of(archive.path(name))["NEW"] for name in names}
    assert values == {name: int(name != "f123.fits") for name in names}


@pytest.mark.parametrize(("cls", "words"), [(Adding, []), (Munging, ["--apply"])])
def test_called_by_hand_it_writes_at_once(archive, dd, cls, words):
    processor = cls(options(cls, *words), dd)
    processor.process(archive.path("a.fits"))
    assert header_of(archive.path("a.fits"))["NEW"] == 1
    assert processor.getPrimaryHeader(archive.path("a.fits"))["NEW"] == 1
    processor.process(archive.path("a.fits"))
    with pytest.raises(FitsprocError, match="there is no such file"):
        processor.process(archive.path("z.fits"))


@pytest.mark.parametrize(("cls", "words"), [(Adding, []), (Munging, ["--apply"])])
def test_on_a_visit_it_only_proposes(archive, dd, cls, words):
    visit = Visit(Source(archive.path("a.fits"), dd))
    processor = cls(options(cls, *words), dd)
    process_with(processor, visit)
    assert len(visit.proposals) == 1
    assert visit.header()["NEW"] == 1
    process_with(processor, visit)
    assert classify_with(processor, visit) == "unknown"
    visit.close()
    assert len(visit.proposals) == 1
    assert Path(archive.path("a.fits")).read_bytes() == fits_bytes(OBJECT="a")


def test_on_a_visit_other_files_are_not_edited(archive, dd):
    class Straying(Adding):
        def process(self, srcName: str) -> object:
            return super().process(srcName.replace("a.fits", "b.fits"))

    visit = Visit(Source(archive.path("a.fits"), dd))
    with pytest.raises(FitsprocError, match=r"b\.fits: only the header of the file at hand, .*a\.fits"):
        process_with(Straying(options(Straying), dd), visit)
    visit.close()


# Methods and attributes.


def test_the_header_alone_may_be_asked_for(archive):
    class Alone(api.ImmediateHeaderProcessor):
        def _changeHeader(self, hdr: Any) -> None:  # type: ignore[override]
            hdr["NEW"] = 1

    class Static(api.ImmediateHeaderProcessor):
        @staticmethod
        def _changeHeader(hdr: Any) -> None:  # type: ignore[override]
            hdr["NEW"] = 2

    class Starred(api.ImmediateHeaderProcessor):
        def _changeHeader(self, *args: Any) -> None:
            args[1]["NEW"] = 3

    class Optional(api.ImmediateHeaderProcessor):
        def _changeHeader(self, srcName: str, hdr: Any, value: int = 4) -> None:
            hdr["NEW"] = value

    for number, cls in enumerate([Alone, Static, Starred, Optional], 1):
        run = archive.procmain(cls, "--filter=a.fits")
        assert (run.err, header_of(archive.path("a.fits"))["NEW"]) == ("", number)


def test_without_the_method_it_is_named(archive):
    run = archive.procmain(api.ImmediateHeaderProcessor, "--filter=a.fits")
    assert "ImmediateHeaderProcessor has no _changeHeader method" in run.err


def test_options_have_dachs_names_and_defaults():
    names = {"requireFrag", "bailOnError", "doReport", "beVerbose", "nParallel"}
    immediate = vars(options(api.ImmediateHeaderProcessor))
    both = vars(options(api.HeaderProcessor))
    assert set(immediate) == names | {"reProcess"}
    assert set(both) == names | {"reProcess", "compute", "applyHeaders", "reHeader"}
    assert [both[name] for name in ("reProcess", "compute", "applyHeaders", "reHeader")] == [
        False,
        True,
        False,
        False,
    ]
    given = options(api.HeaderProcessor, "--reprocess", "--no-compute", "--apply", "--reheader")
    assert (given.reProcess, given.compute, given.applyHeaders, given.reHeader) == (True, False, True, True)


@pytest.mark.parametrize("method", ["_getHeader", "_mungeHeader"])
def test_none_is_no_header(archive, method):
    cls = type("Failing", (api.HeaderProcessor,), {method: lambda self, *args: None})
    run = archive.procmain(cls, "--apply", "--filter=a.fits")
    reason = "(CannotComputeHeader, CannotComputeHeader('_getHeader returned None'))"
    assert run.err == f"Skipping source {archive.path('a.fits')}: {reason}\n"
    assert run.out.endswith("\r1 files processed, 1 files with errors\n")
    assert not os.path.exists(archive.path("a.fits.hdr"))


def test_cannotcomputeheader_leaves_the_other_files(archive):
    class Failing(Munging):
        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            if srcName.endswith("b.fits"):
                raise api.CannotComputeHeader("no plate")
            return super()._mungeHeader(srcName, hdr)

    run = archive.procmain(Failing)
    assert run.err.endswith("b.fits: (CannotComputeHeader, CannotComputeHeader('no plate'))\n")
    made = [name for name in "abcd" if os.path.exists(archive.path(f"{name}.fits.hdr"))]
    assert made == ["a", "c", "d"]


def test_something_else_than_a_header_is_an_error(archive):
    cls = type("Wrong", (api.HeaderProcessor,), {"_getHeader": lambda self, srcName: {"OBJECT": "x"}})
    assert "a.fits: _getHeader returned {'OBJECT': 'x'}, which is no header" in archive.procmain(cls).err


def test_filters_sequence_and_extension_are_attributes(archive):
    class Selecting(Munging):
        headerExt = ".new"
        cardSequence = ("NEW", "OBJECT")

        def commentFilter(self, value: str) -> bool:
            return "IMPORTANT" in value

        def historyFilter(self, value: str) -> bool:
            return "keep" in value

        def _getHeader(self, srcName: str) -> Any:
            header = self._mungeHeader(srcName, self.getPrimaryHeader(srcName))
            header.add_comment("IMPORTANT comment")
            header.add_comment("another")
            header.add_history("keep")
            header.add_history("drop")
            return header

    assert archive.procmain(Selecting, "--apply", "--filter=a.fits").err == ""
    for name in ("a.fits.new", "a.fits"):
        cards = [card for card in map(str.rstrip, map(str, header_of(archive.path(name)).cards)) if card]
        assert cards[3:] == [
            "NEW     =                    1",
            "OBJECT  = 'a'",
            "HISTORY keep",
            "COMMENT IMPORTANT comment",
        ]


def test_keepkeys_may_be_amended_and_processors_applied_in_any_sequence(archive):
    class First(Munging):
        headerExt = ".first"

        def _createAuxiliaries(self, dd: Any) -> None:
            self.keepKeys = self.keepKeys.copy()
            self.keepKeys.add("other")

    class Second(First):
        headerExt = ".second"

        def _createAuxiliaries(self, dd: Any) -> None:
            self.keepKeys = self.keepKeys | {"NEW"}

        def _isProcessed(self, srcName: str) -> bool:
            return "OTHER" in self.getPrimaryHeader(srcName)

        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            hdr["OTHER"] = 2
            return hdr

    for cls in (First, Second):
        archive.procmain(cls)
    for cls in (Second, First):
        archive.procmain(cls, "--apply", "--no-compute")
    header = header_of(archive.path("a.fits"))
    assert (header["NEW"], header["OTHER"]) == (1, 2)
    assert api.HeaderProcessor.keepKeys == {
        "SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "EXTEND", "BZERO", "BSCALE",
    }  # fmt: skip


def test_verbose_says_what_is_computed(archive):
    run = archive.procmain(Munging, "--verbose", "--filter=a.fits")
    assert run.out.startswith(f"Now computing for {archive.path('a.fits')}\n")


@JOBS
def test_what_is_gathered_on_self_comes_together(archive, jobs):
    class Gathering(Munging):
        def _createAuxiliaries(self, dd: Any) -> None:
            self.seen: list[str] = []

        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            self.seen.append(os.path.basename(srcName))
            return super()._mungeHeader(srcName, hdr)

    run = archive.procmain(Gathering, "--apply", *jobs)
    assert run.err == ""
    assert run.processor.seen == ["a.fits", "b.fits", "c.fits", "d.fits"]


# Headers as pyfits had them.


@pytest.fixture
def header(archive: Archive) -> Any:
    archive.write_fits("a.fits", OBJECT="a", EXPTIME=1.5)
    return api.HeaderProcessor.getPrimaryHeader(archive.path("a.fits"))


def test_update_sets_a_card_as_pyfits_did(header):
    header.update("OBJECT", "b", "an object")
    header.update("NEW", 2, comment="new", before="EXPTIME")
    header.update("LAST", 3, after="OBJECT")
    header.update("OBJECT", "c", "not taken", savecomment=True)
    assert list(header) == ["SIMPLE", "BITPIX", "NAXIS", "OBJECT", "LAST", "NEW", "EXPTIME"]
    assert (header["OBJECT"], header.comments["OBJECT"], header.comments["NEW"]) == ("c", "an object", "new")


def test_update_updates_as_astropy_does(header):
    header.update({"A": 1}, B=2)
    header.update(fits.Header([("C", 3, "three")]))
    header.update([("D", 4, "four")])
    assert [header[key] for key in "ABCD"] == [1, 2, 3, 4]


def test_has_key_tells_what_in_tells(header):
    assert (header.has_key("object"), header.has_key("NOPE")) == (True, False)


def test_a_copy_has_the_methods_too(header):
    copied = header.copy()
    copied.update("NEW", 1, "new")
    assert copied.has_key("NEW")
    assert not header.has_key("NEW")


def test_headers_of_fitstools_have_them(archive):
    with open(archive.path("a.fits"), "rb") as file:
        assert api.utils.readPrimaryHeaderQuick(file).has_key("OBJECT")
    assert api.utils.pyfits is api.pyfits


# Idioms of real processors.


def test_the_options_of_a_skipped_class_have_their_defaults(archive):
    class Skipping(Munging):
        @staticmethod
        def addOptions(optParser: Any) -> None:
            api.FileProcessor.addOptions(optParser)
            optParser.add_option("--plate", dest="plate", default="1")

    run = archive.procmain(Skipping, "--plate=7", "--filter=a.fits")
    assert (run.err, run.processor.opts.applyHeaders, run.processor.opts.compute) == ("", False, True)
    assert os.path.exists(archive.path("a.fits.hdr"))
    assert "no such option: --apply" in archive.procmain(Skipping, "--apply").err


def test_a_file_with_a_detached_header_may_count_as_processed(archive):
    class ByName(Munging):
        def _isProcessed(self, srcName: str) -> bool:
            return os.path.exists(srcName + ".hdr")

    archive.procmain(ByName, "--apply", "--filter=a.fits")
    # As in DaCHS, it counts as processed as soon as it is computed.
    assert "NEW" not in header_of(archive.path("a.fits"))
    archive.procmain(ByName, "--apply", "--reheader", "--filter=a.fits")
    assert header_of(archive.path("a.fits"))["NEW"] == 1


def test_getprimaryheader_may_be_overridden_to_defuse_bad_bytes(archive):
    bad = fits_bytes(OBSERVER="M?ller", RA="x").replace(b"M?ller", b"M\xfcller")
    archive.fill("a.fits", content=bad)

    class Defusing(Munging):
        def getPrimaryHeader(self, srcName: str) -> Any:  # type: ignore[override]
            with open(srcName, "rb") as file:
                raw = api.utils.fitstools.readHeaderBytes(file, 40)
            return api.pyfits.Header.fromstring(raw.replace(b"\xfc", b"u"))

    class Upward(Munging):
        headerExt = ".up"

        @staticmethod
        def getPrimaryHeader(srcName: str) -> Any:  # type: ignore[override]
            header = api.HeaderProcessor.getPrimaryHeader(srcName)
            header["OBSERVER"] = "Muller"
            return header

    for cls, extension in ((Defusing, ".hdr"), (Upward, ".up")):
        assert archive.procmain(cls, "--filter=a.fits").err == ""
        assert header_of(archive.path(f"a.fits{extension}"))["OBSERVER"] == "Muller"


def test_verify_fixes_a_card_on_its_own(archive):
    archive.fill("a.fits", content=fits_bytes(RA="x").replace(b"'x'  ", b"1.5d2"))

    class Fixing(api.HeaderProcessor):
        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            hdr.cards[hdr.index("RA")].verify("fix")
            hdr.set("DEC", api.degToDms(hdr["RA"] / 2, ":"), "angle")
            return hdr

    with pytest.warns(VerifyWarning):
        assert archive.procmain(Fixing, "--apply", "--filter=a.fits").err == ""
    header = header_of(archive.path("a.fits"))
    assert (header["RA"], header["DEC"]) == (150.0, "+75:00:00.00")


def test_a_template_makes_the_header(archive):
    class Templating(api.HeaderProcessor):
        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            from pytest_fitsproc.api import fitstricks

            return fitstricks.makeHeaderFromTemplate(
                fitstricks.WFPDB_TEMPLATE, originalHeader=hdr, OBJECT="some star", SITELAT=0.0
            )

    assert archive.procmain(Templating, "--apply", "--filter=a.fits").err == ""
    header = header_of(archive.path("a.fits"))
    assert (header["OBJECT"], header["SITELAT"]) == ("some star", 0.0)


def test_init_and_process_may_be_overridden_with_upward_calls(archive):
    class Upward(api.HeaderProcessor):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            api.HeaderProcessor.__init__(self, *args, **kwargs)
            self.value = 3

        def process(self, srcName: str) -> object:
            cached = self._readCache(srcName)
            return api.HeaderProcessor.process(self, srcName) if cached is None else None

        def _mungeHeader(self, srcName: str, hdr: Any) -> Any:
            hdr["NEW"] = self.value
            return hdr

    for _ in range(2):
        assert archive.procmain(Upward, "--filter=a.fits").err == ""
    assert header_of(archive.path("a.fits.hdr"))["NEW"] == 3


def test_a_cache_of_one_s_own_is_applied(archive):
    class Caching(Munging):
        def _makeCacheName(self, srcName: str) -> str:
            return os.path.join(self.dd.rd.resdir, os.path.basename(srcName) + ".cached")

        def _writeHeader(self, srcName: str, header: Any) -> None:
            header["APPLIED"] = True
            super()._writeHeader(srcName, header)

    assert archive.procmain(Caching, "--apply", "--filter=a.fits").err == ""
    assert (archive.resdir / "a.fits.cached").exists()
    header = header_of(archive.path("a.fits"))
    assert (header["NEW"], header["APPLIED"]) == (1, True)


def test_keywords_of_nine_characters_become_hierarch_cards(archive):
    class Long(api.ImmediateHeaderProcessor):
        def _changeHeader(self, srcName: str, hdr: Any) -> None:
            hdr.update("NUMPIXELS", 7)

    with pytest.warns(VerifyWarning, match="Keyword name 'NUMPIXELS' is greater than 8 characters"):
        archive.procmain(Long, "--filter=a.fits")
    assert header_of(archive.path("a.fits"))["NUMPIXELS"] == 7


def test_what_a_killed_run_has_left_is_put_right_first(archive):
    left = archive.write(f"data/{TEMPORARY_PREFIX}1{TEMPORARY_SUFFIX}", b"half a copy")
    journals = archive.resdir / ".fitsproc" / "journal"
    journals.mkdir(parents=True)
    Journal.create(str(journals), Content((), (str(left),)), False).close()
    run = archive.procmain(Adding, "--filter=a.fits")
    assert (
        run.err
        == f"size.py: after a run that was killed: {left}: was removed: a copy that was not finished\n"
    )
    assert not left.exists()
    assert list(journals.iterdir()) == []


def test_what_a_killed_run_on_a_directory_has_left_is_put_right_as_well(archive):
    left = archive.write(f"data/{TEMPORARY_PREFIX}1{TEMPORARY_SUFFIX}", b"half a copy")
    for directory in (archive.resdir / "data", archive.resdir.parent):
        journals = directory / ".fitsproc" / "journal"
        Journal.create(str(journals), Content((), (str(left),)), False).close()
        archive.procmain(Adding, "--filter=a.fits")
        assert list(journals.iterdir()) == []
    assert not left.exists()
