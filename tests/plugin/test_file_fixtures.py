"""What a processor may ask for."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest
from small_archive import Archive

_FIXTURES = ("source", "header", "fitschan", "hdus", "dd", "rd", "catalogue", "gather")


def test_each_fixture_is_described(archive: Archive) -> None:
    result = archive.pytester.runpytest_inprocess("--fixtures")
    lines = result.outlines
    for name in _FIXTURES:
        place = next(
            number for number, line in enumerate(lines) if line.split(" ")[0] == name and "fitsproc" in line
        )
        assert len(lines[place + 1].strip()) > 20


def test_fixtures_are_shown_with_fitsproc_too(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.run("--fixtures").stdout.fnmatch_lines(["source -- *", "header -- *"])


def test_fixtures_give_what_they_promise(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_file(
        "sub/a.fits.gz", __import__("gzip").compress(archive.add_file("b.fits", OBJECT="M31").read_bytes())
    )
    (archive.resdir / "data/b.fits").unlink()
    archive.write(
        "potsdam/q.rd",
        '<resource schema="potsdam"><data id="import"><sources pattern="data/*/*"/></data></resource>',
    )
    archive.add_processors(
        """
        import os
        from astropy.io.fits import Header
        from pathlib import Path
        def test_source(source):
            assert source.accref == "potsdam/data/sub/a.fits.gz"
            assert source.path == Path(str(source)) == Path(os.fspath(source))
            assert source.stem == "a"
            assert source.size == os.path.getsize(source)
            with source.open() as file: assert file.read(2) == b"\\x1f\\x8b"
        def test_header(header): assert header["OBJECT"] == "M31" and isinstance(header, Header)
        def test_hdus(hdus): assert hdus[0].header["OBJECT"] == "M31"
        def test_dd(source, dd, rd):
            assert dd is source.dd and dd.rd is rd
            assert (rd.rd_id, dd.id, dd.full_id) == ("potsdam/q", "import", "potsdam/q/import")
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=4)


@pytest.mark.parametrize("fixtures", ["header", "header, tmp_path"], ids=["fast", "slow"])
def test_what_is_changed_in_a_header_nobody_else_sees(
    archive: Archive, fixtures: str, plugin_args: tuple[str, ...]
) -> None:
    archive.add_file("a.fits", OBJECT="M31")
    archive.add_processors(
        f"""
        def test_edit({fixtures}):
            header["OBJECT"] = "M33"
            header["NEW"] = 1
            del header["BITPIX"]
        def test_after({fixtures}):
            assert header["OBJECT"] == "M31" and "NEW" not in header and header["BITPIX"] == 8
        """
    )
    before = (archive.resdir / "data/a.fits").read_bytes()
    archive.run(*plugin_args).assert_outcomes(passed=2)
    assert (archive.resdir / "data/a.fits").read_bytes() == before


def test_hdus_are_open_for_reading_only(archive: Archive) -> None:
    archive.add_file("a.fits", OBJECT="M31")
    archive.add_processors(
        """
        def test_edit(hdus):
            hdus[0].header["OBJECT"] = "M33"
            hdus.flush()
        """
    )
    before = (archive.resdir / "data/a.fits").read_bytes()
    archive.run()
    assert (archive.resdir / "data/a.fits").read_bytes() == before


@pytest.mark.parametrize("args", [(), ("-n2",), ("-p", "no:logging"), ("--setup-show",)])
def test_five_checks_open_their_file_once(archive: Archive, args: tuple[str, ...]) -> None:
    archive.add_files(*(f"{number}.fits" for number in range(10)))
    archive.write(
        "potsdam/bin/conftest.py",
        """
        import os, sys
        LOG = os.path.join(os.path.dirname(__file__), "..", "opened.log")
        def watch(event, arguments):
            if event == "open" and str(arguments[0]).endswith(".fits") and not duplicates(sys._getframe(1)):
                descriptor = os.open(LOG, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
                os.write(descriptor, str(arguments[0]).encode() + b"\\n")
                os.close(descriptor)
        def duplicates(frame):
            # A file object of a duplicate of our own descriptor: nothing is opened for it.
            return frame.f_code.co_name == "file" and frame.f_code.co_filename.endswith("fits/file.py")
        sys.addaudithook(watch)
        """,
    )
    archive.add_processors(
        """
        def test_one(header): assert header["SIMPLE"]
        def test_two(header): assert header["BITPIX"] == 8
        def test_three(hdus): assert len(hdus) == 1
        def test_four(source): assert source.size == 2880
        def test_five(header, source): assert header["OBJECT"] == source.stem
        """
    )
    archive.run_checks(*args, own=True).assert_outcomes(passed=60)
    opened = (archive.resdir / "opened.log").read_text().splitlines()
    assert sorted(opened) == sorted(str(archive.resdir / f"data/{number}.fits") for number in range(10))


def test_the_kernel_sees_one_open_as_well(archive: Archive, require_program: Callable[[str], str]) -> None:
    strace = require_program("strace")
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        def test_one(header): pass
        def test_two(hdus): assert len(hdus) == 1
        def test_three(fitschan): pass
        """
    )
    traced = [strace, "-f", "-e", "trace=openat,open", "-o", "opened.log", sys.executable, "-m", "pytest"]
    result = archive.pytester.run(*traced, "--fitsproc=potsdam/q", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=8)
    opened = [line for line in (archive.root / "opened.log").read_text().splitlines() if '.fits"' in line]
    assert len(opened) == 2


def test_a_slow_check_between_fast_ones_opens_no_file_anew(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import os
        def test_one(header, gather): gather(open=len(os.listdir("/proc/self/fd")))
        def test_two(header, gather, tmp_path): gather(open=len(os.listdir("/proc/self/fd")))
        """
    )
    archive.run("--fitsproc-gather=rows.json", own=True).assert_outcomes(passed=2)
    one, two = json.loads((archive.root / "rows.json").read_text())
    assert one["open"] == two["open"]


def test_files_are_closed_behind_their_last_processor(archive: Archive) -> None:
    archive.add_files(*(f"{number:02}.fits" for number in range(40)))
    archive.add_processors(
        """
        import os
        def test_it(header, gather): gather(open=len(os.listdir("/proc/self/fd")))
        """
    )
    archive.run("--fitsproc-gather=rows.json", own=True).assert_outcomes(passed=40)
    counts = {row["open"] for row in json.loads((archive.root / "rows.json").read_text())}
    assert len(counts) == 1


@pytest.mark.parametrize("fixtures", ["source, request", "source, tmp_path, request"])
def test_a_fixture_asked_for_while_the_test_runs(archive: Archive, fixtures: str) -> None:
    archive.add_file("a.fits", OBJECT="M31")
    archive.add_processors(
        f"""
        def test_it({fixtures}): assert request.getfixturevalue("header")["OBJECT"] == "M31"
        """
    )
    archive.run().assert_outcomes(passed=1)


def test_a_test_that_runs_once_cannot_ask_for_a_file_on_its_way(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("def test_once(request): request.getfixturevalue('source')")
    result = archive.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*source was asked for while the test ran: name it among the arguments*"])
