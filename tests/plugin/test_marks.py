"""pytest's marks on processors."""

from __future__ import annotations

from small_archive import DD, Archive


def test_skipif_leaves_all_files_out_with_the_reason(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.mark.skipif("1 > 0", reason="no plates")
        def test_it(source): assert False
        @pytest.mark.skip
        def test_never(source): assert False
        """
    )
    result = archive.run("-rs", *plugin_args)
    result.assert_outcomes(skipped=4)
    result.stdout.fnmatch_lines(["SKIPPED * no plates"])


def test_xfail_expects_a_failure_of_each_file(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.mark.xfail(raises=AssertionError, strict=True, reason="old plates")
        def test_it(source):
            if source.stem == "b": raise ValueError
            assert source.stem == "a"
        """
    )
    archive.run(*plugin_args).assert_outcomes(xfailed=1, failed=2)


def test_a_parametrised_check_gives_an_item_for_each_parameter(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.mark.parametrize("keyword", ["OBJECT", "FILTER"])
        def test_it(header, keyword): assert keyword in header
        """
    )
    result = archive.run("-rA", *plugin_args)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            f"PASSED {DD}::data/a.fits::test_it[[]OBJECT]",
            f"FAILED {DD}::data/b.fits::test_it[[]FILTER]*",
        ]
    )
    archive.run(address=f"{DD}::data/b.fits::test_it[FILTER]").assert_outcomes(failed=1)


def test_a_parametrised_classifier_counts_each_parameter_for_itself(archive: Archive) -> None:
    archive.add_file("a.fits", FILTER="V", OBJECT="M31")
    archive.add_processors(
        """
        import pytest
        from pytest_fitsproc import classifier
        @classifier
        @pytest.mark.parametrize("keyword", ["OBJECT", "FILTER"])
        def value(header, keyword): return header[keyword]
        """
    )
    result = archive.run()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["value[[]OBJECT]: 1 file in 1 class", "*M31*", "value[[]FILTER]: 1 file*", "*V*"]
    )


def test_usefixtures_runs_the_fixture_for_each_file(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.fixture
        def scratch(tmp_path, monkeypatch): monkeypatch.chdir(tmp_path)
        @pytest.mark.usefixtures("scratch")
        def test_it(source):
            import os
            assert os.listdir() == []
            open("made", "w").close()
        """
    )
    archive.run(*plugin_args).assert_outcomes(passed=2)


def test_usefixtures_makes_items_of_a_check_that_names_no_argument(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors("import pytest\n@pytest.mark.usefixtures('header')\ndef test_it(): pass")
    archive.run().assert_outcomes(passed=2)


def test_filterwarnings_on_a_processor_counts_for_it(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import pytest, warnings
        @pytest.mark.filterwarnings("error")
        def test_strict(source): warnings.warn("odd")
        def test_mild(source): warnings.warn("odd")
        """
    )
    archive.run(*plugin_args).assert_outcomes(failed=1, passed=1, warnings=1)


def test_pytestmark_of_a_module_and_marks_of_a_class_count(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        "import pytest\npytestmark = pytest.mark.skip(reason='later')\ndef test_it(source): assert False",
        "test_module.py",
    )
    archive.add_processors(
        """
        import pytest
        @pytest.mark.xfail(reason="known")
        class TestIt:
            def test_it(self, source): assert False
        """,
        "test_class.py",
    )
    archive.run().assert_outcomes(skipped=1, xfailed=1)


def test_marks_of_a_descriptors_parameter_count(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        import pytest
        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.skip(reason="two"))])
        def test_it(source, n): pass
        """
    )
    archive.run().assert_outcomes(passed=1, skipped=1)
