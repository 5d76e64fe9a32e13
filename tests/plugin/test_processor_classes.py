"""DaCHS processor classes among the processors of a run."""

from __future__ import annotations

import json

import pytest
from small_archive import DD, Archive

_SIZES = """
    from pytest_fitsproc import api
    class SizeChecker(api.FileProcessor):
        def _createAuxiliaries(self, dd): self.limit = 2880
        def process(self, srcName):
            import os
            if os.path.getsize(srcName) > self.limit: print(srcName.rpartition("/")[2], "is large")
        def classify(self, srcName):
            import os
            return "large" if os.path.getsize(srcName) > self.limit else "small"
    if __name__ == "__main__":
        api.procmain(SizeChecker, "potsdam/q", "import")
    """


@pytest.fixture
def sized(archive: Archive) -> Archive:
    archive.add_files("a.fits", "b.fits")
    archive.add_file("c.fits", archive.add_file("d.fits", OBJECT="d").read_bytes() * 2)
    archive.write("potsdam/bin/sizes.py", _SIZES)
    return archive


def test_a_class_processes_and_classifies_each_file(sized: Archive, plugin_args: tuple[str, ...]) -> None:
    result = sized.run("-rA", *plugin_args)
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines_random(
        [
            f"PASSED {DD}::data/a.fits::SizeChecker",
            f"PASSED {DD}::data/a.fits::SizeChecker.classify",
            "SizeChecker.classify: 4 files in 2 classes",
        ]
    )


def test_what_process_prints_is_shown_at_the_end_in_source_order(
    sized: Archive, plugin_args: tuple[str, ...]
) -> None:
    sized.add_file("b.fits", (sized.resdir / "data/c.fits").read_bytes())
    result = sized.run(*plugin_args)
    result.stdout.fnmatch_lines(
        [
            "*= printed =*",
            "potsdam/data/b.fits SizeChecker: b.fits is large",
            "potsdam/data/c.fits SizeChecker: c.fits is large",
        ],
        consecutive=True,
    )


def test_report_only_classifies(sized: Archive, plugin_args: tuple[str, ...]) -> None:
    result = sized.run("--report", *plugin_args)
    result.assert_outcomes(passed=4)
    result.stdout.no_fnmatch_line("*is large*")
    result.stdout.fnmatch_lines(["SizeChecker.classify: 4 files in 2 classes"])


def test_a_class_without_a_classify_of_its_own_says_unknown(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Quiet(api.FileProcessor):
            def process(self, srcName): pass
        """
    )
    archive.run().stdout.fnmatch_lines(["Quiet.classify: 1 file in 1 class", "*unknown*"])


def test_skipthis_and_exceptions_decide_the_outcome(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits", "b.fits", "c.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Picky(api.FileProcessor):
            def classify(self, srcName):
                if "a.fits" in srcName: raise api.SkipThis("not a")
                if "b.fits" in srcName: raise ValueError("no b")
                return "c"
        """
    )
    result = archive.run("-rs", *plugin_args)
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines_random(
        ["SKIPPED *not a", "*ValueError: no b", "Picky.classify: 1 file in 1 class"]
    )


def test_a_class_that_cannot_be_made_is_an_error_of_its_items_and_made_once(archive: Archive) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Broken(api.FileProcessor):
            def _createAuxiliaries(self, dd):
                with open("made.log", "a") as file: file.write("made\\n")
                raise OSError("no catalogue")
            def process(self, srcName): pass
        def test_it(source): pass
        """
    )
    result = archive.run()
    result.assert_outcomes(passed=2, errors=4)
    result.stdout.fnmatch_lines(["*OSError: no catalogue"])
    assert (archive.root / "made.log").read_text() == "made\n"


_OBJECTS = """
    from pytest_fitsproc import api
    class Plate:
        def __init__(self, number): self.number = number
    class Named(Plate):
        def __repr__(self): return f"plate {self.number}"
    class Plates(api.FileProcessor):
        def iterIdentifiers(self): return map(CLASS, range(4))
        def classify(self, plate): return "even" if plate.number % 2 == 0 else "odd"
    """


@pytest.mark.parametrize(
    ("cls", "labels"),
    [("Plate", [f"Plate-{n}" for n in range(4)]), ("Named", [f"plate {n}" for n in range(4)])],
)
def test_identifiers_may_be_objects_with_stable_ids(
    archive: Archive, cls: str, labels: list[str], plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits")
    archive.add_processors(_OBJECTS.replace("CLASS", cls))
    result = archive.run("-rA", "--fitsproc-classes=classes.csv", *plugin_args)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines_random([f"PASSED {DD}::{label}::Plates.classify" for label in labels])
    rows = (archive.root / "classes.csv").read_text().splitlines()[1:]
    classes = [("even", 0), ("even", 2), ("odd", 1), ("odd", 3)]
    assert rows == [f"Plates.classify,{parity},{labels[number]}" for parity, number in classes]


def test_an_identifiers_id_can_be_pasted_back(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.add_processors(_OBJECTS.replace("CLASS", "Named"))
    result = archive.run(address=f"{DD}::plate 2::Plates.classify")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*nothing is called*")


def test_identifiers_that_raise_are_an_error_and_nothing_else_is_lost(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("a.fits", "b.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Broken(api.FileProcessor):
            def iterIdentifiers(self):
                yield "potsdam/data/a.fits"
                raise OSError("no database")
            def process(self, srcName): pass
        def test_it(source): pass
        """
    )
    result = archive.run(*plugin_args)
    # Both workers meet both errors, of processing and of classifying.
    result.assert_outcomes(passed=2, errors=4 if plugin_args == ("-n2",) else 2)
    result.stdout.fnmatch_lines(["*Broken*", "*OSError: no database"])
    assert "INTERNALERROR" not in result.stdout.str()


