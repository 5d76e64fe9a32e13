"""Real files, good and bad: each gets a verdict, and nothing ends the run."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

_PROCESSORS = """
from pytest_fitsproc import classifier

def test_header(header):
    len(header)

def test_fitschan(fitschan):
    fitschan.ncard

def test_size(source, gather):
    gather(size=source.size)

@classifier
def naxis(header):
    return str(header.get("NAXIS"))
"""

_RD = """<resource schema="q" resdir=".">
  <data id="import"><sources><pattern>data/*</pattern><pattern>data/*/*</pattern></sources></data>
</resource>"""


@pytest.mark.parametrize("folder", ["good", "bad", "derived"])
@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_every_file_gets_a_verdict_and_nothing_ends_the_run(
    pytester: pytest.Pytester, shared: Path, folder: str, processes: str
) -> None:
    pytester.makepyfile(test_it=_PROCESSORS)
    corpus = shared / "corpus" / folder
    (pytester.path / "data").symlink_to(corpus)
    (pytester.path / "q.rd").write_text(_RD)
    result = pytester.runpytest_subprocess(
        "--fitsproc=q/import",
        "test_it.py",
        "--junitxml=junit.xml",
        "--html=report.html",
        "-p",
        "no:randomly",
        "--tb=line",
        processes,
        timeout=120,
    )
    assert result.ret in (0, 1)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    files = [path for path in corpus.rglob("*") if path.is_file()]
    cases = list(ET.parse(pytester.path / "junit.xml").iter("testcase"))
    verdicts = [case for case in cases if case.attrib["name"] == "readable"]
    assert len(files) == len(verdicts)
    assert len(cases) == 5 * len(files)


def test_files_that_come_with_astropy_get_a_verdict(pytester: pytest.Pytester) -> None:
    import astropy.io.fits

    data = Path(astropy.io.fits.__file__).parent / "tests" / "data"
    result = pytester.runpytest_subprocess(f"--fitsproc={data}", "-p", "no:randomly", "-q")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["verify.fits: FP111 error: HDU 0, card 2: BITPIX should be here*"])
