"""--junitxml has a case for each item."""

from __future__ import annotations

from collections import Counter

from small_archive import Archive


def test_each_item_is_one_case_with_its_outcome(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        def test_passes(source): pass
        def test_fails(source): assert source.stem == "x"
        def test_skips(source): pytest.skip("no")
        def test_slow(source, tmp_path): pass
        @pytest.fixture
        def broken(): raise ValueError("broken")
        def test_errs(source, broken): pass
        """
    )
    archive.run("--junitxml=junit.xml", *plugin_args)
    cases = archive.junit()
    assert len(cases) == 10
    found = Counter((case.get("name"), next((child.tag for child in case), "passed")) for case in cases)
    assert found == {
        ("test_passes", "passed"): 2,
        ("test_fails", "failure"): 2,
        ("test_skips", "skipped"): 2,
        ("test_slow", "passed"): 2,
        ("test_errs", "error"): 2,
    }
    assert {case.get("classname") for case in cases} == {
        "potsdam.q.import.data/a.fits",
        "potsdam.q.import.data/b.fits",
    }


def test_output_and_message_of_a_failure_are_in_its_case(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        "def test_it(source):\n    print('seen ' + source.stem)\n    assert source.size == 1"
    )
    archive.run("--junitxml=junit.xml", "-o", "junit_logging=all", *plugin_args)
    (case,) = archive.junit()
    failure, output = case.find("failure"), case.find("system-out")
    assert failure is not None
    assert "assert 2880 == 1" in failure.attrib["message"]
    assert output is not None
    assert "seen a" in str(output.text)


def test_the_class_of_a_file_is_a_property_of_its_case(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import classifier
        @classifier
        def fast(header): return "V <" + header["OBJECT"] + ">"
        @classifier
        def slow(header, record_property):
            record_property("own", 1)
            return "V <" + header["OBJECT"] + ">"
        """
    )
    archive.run("--junitxml=junit.xml", *plugin_args)
    fast, slow = (
        [tuple(found.attrib.values()) for found in case.iter("property")] for case in archive.junit()
    )
    assert fast == [("fitsproc_class", "V <a>")]
    assert slow == [("own", "1"), ("fitsproc_class", "V <a>")]


def test_control_characters_of_a_message_leave_the_file_well_formed(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors("import pytest\ndef test_it(source): pytest.fail('\\x1b[2J\\x00 & <b>')")
    archive.run("--junitxml=junit.xml")
    assert len(archive.junit()) == 1