def test_options_of_a_class_are_given_by_fitsproc_opt(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Named(api.FileProcessor):
            @staticmethod
            def addOptions(optParser):
                api.FileProcessor.addOptions(optParser)
                optParser.add_option("--cat-name", dest="catName", default="none")
                optParser.add_option("--deep", action="store_true", default=False)
            def classify(self, srcName): return f"{self.opts.catName} {self.opts.deep}"
        """
    )
    result = archive.run("--fitsproc-opt=--cat-name=my cat", "--fitsproc-opt=--deep", *plugin_args)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*my cat True*"])


def test_an_option_that_the_class_does_not_know_is_said_so(
    sized: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = sized.run("--fitsproc-opt=--nope=1", *plugin_args)
    assert result.ret != 0
    output = result.stdout.str() + result.stderr.str()
    assert "--fitsproc-opt=--nope=1 is not understood by SizeChecker" in output
    assert "INTERNALERROR" not in output


def test_an_option_may_be_for_one_class(archive: Archive, plugin_args: tuple[str, ...]) -> None:
    archive.add_files("a.fits")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Plain(api.FileProcessor):
            def classify(self, srcName): return "plain"
        class Named(api.FileProcessor):
            @staticmethod
            def addOptions(optParser):
                api.FileProcessor.addOptions(optParser)
                optParser.add_option("--cat-name", dest="catName", default="none")
            def classify(self, srcName): return self.opts.catName
        """
    )
    result = archive.run("--fitsproc-opt=Named:--cat-name=a:-b", *plugin_args)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["*plain*", "*a:-b*"])


def test_an_option_for_a_class_that_is_not_there_is_said_so(
    sized: Archive, plugin_args: tuple[str, ...]
) -> None:
    result = sized.run("--fitsproc-opt=Sized:--deep", *plugin_args)
    assert result.ret != 0
    output = result.stdout.str() + result.stderr.str()
    assert "--fitsproc-opt: there is no processor class 'Sized'" in output
    assert "INTERNALERROR" not in output


def test_the_primary_header_of_the_file_at_hand_is_not_read_again(archive: Archive) -> None:
    archive.add_file("a.fits", OBJECT="M31")
    archive.add_processors(
        """
        from pytest_fitsproc import api
        class Header(api.FileProcessor):
            def classify(self, srcName): return self.getPrimaryHeader(srcName)["OBJECT"]
        """
    )
    archive.run().stdout.fnmatch_lines(["*M31*"])


def test_a_class_that_a_module_only_imports_is_not_run_there(archive: Archive) -> None:
    archive.add_files("a.fits")
    archive.write(
        "potsdam/bin/common.py",
        """
        from pytest_fitsproc import api
        class Base(api.FileProcessor):
            def process(self, srcName): print("common")
        """,
    )
    archive.write(
        "potsdam/bin/special.py",
        """
        from common import Base
        from pytest_fitsproc import api
        class Special(Base): pass
        """,
    )
    result = archive.run("--collect-only", "-q")
    assert sorted(line.rpartition("::")[2] for line in result.outlines if "::" in line) == [
        "Base",
        "Base.classify",
        "Special",
        "Special.classify",
    ]


def test_rows_of_gather_and_of_classes_stand_in_one_order(
    archive: Archive, plugin_args: tuple[str, ...]
) -> None:
    archive.add_files("b.fits", "a.fits")
    archive.write("potsdam/bin/sizes.py", _SIZES)
    archive.add_processors("def test_it(source, gather): gather(stem=source.stem)")
    archive.run("--fitsproc-gather=rows.json", *plugin_args).assert_outcomes(passed=6)
    assert [row["stem"] for row in json.loads((archive.root / "rows.json").read_text())] == ["a", "b"]
