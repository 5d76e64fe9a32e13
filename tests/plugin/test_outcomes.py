"""What a processor does decides what its item becomes."""

from __future__ import annotations

import pytest
from small_archive import Archive

_EVERY_OUTCOME = """
    import pytest
    from pytest_fitsproc.processing.outcome import SkipThis

    def test_passes(source): pass
    def test_fails(source): assert source.size == 1
    def test_raises(source): {}["missing"]
    def test_calls_fail(source): pytest.fail("no good", pytrace=False)
    def test_skips(source): pytest.skip("not for " + source.stem)
    def test_skips_this(source): raise SkipThis("nothing to do")
    def test_xfails(source): pytest.xfail("known")
    @pytest.mark.xfail(reason="known", strict=False)
    def test_is_marked(source): assert False
    @pytest.mark.xfail(reason="mended", strict=False)
    def test_surprises(source): pass
    @pytest.mark.skipif(True, reason="never")
    def test_never(source): assert False
    @pytest.fixture(scope="session")
    def broken(): raise ValueError("no instrument")
    @pytest.fixture
    def broken_each(): raise ValueError("no instrument")
    def test_errs(source, broken): pass
    def test_errs_slowly(source, broken_each): pass
"""


def test_each_outcome_is_counted_as_pytest_counts_it(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(_EVERY_OUTCOME)
    result = archive.run("-rA", *plugin_args)
    result.assert_outcomes(passed=2, failed=6, skipped=6, xfailed=4, xpassed=2, errors=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        [
            "SKIPPED * potsdam/bin/test_it.py:*: not for a",
            "SKIPPED * potsdam/bin/test_it.py:*: nothing to do",
            "XFAIL potsdam/q/import::data/a.fits::test_xfails - *known",
            "XFAIL potsdam/q/import::data/b.fits::test_is_marked - known",
            "XPASS potsdam/q/import::data/a.fits::test_surprises - mended",
            "PASSED potsdam/q/import::data/a.fits::test_passes",
            "FAILED potsdam/q/import::data/a.fits::test_fails - *assert *",
            "FAILED potsdam/q/import::data/a.fits::test_calls_fail - *no good",
            "ERROR potsdam/q/import::data/a.fits::test_errs - ValueError: no instrument",
            "ERROR potsdam/q/import::data/b.fits::test_errs_slowly - ValueError: no instrument",
        ]
    )
